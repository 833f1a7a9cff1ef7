// Drawings of a training's `show` lines, epoch by epoch, with a slider over the epochs. In: HTML that the lab made, in which all text is
// escaped. Out: the part of the page.

import { type Card, card, make } from "./dom.ts";

interface Frame {
  readonly epoch: number;
  readonly sections: readonly string[];
}

/** Epochs that are kept; of more, every second one goes. */
const MOST = 24;

export class ShownView {
  private readonly card: Card;
  private readonly place = make("div", { class: "shown" });
  private readonly slider = make("input", { type: "range", min: "0", "aria-label": "epoch" }) as HTMLInputElement;
  private readonly label = make("small", {});
  private frames: Frame[] = [];
  /** Whether the newest epoch is shown as it comes. */
  private follows = true;

  constructor() {
    this.card = card("shown", "Shown");
    this.card.title.append(this.label);
    this.card.body.append(this.slider, this.place);
    this.slider.addEventListener("input", () => {
      this.follows = Number(this.slider.value) === this.frames.length - 1;
      this.draw();
    });
  }

  clear(): void {
    this.frames = [];
    this.follows = true;
    this.card.element.hidden = true;
    this.place.replaceChildren();
  }

  add(frame: Frame): void {
    const at = this.frames.findIndex((f) => f.epoch === frame.epoch);
    if (at >= 0) this.frames.splice(at, 1);
    this.frames.push(frame);
    if (this.frames.length > MOST) this.frames = this.frames.filter((_, i, all) => i % 2 === (all.length - 1) % 2);
    this.card.element.hidden = false;
    this.slider.max = String(this.frames.length - 1);
    this.slider.hidden = this.frames.length < 2;
    if (this.follows) this.slider.value = this.slider.max;
    this.draw();
  }

  private draw(): void {
    const frame = this.frames[Number(this.slider.value)] ?? this.frames.at(-1);
    if (!frame) return;
    this.label.textContent = `after epoch ${frame.epoch}`;
    this.place.innerHTML = frame.sections.join("\n");
  }
}
