// The layers of the program's models, drawn as they are typed; a box leads to its line.

import type { GraphBox } from "../../report/graph/boxes.ts";
import { openGroups } from "../../report/graph/folding.ts";
import { layoutGraph } from "../../report/graph/layout.ts";
import { drawSvg, styleOf } from "../../report/graph/svg.ts";
import { button, type Card, card, isDark, make } from "./dom.ts";

export class GraphView {
  private readonly card: Card;
  private readonly view = make("div", { class: "graph-view", tabindex: "0", role: "group", "aria-label": "layers" });
  private readonly style = make("style", {});
  private readonly goTo: (line: number) => void;
  private roots: readonly GraphBox[] = [];
  private open = new Set<string>();

  constructor(goTo: (line: number) => void) {
    this.goTo = goTo;
    this.card = card("graph", "Network", true);
    const fold = (how: "open" | "auto" | "closed") => (): void => {
      this.open = openGroups(this.roots, how);
      this.draw();
    };
    const buttons = [button("Open all", fold("open")), button("Close all", fold("closed"))];
    this.card.title.append(
      make("small", {}, "a box leads to its line; blocks open and close"),
      make("span", { class: "push row" }, ...buttons),
    );
    this.card.body.append(this.style, this.view);
    this.view.addEventListener("click", ({ target }) => this.use(target));
    this.view.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.use(event.target);
    });
  }

  show(roots: readonly GraphBox[]): void {
    const known = JSON.stringify(this.roots) === JSON.stringify(roots);
    if (known) return;
    this.roots = roots;
    this.open = openGroups(roots, "auto");
    this.card.element.hidden = roots.length === 0;
    this.draw();
  }

  /** In the colours of now. */
  colour(): void {
    this.style.textContent = styleOf(isDark() ? "dark" : "light");
  }

  private use(target: EventTarget | null): void {
    const box = (target as Element | null)?.closest<SVGGElement>(".box");
    const id = box?.dataset.id;
    if (!box || id === undefined) return;
    if (box.hasAttribute("aria-expanded")) {
      if (!this.open.delete(id)) this.open.add(id);
      this.draw();
      const again = [...this.view.querySelectorAll<SVGGElement>(".box")].find((b) => b.dataset.id === id);
      again?.focus({ preventScroll: true });
    } else if (box.dataset.line) this.goTo(Number(box.dataset.line));
  }

  private draw(): void {
    if (this.roots.length === 0) return;
    this.view.innerHTML = drawSvg("layers", layoutGraph(this.roots, this.open), "page");
    for (const box of this.view.querySelectorAll<SVGGElement>(".box")) {
      box.setAttribute("tabindex", "0");
      box.setAttribute("role", "button");
    }
  }
}
