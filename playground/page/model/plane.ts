// The decision surface of a model of points in the plane, live, with the points of the data; or the surface of one of its units.

import type { LabFacts, Plane, Points, Values, Views } from "../../lab/protocol.ts";
import { button, type Card, canvasOf, card, figure, make, visible } from "../dom.ts";
import { classColour, cssOf, largestOf, paint, sharesColour, signedColour } from "./colouring.ts";

/** Places along a side, and pixels of the drawing. */
const SIZE = 48;
const PIXELS = 480;

export class PlaneView {
  plane: Plane | undefined;
  private readonly card: Card;
  private readonly canvas = canvasOf(PIXELS, PIXELS, { role: "img" });
  private readonly surface = canvasOf(SIZE, SIZE);
  private readonly below = make("div", {});
  private readonly back: HTMLButtonElement;
  private facts: LabFacts | undefined;
  private unit: { readonly layer: string; readonly index: number } | undefined;
  private last: Views = {};

  constructor(backToModel: () => void) {
    this.card = card("plane", "The plane");
    this.back = button("← the model's answer", backToModel, { class: "push" });
    this.card.title.append(this.back);
    this.card.body.append(make("div", { class: "plane" }, this.canvas), this.below);
  }

  open(facts: LabFacts): void {
    this.facts = facts;
    this.last = {};
    this.unit = undefined;
    this.card.element.hidden = facts.points === undefined;
    this.plane = facts.points ? around(facts.points) : undefined;
    this.draw();
  }

  /** One unit in place of the answer. */
  choose(unit: PlaneView["unit"]): void {
    this.unit = unit;
    this.draw();
  }

  show(views: Views): void {
    if (!views.plane) return;
    this.last = views;
    this.draw();
  }

  draw(): void {
    const { facts, plane } = this;
    const context = this.canvas.getContext("2d");
    if (!facts?.points || !plane || !context) return;
    this.back.hidden = this.unit === undefined;
    const shown = this.unit ? this.last.units?.find((u) => u.name === this.unit?.layer) : this.last.plane;
    context.clearRect(0, 0, PIXELS, PIXELS);
    if (shown) {
      this.paintSurface(shown);
      context.imageSmoothingQuality = "high";
      context.drawImage(this.surface, 0, 0, PIXELS, PIXELS);
    }
    const pointAt = placesIn(plane);
    drawPoints(context, facts.points.train, facts.points.trainTargets, facts.points, pointAt, false);
    drawPoints(context, facts.points.heldout, facts.points.heldoutTargets, facts.points, pointAt, true);
    this.describe(shown);
  }

  private paintSurface({ values, shape }: Values): void {
    const width = shape.reduce((a, b) => a * b, 1);
    const labels = this.facts?.model?.labels;
    if (!this.unit && labels) {
      paint(this.surface, SIZE, SIZE, (i) => sharesColour(values, i * width, width));
      return;
    }
    const index = this.unit?.index ?? 0;
    const most = largestOf(values, index, width);
    paint(this.surface, SIZE, SIZE, (i) => signedColour(values[i * width + index]! / most));
  }

  private describe(shown: Values | undefined): void {
    const labels = this.facts?.model?.labels;
    const what = this.unit ? `unit ${this.unit.index + 1} of ${this.unit.layer}` : "the model's answer";
    this.canvas.setAttribute("aria-label", `${what} at each point of the plane, with the data's points`);
    const heldout = make("span", {}, ring(), "held out");
    if (!this.unit && labels) {
      const named = labels.map((label, k) => make("span", {}, disc(cssOf(classColour(k))), visible(label)));
      this.below.replaceChildren(make("p", { class: "key" }, ...named, heldout));
      return;
    }
    const width = shown?.shape.reduce((a, b) => a * b, 1) ?? 1;
    const most = shown ? largestOf(shown.values, this.unit?.index ?? 0, width) : 1;
    const ramp = make("div", { class: "ramp" });
    ramp.style.background = `linear-gradient(90deg, ${[-1, 0, 1].map((v) => cssOf(signedColour(v))).join()})`;
    const ends = [-most, 0, most].map((v) => make("span", {}, figure(v)));
    this.below.replaceChildren(
      ramp,
      make("div", { class: "ends" }, ...ends),
      make("p", { class: "key" }, what, heldout),
    );
  }
}

function disc(colour: string): HTMLElement {
  const made = make("i", {});
  made.style.background = colour;
  return made;
}

function ring(): HTMLElement {
  const made = make("i", {});
  made.style.border = "2px solid currentColor";
  return made;
}

/** A square that holds all points, with a margin. */
function around({ train, heldout }: Points): Plane {
  const low: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const points of [train, heldout])
    for (let i = 0; i < points.length; i++) {
      const [axis, value] = [i % 2, points[i]!] as [0 | 1, number];
      if (!Number.isFinite(value)) continue;
      low[axis] = Math.min(low[axis], value);
      high[axis] = Math.max(high[axis], value);
    }
  const axes = [0, 1] as const;
  const half = 0.56 * Math.max(...axes.map((a) => (high[a] > low[a] ? high[a] - low[a] : 1)));
  const [x, y] = axes.map((a) => (Number.isFinite(low[a]) ? (low[a] + high[a]) / 2 : 0)) as [number, number];
  return {
    low: [x - half, y - half],
    high: [x + half, y + half],
    size: SIZE,
  };
}

type PointAt = (x: number, y: number) => readonly [number, number];

const placesIn =
  ({ low, high }: Plane): PointAt =>
  (x, y) => [(PIXELS * (x - low[0])) / (high[0] - low[0]), PIXELS - (PIXELS * (y - low[1])) / (high[1] - low[1])];

function drawPoints(
  context: CanvasRenderingContext2D,
  points: Float32Array,
  targets: ArrayLike<number>,
  { hasClasses, trainTargets }: Points,
  pointAt: PointAt,
  isHeldout: boolean,
): void {
  const most = hasClasses ? 1 : largestOf(trainTargets);
  for (let i = 0; 2 * i + 1 < points.length; i++) {
    const [x, y] = pointAt(points[2 * i]!, points[2 * i + 1]!);
    const target = targets[i] ?? 0;
    const colour = cssOf(hasClasses ? classColour(target) : signedColour(target / most));
    context.beginPath();
    context.arc(x, y, isHeldout ? 4 : 3.4, 0, 2 * Math.PI);
    context.fillStyle = isHeldout ? "#ffffffcc" : colour;
    context.strokeStyle = isHeldout ? colour : "#ffffffd0";
    context.lineWidth = isHeldout ? 2 : 1;
    context.fill();
    context.stroke();
  }
}
