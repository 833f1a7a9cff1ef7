// A picture for the model in training to answer: drawn by mouse, finger or keyboard, taken from the data, or dropped. In: strokes. Out: the
// picture in the size of the model's input, and bars of what the model says.

import type { LabFacts, Views } from "../../lab/protocol.ts";
import { button, type Card, canvasOf, card, figure, make, visible } from "../dom.ts";
import { showBars } from "./bars.ts";
import { paint } from "./colouring.ts";

/** Pixels of the pad's longer side, and pictures of the data beside it. */
const PIXELS = 280;
const STRIP = 12;

export class TryView {
  /** The row for the model to answer. */
  row: Float32Array | undefined;
  private readonly card: Card;
  private readonly pad = canvasOf(PIXELS, PIXELS, { class: "pad", tabindex: "0", role: "img" });
  private readonly answer = make("dl", { class: "bars", "aria-live": "off" });
  private readonly said = make("p", { class: "note", role: "status", "aria-live": "polite" });
  private readonly strip = make("div", { class: "strip" });
  private readonly changed: () => void;
  private facts: LabFacts | undefined;
  private size: readonly [height: number, width: number, channels: number] = [28, 28, 1];
  private pen: { x: number; y: number } | undefined;
  private cursor = { x: 14, y: 8, isDown: false };

  constructor(changed: () => void) {
    this.changed = changed;
    this.card = card("try", "Try it");
    const clear = button("Clear", () => this.clear(), { id: "clear-pad" });
    this.card.title.append(
      make("small", {}, "draw; the model answers while it learns"),
      make("span", { class: "push" }, clear),
    );
    this.card.body.append(make("div", { class: "try" }, this.pad, make("div", {}, this.answer, this.said)), this.strip);
    this.listen();
  }

  open(facts: LabFacts): void {
    const before = this.size.join();
    this.facts = facts;
    this.card.element.hidden = facts.pictures === undefined;
    this.row = facts.pictures ? this.row : undefined;
    if (!facts.pictures) return;
    const [height = 1, width = 1, channels = 1] = facts.model?.inputs[0]?.shape ?? [];
    this.size = [height, width, channels];
    const keys = "arrow keys move the pen, space puts it down or lifts it, Delete clears";
    this.pad.setAttribute("aria-label", `a picture of ${width} by ${height} points to draw on: ${keys}`);
    if (!this.row || before !== this.size.join()) {
      this.row = facts.pictures.slice(0, height * width * channels);
      this.cursor = { x: Math.floor(width / 2), y: Math.floor(height / 3), isDown: false };
    }
    this.answer.replaceChildren();
    this.fillStrip(facts.pictures);
    this.draw();
  }

  show({ answer }: Views): void {
    if (!answer || !this.row) return;
    const isEmpty = this.row.every((v) => v === 0);
    const labels = this.facts?.model?.labels;
    if (!labels) {
      this.said.textContent = `output ${Array.from(answer.subarray(0, 8), figure).join(", ")}${answer.length > 8 ? ", ..." : ""}`;
      return;
    }
    showBars(this.answer, labels, answer);
    const best = answer.indexOf(Math.max(...answer));
    const share = `${(100 * answer[best]!).toFixed(1)}%`;
    const text = isEmpty
      ? "Draw into the box, or take one of the held-out pictures."
      : `${visible(labels[best] ?? String(best))}, ${share}`;
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  /** A picture's file, brought to the input's size as the data's were; false where the model takes no pictures. */
  async takeFile(bytes: Uint8Array): Promise<boolean> {
    if (!this.facts?.pictures) return false;
    const { readPicture } = await import("../../../runtime/pictures/read.ts");
    const { pictureValues } = await import("../../../runtime/pictures/values.ts");
    const [height, width, channels] = this.size;
    this.take(pictureValues(await readPicture(bytes, "the picture"), [height, width], channels as 1 | 3));
    return true;
  }

  private take(values: Float32Array): void {
    this.row = values;
    this.draw();
    this.changed();
  }

  private clear(): void {
    this.row?.fill(0);
    this.draw();
    this.changed();
  }

  private fillStrip(pictures: Float32Array): void {
    const [height, width, channels] = this.size;
    const length = height * width * channels;
    const count = Math.min(STRIP, Math.floor(pictures.length / length));
    const buttons = Array.from({ length: count }, (_, i) => {
      const values = pictures.slice(i * length, (i + 1) * length);
      const canvas = canvasOf(width, height, { class: "pixels" });
      paintPicture(canvas, values, this.size);
      const made = make(
        "button",
        { type: "button", "aria-label": `held-out picture ${i + 1}`, title: "a picture that is held out" },
        canvas,
      );
      made.addEventListener("click", () => this.take(values.slice()));
      return made;
    });
    this.strip.replaceChildren(...buttons);
  }

  private listen(): void {
    const { pad } = this;
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      this.pen = this.placeOf(event);
      this.ink(this.pen, this.pen);
    });
    pad.addEventListener("pointermove", (event) => {
      if (!this.pen) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) {
        const to = this.placeOf(each);
        this.ink(this.pen, to);
        this.pen = to;
      }
    });
    const lift = (): void => {
      this.pen = undefined;
    };
    pad.addEventListener("pointerup", lift);
    pad.addEventListener("pointercancel", lift);
    pad.addEventListener("keydown", (event) => this.key(event));
    pad.addEventListener("focus", () => this.draw());
    pad.addEventListener("blur", () => this.draw());
  }

  private key(event: KeyboardEvent): void {
    const turns: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const turn = turns[event.key];
    if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (event.key === " ") this.cursor.isDown = !this.cursor.isDown;
    else if (!turn) return;
    event.preventDefault();
    const [height, width] = this.size;
    const from = { x: this.cursor.x, y: this.cursor.y };
    const [dx, dy] = turn ?? [0, 0];
    this.cursor.x = Math.min(width - 1, Math.max(0, from.x + dx));
    this.cursor.y = Math.min(height - 1, Math.max(0, from.y + dy));
    if (this.cursor.isDown) this.ink(from, this.cursor);
    else this.draw();
  }

  private placeOf({ clientX, clientY }: { clientX: number; clientY: number }): { x: number; y: number } {
    const box = this.pad.getBoundingClientRect();
    const [height, width] = this.size;
    return {
      x: ((clientX - box.left) / box.width) * width - 0.5,
      y: ((clientY - box.top) / box.height) * height - 0.5,
    };
  }

  /** A round pen along a line, as thick as a twelfth of the picture. */
  private ink(from: { x: number; y: number }, to: { x: number; y: number }): void {
    if (!this.row) return;
    const [height, width, channels] = this.size;
    const radius = Math.max(0.6, Math.max(height, width) / 24);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const square = Math.max(1e-9, dx * dx + dy * dy);
    for (let i = 0; i < height * width; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      const along = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / square));
      const distance = Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
      const shade = Math.min(1, Math.max(0, radius + 0.5 - distance));
      for (let c = 0; c < channels; c++) this.row[i * channels + c] = Math.max(this.row[i * channels + c]!, shade);
    }
    this.draw();
    this.changed();
  }

  private draw(): void {
    const [height, width] = this.size;
    const scale = Math.max(1, Math.floor(PIXELS / Math.max(height, width)));
    Object.assign(this.pad, { width: width * scale, height: height * scale });
    const context = this.pad.getContext("2d");
    if (!context || !this.row) return;
    const small = canvasOf(width, height);
    paintPicture(small, this.row, this.size);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, width * scale, height * scale);
    if (document.activeElement !== this.pad) return;
    context.strokeStyle = this.cursor.isDown ? "#ff922b" : "#6ea0ff";
    context.lineWidth = 2;
    context.strokeRect(this.cursor.x * scale, this.cursor.y * scale, scale, scale);
  }
}

function paintPicture(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  [height, width, channels]: readonly [number, number, number],
): void {
  const at = (place: number, c: number): number =>
    255 * Math.min(1, Math.max(0, values[place * channels + Math.min(c, channels - 1)]!));
  paint(canvas, width, height, (i) => [at(i, 0), at(i, 1), at(i, 2)]);
}
