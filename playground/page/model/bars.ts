// Probabilities of classes as bars: each class with its probability, the likeliest marked.

import { make, visible } from "../dom.ts";

/** Classes that are listed; of more, the likeliest. */
const MOST = 12;

export function showBars(place: HTMLElement, labels: readonly string[], shares: ArrayLike<number>): void {
  const all = labels.map((_, k) => k);
  const order = [...all].sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
  const listed = labels.length <= MOST ? all : order.slice(0, MOST);
  place.replaceChildren(...listed.map((k) => bar(visible(labels[k] ?? String(k)), shares[k] ?? 0, k === order[0])));
}

function bar(name: string, share: number, isBest: boolean): HTMLElement {
  const inner = make("i", {});
  inner.style.width = `${100 * share}%`;
  const value = make("dd", {}, share >= 0.9995 ? "1" : share.toFixed(3));
  const title = make("dt", { title: name }, name);
  return make("div", isBest ? { class: "best" } : {}, title, make("dd", { class: "bar" }, inner), value);
}
