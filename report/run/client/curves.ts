// Runs in the page: the curves of all figures, trained and held out, of one run or several. It stands in the page as its own text.

import type uPlotLibrary from "uplot";
import type { ReportData } from "../data.ts";
import type { Curve, DrawPlot } from "./plot.ts";
import type { Ui } from "./ui.ts";

export function showCurves(
  { make, section, colours, figure }: Ui,
  { runs, result }: Pick<ReportData, "runs" | "result">,
  Plot: typeof uPlotLibrary,
  drawPlot: DrawPlot,
): void {
  const histories = runs.filter((run) => run.history.length > 0);
  if (histories.length === 0) return;
  const several = histories.length > 1;
  /** More than a legend has room for. */
  const isMany = histories.length > 6;
  const names = [
    ...new Set(histories.flatMap((r) => r.history.flatMap((e) => Object.keys({ ...e.train, ...e.heldout })))),
  ];
  const options = { isLog: false };
  const plots: uPlotLibrary[] = [];
  const place = make("div", { class: "plots" });

  const numberOf = (value: unknown): number | undefined => {
    const number = Number(value);
    return value === undefined || value === null || !Number.isFinite(number) ? undefined : number;
  };
  const along = (
    pick: (record: (typeof histories)[number]["history"][number]) => unknown,
    run: (typeof histories)[number],
  ) =>
    new Map(run.history.flatMap((r) => ((n) => (n === undefined ? [] : [[r.epoch, n] as const]))(numberOf(pick(r)))));
  const label = (run: string, what: string): string => (several ? `${run}, ${what}` : what);
  /** Of more groups than there are colours by name, hues far apart. */
  const colourOf = (group: number): string =>
    group < colours.length
      ? colours[group]!
      : `hsl(${Math.round(group * 137.5) % 360} 65% ${group % 2 === 0 ? 60 : 40}%)`;
  const groupOf = (run: (typeof histories)[number], i: number): number => run.group ?? i;
  const ofFigure = (name: string): Curve[] =>
    histories.flatMap((run, i): Curve[] => {
      const colour = colourOf(groupOf(run, i));
      const held = along((r) => r.heldout?.[name], run);
      const train = along((r) => r.train[name], run);
      const other = several ? colour : colours[1]!;
      // Of many runs, what is held out is enough.
      if (isMany && held.size > 0) return [{ label: run.name, points: held, colour, width: 1.25 }];
      return [
        ...(train.size > 0
          ? [{ label: label(run.name, "training"), points: train, colour, dash: several ? [4, 4] : [] }]
          : []),
        ...(held.size > 0 ? [{ label: label(run.name, "held out"), points: held, colour: other }] : []),
      ];
    });
  /** Losses of steps, each at its place within its epoch. */
  const ofSteps = (): Curve[] =>
    histories.map((run, i) => {
      const points = new Map<number, number>();
      let before = 0;
      for (const { epoch, step, steps, losses } of run.history) {
        const length = Math.max(1, step - before);
        for (const [k, first] of (steps ?? []).entries()) {
          const loss = numberOf(losses[k]);
          if (loss !== undefined) points.set(epoch - 1 + Math.min(1, Math.max(0, (first - 1 - before) / length)), loss);
        }
        before = step;
      }
      const colour = colourOf(groupOf(run, i));
      return { label: label(run.name, "loss of steps"), points, colour, width: 1 };
    });
  const ofRates = (): Curve[] =>
    histories.flatMap((run, i): Curve[] => {
      const steps = [...new Set(run.history.flatMap((r) => Object.keys(r.rates ?? {})))];
      return steps.map((step, k) => ({
        label: label(run.name, step),
        points: along((r) => r.rates[step], run),
        colour: colourOf(several ? groupOf(run, i) : k),
      }));
    });

  const isPositive = (curves: readonly Curve[]): boolean =>
    curves.every((c) => [...c.points.values()].every((v) => v > 0));

  /** Its place; the curves are drawn once all places are there and the columns have their widths. */
  const draw = (title: string, curves: readonly Curve[]): (() => void) => {
    const drawn = curves.filter((c) => c.points.size > 0);
    if (drawn.length === 0) return () => {};
    const holder = make("div", {
      class: isMany ? "plot many" : "plot",
      tabindex: "0",
      role: "group",
      "aria-label": `${title} by epoch`,
    });
    const log = options.isLog && isPositive(drawn);
    place.append(make("figure", {}, make("figcaption", {}, log ? `${title} (logarithmic)` : title), holder));
    return () =>
      plots.push(drawPlot({ figure }, Plot, holder, drawn, { axis: "epoch", isLog: log, height: 240 }).chart);
  };

  const drawAll = (): void => {
    for (const chart of plots.splice(0)) chart.destroy();
    place.replaceChildren();
    const waiting = [
      ...names.map((name) => draw(name, ofFigure(name))),
      draw("training loss within epochs", ofSteps()),
      draw("learning rate", ofRates()),
    ];
    for (const drawNow of waiting) drawNow();
  };

  const logged = make("input", { type: "checkbox", id: "log" }) as HTMLInputElement;
  logged.addEventListener("change", () => {
    options.isLog = logged.checked;
    drawAll();
  });
  const controls = make("p", { class: "controls" }, make("label", { for: "log" }, logged, " logarithmic scale"));
  const best = several ? undefined : make("p", {}, `The weights of epoch ${result} are the result.`);
  const groups = [...Map.groupBy(histories.entries(), ([i, run]) => groupOf(run, i))];
  const keyed = groups.map(([group, runsOf]) => {
    const sign = make("i", {});
    sign.style.background = colourOf(group);
    const [[, first]] = runsOf as [[number, (typeof histories)[number]]];
    return make(
      "span",
      {},
      sign,
      runsOf.length > 1 ? first.name.replace(/(, )?seed \d+(, fold \S+)?$/, "") : first.name,
    );
  });
  const told = isMany ? "" : "dashed: training, solid: held out";
  const key = several ? make("p", { class: "key" }, ...keyed, make("span", {}, told)) : undefined;
  section("curves", "Curves", best, controls, key, place);
  drawAll();
  let width = place.clientWidth;
  addEventListener("resize", () => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    drawAll();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
}
