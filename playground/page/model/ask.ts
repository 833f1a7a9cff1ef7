// A form for what a model takes, filled in with an example of the data; the model answers while it learns. In: questions. Out: answers,
// and what the model says to them.

import type { LabFacts, Question, Said, Views } from "../../lab/protocol.ts";
import { type Card, card, figure, make, visible } from "../dom.ts";
import { showBars } from "./bars.ts";

/** Numbers of an output that are listed. */
const MOST = 12;

export class AskView {
  /** By the names of the questions; undefined where there are none. */
  answers: Record<string, string> | undefined;
  private readonly card: Card;
  private readonly form = make("form", { class: "form" });
  private readonly bars = make("dl", { class: "bars" });
  private readonly said = make("p", { class: "note", role: "status", "aria-live": "polite" });
  private readonly changed: () => void;
  private labels: readonly string[] | undefined;

  constructor(changed: () => void) {
    this.changed = changed;
    this.card = card("ask", "Ask it");
    this.card.title.append(make("small", {}, "the model answers while it learns"));
    this.card.body.append(this.form, this.said, this.bars);
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  open({ questions, model }: LabFacts): void {
    this.card.element.hidden = questions === undefined;
    this.labels = model?.labels;
    this.answers = questions && Object.fromEntries(questions.map(({ name, value }) => [name, value]));
    this.form.replaceChildren(...(questions ?? []).map((q) => this.field(q)));
    this.bars.replaceChildren();
    this.said.textContent = "";
  }

  show({ said }: Views): void {
    if (!said || !this.answers) return;
    const text = textOf(said);
    if (this.said.textContent !== text) this.said.textContent = text;
    if (said.probabilities && this.labels) showBars(this.bars, this.labels, said.probabilities);
    else this.bars.replaceChildren();
  }

  private field({ name, kind, value, options }: Question): HTMLElement {
    const made =
      kind === "choice"
        ? make("select", {}, ...options.map((o) => make("option", { value: o }, visible(o))))
        : make("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    const control = made as HTMLInputElement | HTMLSelectElement;
    control.value = value;
    control.addEventListener("input", () => {
      if (this.answers) this.answers[name] = control.value;
      this.changed();
    });
    return make("label", {}, visible(name), control);
  }
}

function textOf({ problem, label, output }: Said): string {
  if (problem !== undefined) return problem;
  if (label !== undefined) return visible(label);
  const numbers = [output].flat(9) as number[];
  return `${numbers.slice(0, MOST).map(figure).join(", ")}${numbers.length > MOST ? ", ..." : ""}`;
}
