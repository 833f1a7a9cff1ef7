// Elements of the page. Text is text, whatever it holds.

import { makeUi } from "../../report/run/client/ui.ts";

const ui = makeUi();
export const { make, figure, visible, colours } = ui;

export const find = <T extends HTMLElement = HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
};

export function button(
  text: string,
  act: () => void,
  attributes: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  const made = make("button", { type: "button", ...attributes }, text) as HTMLButtonElement;
  made.addEventListener("click", act);
  return made;
}

export function canvasOf(
  width: number,
  height: number,
  attributes: Readonly<Record<string, string>> = {},
): HTMLCanvasElement {
  return make("canvas", { width: String(width), height: String(height), ...attributes }) as HTMLCanvasElement;
}

/** A part of the page under a title, which is hidden until it has something to show. */
export interface Card {
  readonly element: HTMLElement;
  readonly title: HTMLElement;
  readonly body: HTMLElement;
}

/** Parts in the order in which they stand. */
const ORDER = ["plane", "try", "ask", "curves", "shown", "units", "activations", "filters", "graph"] as const;

export type CardName = (typeof ORDER)[number];

export function card(id: CardName, title: string, isWide = false): Card {
  const head = make("h2", { id: `${id}-title` }, title);
  const body = make("div", { class: "body" });
  const attributes = { id, class: isWide ? "card wide" : "card", "aria-labelledby": `${id}-title`, hidden: "" };
  const element = make("section", attributes, head, body);
  const place = find("cards");
  const rankOf = (other: Element): number => ORDER.indexOf(other.id as CardName);
  place.insertBefore(element, [...place.children].find((other) => rankOf(other) > ORDER.indexOf(id)) ?? null);
  return { element, title: head, body };
}

export const isDark = (): boolean => document.documentElement.dataset.theme === "dark";

let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something for a moment. */
export function toast(text: string): void {
  find("toast").textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => find("toast").replaceChildren(), 3500);
}
