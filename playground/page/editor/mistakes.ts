// The mistakes of the program below the editor, each leads to its line.

import { button, make } from "../dom.ts";
import type { Mistake } from "./editor.ts";

const MOST = 8;

export function showMistakes(place: HTMLElement, found: readonly Mistake[], goTo: (line: number) => void): void {
  const rows = found.slice(0, MOST).map(({ line, message, severity }) => {
    const row = button(message, () => goTo(line), { class: severity });
    row.prepend(make("b", {}, `line ${line}`));
    return make("li", {}, row);
  });
  const more = found.length > MOST ? [make("li", {}, `${found.length - MOST} more`)] : [];
  place.replaceChildren(...rows, ...more);
}
