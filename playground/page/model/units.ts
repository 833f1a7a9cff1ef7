// Each unit of a model's lines over the plane, small; the one that is clicked is drawn large. In: values over the plane. Out: a choice.

import type { LabFacts, Views } from "../../lab/protocol.ts";
import { type Card, canvasOf, card, make } from "../dom.ts";
import { largestOf, paint, signedColour } from "./colouring.ts";

export interface Unit {
  readonly layer: string;
  readonly index: number;
}

export class UnitsView {
  private readonly card: Card;
  private readonly choose: (unit: Unit | undefined) => void;
  private readonly drawn = new Map<string, { readonly canvases: readonly HTMLCanvasElement[] }>();
  private readonly place = make("div", { class: "stages" });
  private chosen: HTMLElement | undefined;
  private last: Views = {};

  constructor(choose: (unit: Unit | undefined) => void) {
    this.choose = choose;
    this.card = card("units", "Units", true);
    this.card.title.append(make("small", {}, "what each gives at each point of the plane; click one to see it large"));
    this.card.body.append(this.place);
  }

  open(facts: LabFacts): void {
    this.drawn.clear();
    this.last = {};
    this.chosen = undefined;
    this.place.replaceChildren();
    this.card.element.hidden = facts.points === undefined;
  }

  show(views: Views): void {
    if (!views.units) return;
    this.last = views;
    for (const { name, shape } of views.units) if (!this.drawn.has(name)) this.add(name, shape[0] ?? 0);
    this.draw();
  }

  draw(): void {
    for (const { name, shape, values } of this.last.units ?? []) {
      const width = shape[0] ?? 1;
      const side = Math.round(Math.sqrt(values.length / width));
      for (const [unit, canvas] of this.drawn.get(name)?.canvases.entries() ?? []) {
        const most = largestOf(values, unit, width);
        paint(canvas, side, side, (i) => signedColour(values[i * width + unit]! / most));
      }
    }
  }

  /** None is chosen. */
  release(): void {
    this.chosen?.setAttribute("aria-pressed", "false");
    this.chosen = undefined;
    this.choose(undefined);
  }

  private add(layer: string, count: number): void {
    const canvases = Array.from({ length: count }, () => canvasOf(48, 48));
    const buttons = canvases.map((canvas, index) => {
      const label = `unit ${index + 1} of ${layer}`;
      const made = make(
        "button",
        { type: "button", "aria-label": label, title: label, "aria-pressed": "false" },
        canvas,
      );
      made.addEventListener("click", () => this.toggle(made, { layer, index }));
      return made;
    });
    const title = make("h3", {}, layer, make("small", {}, `  [${count}]`));
    this.place.append(make("div", { class: "stage" }, title, make("div", { class: "units" }, ...buttons)));
    this.drawn.set(layer, { canvases });
  }

  private toggle(made: HTMLElement, unit: Unit): void {
    const isSame = this.chosen === made;
    this.release();
    if (isSame) return;
    this.chosen = made;
    made.setAttribute("aria-pressed", "true");
    this.choose(unit);
  }
}
