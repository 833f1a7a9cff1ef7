// Feature maps: a picture after each line of a model, and the windows that it has learned, channel by channel. In: numbers of a shape. Out:
// small pictures side by side.

import type { LabFacts, Values, Views } from "../../lab/protocol.ts";
import { type Card, type CardName, canvasOf, card, make } from "../dom.ts";
import { largestOf, paint, signedColour } from "./colouring.ts";

/** Channels of a line that are drawn, and columns and rows of numbers that are no picture. */
const MOST = 32;
const ROW = 64;

class Maps {
  private readonly card: Card;
  private readonly place = make("div", { class: "stages maps" });
  private readonly canvases = new Map<string, HTMLCanvasElement>();
  private last: readonly Values[] = [];

  constructor(id: CardName, title: string, note: string) {
    this.card = card(id, title, true);
    this.card.title.append(make("small", {}, note));
    this.card.body.append(this.place);
  }

  clear(): void {
    this.canvases.clear();
    this.place.replaceChildren();
    this.last = [];
    this.card.element.hidden = true;
  }

  show(all: readonly Values[] | undefined): void {
    if (!all) return;
    this.last = all;
    this.card.element.hidden = all.length === 0;
    this.draw();
  }

  draw(): void {
    for (const values of this.last) drawMaps(this.canvasFor(values), values);
  }

  private canvasFor({ name, shape }: Values): HTMLCanvasElement {
    const known = this.canvases.get(name);
    if (known) return known;
    const canvas = canvasOf(1, 1, { role: "img", "aria-label": `${name}, ${shape.join(" by ")}` });
    this.place.append(
      make("div", { class: "stage" }, make("h3", {}, name, make("small", {}, `  [${shape.join(", ")}]`)), canvas),
    );
    this.canvases.set(name, canvas);
    return canvas;
  }
}

/** [height, width, channels] as pictures beside each other, or [units] as a row of squares. */
function drawMaps(canvas: HTMLCanvasElement, { shape, values }: Values): void {
  const [height, width, channels] = shape.length === 3 ? (shape as [number, number, number]) : [1, 1, shape[0] ?? 1];
  const isRow = shape.length !== 3;
  const shown = Math.min(channels, isRow ? 512 : MOST);
  const columns = isRow ? Math.min(ROW, shown) : shown;
  const gap = isRow ? 0 : 1;
  const most = largestOf(values);
  const [wide, high] = [columns * (width + gap) - gap, Math.ceil(shown / columns) * (height + gap) - gap];
  paint(canvas, Math.max(1, wide), Math.max(1, high), (i) => {
    const [x, y] = [i % wide, Math.floor(i / wide)];
    const [column, row] = [Math.floor(x / (width + gap)), Math.floor(y / (height + gap))];
    const [inX, inY] = [x - column * (width + gap), y - row * (height + gap)];
    const channel = row * columns + column;
    if (inX >= width || inY >= height || channel >= shown) return signedColour(0);
    return signedColour(values[(inY * width + inX) * channels + channel]! / most);
  });
  const scale = isRow ? 9 : Math.max(1, Math.min(8, Math.round(56 / Math.max(height, width))));
  canvas.style.width = `${wide * scale}px`;
}

export class MapViews {
  private readonly activations = new Maps(
    "activations",
    "Activations",
    "what each line makes of the picture above; blue is negative",
  );
  private readonly filters = new Maps("filters", "Filters", "what it has learned to look for");

  open(_: LabFacts): void {
    this.activations.clear();
    this.filters.clear();
  }

  show({ activations, filters }: Views): void {
    this.activations.show(activations);
    this.filters.show(filters);
  }

  draw(): void {
    this.activations.draw();
    this.filters.draw();
  }
}
