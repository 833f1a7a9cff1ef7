// Tells a module that moves into a bundle where it was: `import.meta.url` in its code becomes the place that it had. In: its text, and that
// place as seen from the bundle. Out: the text; what stands in a string, such as the module that `dnn build` writes, stays as it is.

import { parseAst } from "rolldown/parseAst";

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds every `import.meta.url` below a node, in the order of the text. */
function placesIn(node: unknown): readonly Span[] {
  if (Array.isArray(node)) return node.flatMap(placesIn);
  if (typeof node !== "object" || node === null) return [];
  return isOwnPlace(node) ? [node] : Object.values(node).flatMap(placesIn);
}

const isOwnPlace = (node: object): node is Span =>
  "type" in node &&
  node.type === "MemberExpression" &&
  "object" in node &&
  (node.object as { readonly type: string }).type === "MetaProperty" &&
  "property" in node &&
  (node.property as { readonly name?: string }).name === "url";

/** `place`: the path of the module from the bundle. */
export function withOwnPlace(code: string, place: string): string {
  const spans = placesIn(parseAst(code).body).toSorted((a, b) => b.start - a.start);
  const own = `new URL(${JSON.stringify(place)}, import.meta.url).href`;
  return spans.reduce((text, { start, end }) => text.slice(0, start) + own + text.slice(end), code);
}
