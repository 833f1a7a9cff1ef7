// The curves of a training while it runs: losses of steps and of held-out data in one drawing, each metric in another. In: events. Out:
// drawings that are brought up to date at most a few times a second.

import type uPlot from "uplot";
import { type Curve, drawPlot, type Plotted } from "../../report/run/client/plot.ts";
import type { LabEvent } from "../lab/protocol.ts";
import { type Card, card, colours, figure, make } from "./dom.ts";

type Steps = Extract<LabEvent, { kind: "steps" }>;
type Epoch = Extract<LabEvent, { kind: "epoch" }>;

/** Points of a curve; of more, neighbours become one. */
const MOST = 500;
const PAUSE = 150;
const HEIGHT = 190;

export class Charts {
  private readonly card: Card;
  private readonly place = make("div", {});
  private readonly plots = new Map<string, Plotted>();
  private steps: (readonly [number, number])[] = [];
  private epochs: Epoch[] = [];
  private isLog = false;
  private hasHeldout = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Draws curves; the page fetches it when there is the first of them. */
  private library: typeof uPlot | undefined;

  constructor() {
    this.card = card("curves", "Curves");
    const log = make("input", { type: "checkbox", id: "log" }) as HTMLInputElement;
    log.addEventListener("change", () => {
      this.isLog = log.checked;
      this.redraw();
    });
    this.card.title.append(make("small", { class: "push" }, make("label", { for: "log" }, log, " logarithmic")));
    this.card.body.append(this.place);
    new ResizeObserver(() => this.resize()).observe(this.place);
  }

  /** `hasHeldout`: whether some of the data is held out. */
  clear(hasHeldout: boolean): void {
    this.hasHeldout = hasHeldout;
    this.steps = [];
    this.epochs = [];
    this.card.element.hidden = true;
    this.redraw();
  }

  addSteps({ epoch, share, loss }: Steps): void {
    this.steps.push([epoch + share, loss]);
    if (this.steps.length > MOST) this.steps = halved(this.steps);
    this.soon();
  }

  addEpoch(event: Epoch): void {
    this.epochs.push(event);
    if (this.epochs.length > MOST) this.epochs = this.epochs.filter((_, i) => i % 2 === 1);
    this.soon();
  }

  /** With the colours of now. */
  redraw(): void {
    for (const { chart } of this.plots.values()) chart.destroy();
    this.plots.clear();
    this.place.replaceChildren();
    this.draw();
  }

  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.draw();
    }, PAUSE);
  }

  private draw(): void {
    if (this.steps.length === 0) return;
    this.card.element.hidden = false;
    const { library } = this;
    if (!library) {
      void this.fetchLibrary();
      return;
    }
    for (const [title, curves] of this.curves()) {
      const known = this.plots.get(title);
      if (known) known.update(curves);
      else this.plots.set(title, this.drawn(library, title, curves));
    }
  }

  private async fetchLibrary(): Promise<void> {
    const { default: library } = await import("uplot");
    if (this.library) return;
    this.library = library;
    this.draw();
  }

  private drawn(library: typeof uPlot, title: string, curves: readonly Curve[]): Plotted {
    const label = `${title} by epoch, arrow keys move along it`;
    const holder = make("div", { class: "plot", tabindex: "0", role: "group", "aria-label": label });
    this.place.append(make("figure", {}, make("figcaption", {}, title), holder));
    const isLog = this.isLog && title === "loss";
    return drawPlot({ figure }, library, holder, curves, { axis: "epoch", isLog, height: HEIGHT });
  }

  private curves(): [string, Curve[]][] {
    const { hasHeldout } = this;
    const ofEpochs = (name: string, part: "train" | "heldout"): Map<number, number> =>
      new Map(this.epochs.flatMap((e) => pair(e.epoch, e[part]?.[name])));
    const [forTraining = "", forHeldout = ""] = colours;
    const losses: Curve[] = [{ label: "training", points: new Map(this.steps), colour: forTraining, width: 1.5 }];
    if (hasHeldout) losses.push({ label: "held out", points: ofEpochs("loss", "heldout"), colour: forHeldout });
    const names = new Set(this.epochs.flatMap((e) => Object.keys({ ...e.train, ...e.heldout })));
    names.delete("loss");
    const metrics = [...names].map((name): [string, Curve[]] => {
      const train: Curve = { label: "training", points: ofEpochs(name, "train"), colour: forTraining };
      const heldout: Curve = { label: "held out", points: ofEpochs(name, "heldout"), colour: forHeldout };
      return [name, hasHeldout ? [train, heldout] : [train]];
    });
    return [["loss", losses], ...metrics];
  }

  private resize(): void {
    const width = this.place.clientWidth;
    if (width > 0) for (const { chart } of this.plots.values()) chart.setSize({ width, height: HEIGHT });
  }
}

const pair = (x: number, y: number | undefined): (readonly [number, number])[] =>
  y === undefined || !Number.isFinite(y) ? [] : [[x, y]];

/** Two neighbours become their mean. */
function halved(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.flatMap(([x, y], i) => {
    const [, next = y] = points[i + 1] ?? [];
    return i % 2 === 0 ? [[x, (y + next) / 2] as const] : [];
  });
}
