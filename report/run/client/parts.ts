// Runs in the page: what was trained, what its `show` lines draw, its layers, and how its numbers are spread. It stands in the page
// as its own text.

import type { ReportData, ShownFrame, Spread } from "../data.ts";
import type { Ui } from "./ui.ts";

export function showFacts(
  { make, section }: Ui,
  { facts, notes, runs }: Pick<ReportData, "facts" | "notes" | "runs">,
): void {
  const list = make(
    "dl",
    { class: "facts" },
    ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
  section(
    "run",
    runs.length > 1 ? "The runs" : "The run",
    list,
    ...notes.map((note) => make("p", { class: "note" }, note)),
  );
}

export function showComparison({ make, section, visible }: Ui, { comparison }: Pick<ReportData, "comparison">): void {
  if (!comparison) return;
  const line = (cells: readonly string[], index: number): HTMLElement =>
    make(
      "tr",
      index === comparison.best ? { class: "best" } : {},
      ...cells.map((cell) => make("td", {}, cell === "" ? "" : visible(cell))),
    );
  const head = make("tr", {}, ...comparison.head.map((h) => make("th", { scope: "col" }, h)));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...comparison.rows.map(line)));
  section("comparison", "Comparison", make("div", { class: "wide", tabindex: "0" }, table));
}

/** Shows the drawings of a `show` line, with a slider where there are several epochs. */
export function showShown({ make, section }: Ui, { shown }: Pick<ReportData, "shown">): void {
  const part = (frames: readonly ShownFrame[], index: number): HTMLElement => {
    const place = make("div", { class: "shown", tabindex: "0" });
    const at = make("output", {}, "");
    const show = (i: number): void => {
      const { html, epoch } = frames[i]!;
      place.innerHTML = html;
      at.textContent = `epoch ${epoch}`;
    };
    const last = frames.length - 1;
    show(last);
    if (last === 0) return make("article", {}, make("p", { class: "controls" }, at), place);
    const id = `epoch${index}`;
    const slider = make("input", {
      type: "range",
      id,
      min: "0",
      max: String(last),
      value: String(last),
    }) as HTMLInputElement;
    slider.addEventListener("input", () => show(Number(slider.value)));
    return make(
      "article",
      {},
      make("p", { class: "controls" }, make("label", { for: id }, "epoch "), slider, " ", at),
      place,
    );
  };
  if (shown.length > 0) section("shown", "What it shows", ...shown.map(part));
}

export function showLayers(
  { make, section, table, bars, figure, visible }: Ui,
  data: Pick<ReportData, "models" | "weights" | "activations" | "gradients" | "times" | "graph" | "program">,
): void {
  const spreads = (all: readonly Spread[]): HTMLElement[] =>
    all.map((s) => {
      const text = `${figure(s.low)} to ${figure(s.high)}, mean ${figure(s.mean)}, deviation ${figure(s.deviation)}`;
      return make(
        "figure",
        { class: "spreadof" },
        make("figcaption", {}, make("b", {}, visible(s.name)), ` ${s.note}`),
        bars(s.bins, text),
        make("small", {}, text),
      );
    });
  const models = data.models.map(({ name, total, layers }) =>
    make(
      "details",
      { open: "" },
      make("summary", {}, `${visible(name)}: ${total}`),
      table(
        ["layer", "output", "parameters", "multiply-adds", "line"],
        layers.map((l) => [l.kind, l.output, l.params, l.macs, String(l.line)]),
      ),
    ),
  );
  const graph =
    data.graph === undefined
      ? []
      : [make("iframe", { class: "graph", title: "graph of the layers", srcdoc: data.graph })];
  if (models.length + graph.length > 0) section("layers", "Layers", ...graph, ...models);
  const { times } = data;
  if (times) {
    const { batch, milliseconds, layers } = times;
    const share = (part: number): HTMLElement =>
      make("meter", { min: "0", max: "1", value: String(part), title: `${(100 * part).toFixed(0)}%` });
    section(
      "time",
      "Time",
      make(
        "p",
        {},
        `A training step of ${batch} examples takes ${figure(1000 * milliseconds)} µs on one thread of the processor that made this page, by layer:`,
      ),
      table(
        ["layer", "µs", "of the step", "", "kernels", "line"],
        layers.map((l) => [
          visible(l.layer === "" ? "the training's own" : l.layer),
          figure(1000 * l.milliseconds),
          `${(100 * l.share).toFixed(0)}%`,
          share(l.share),
          String(l.kernels),
          l.place,
        ]),
      ),
    );
  }
  if (data.weights.length > 0)
    section("weights", "Weights", make("div", { class: "spreads" }, ...spreads(data.weights)));
  if (data.activations.length > 0)
    section(
      "activations",
      "Activations",
      make("p", {}, "Of the lines of the models, for some of the examples."),
      make("div", { class: "spreads" }, ...spreads(data.activations)),
    );
  const { gradients = [] } = data;
  if (gradients.length > 0)
    section(
      "gradients",
      "Gradients",
      make("p", {}, "Of the mean loss of some examples by each parameter, at the weights of the result."),
      make("div", { class: "spreads" }, ...spreads(gradients)),
    );
  if (data.program !== "") section("program", "Program", make("pre", {}, data.program));
}
