// NumPy's matrix product as a contraction, and what would fit where the inner sizes differ.

import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { showDim, showShape } from "../../arithmetic/dim.ts";
import type { ContractAttributes } from "../../graph/build.ts";
import { contract } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { axis } from "../../graph/op.ts";
import { misfit, mistake } from "../values/mistakes.ts";

/** NumPy's matrix product: the last axis of a with the last but one of b (or its only one); axes before are shared. */
export function matrixProduct(a: Node, b: Node, span: Span, rightSpan: Span): Node {
  const [ra, rb] = [a.shape.length, b.shape.length];
  if (ra === 0 || rb === 0)
    throw mistake("shapes/product-of-numbers", span, "`@` multiplies matrices and vectors, and one side is a number", {
      hint: "write `*` to multiply by a number",
    });
  const inner = sizeAlong(a, -1);
  const other = sizeAlong(b, rb === 1 ? -1 : -2);
  if (inner !== other)
    throw misfit(
      "shapes/product-mismatch",
      span,
      [a, b],
      `${showShape(a.shape)} @ ${showShape(b.shape)}: the inner sizes ${showDim(inner)} and ${showDim(other)} differ`,
      whatFits(inner, b, rightSpan),
    );
  const { out, left, right } = axesOfProduct(ra, rb);
  const sizeOf = (name: string): Dim => {
    const i = right.names.indexOf(name);
    return i < 0 ? sizeAlong(a, left.names.indexOf(name)) : sizeAlong(b, i);
  };
  const axes = [...out, "k"].map((n) => [n, sizeOf(n)] as const);
  return contract(a, b, { axes, out, a: left.places, b: right.places });
}

interface ProductAxes {
  readonly out: readonly string[];
  readonly left: OperandAxes;
  readonly right: OperandAxes;
}

interface OperandAxes {
  readonly names: readonly string[];
  readonly places: ContractAttributes["a"];
}

const productAxes = new Map<string, ProductAxes>();

/** The axes of a product and of its operands: the same for all products of as many axes. */
function axesOfProduct(ra: number, rb: number): ProductAxes {
  const key = `${ra} ${rb}`;
  const known = productAxes.get(key);
  if (known) return known;
  const lead = Math.max(0, Math.min(ra - 2, rb - 2));
  const numbered = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
  const shared = numbered("g", lead);
  const rows = numbered("m", ra - 1 - lead);
  const leadB = numbered("q", Math.max(0, rb - 2 - lead));
  const operand = (names: readonly string[]): OperandAxes => ({ names, places: names.map((n) => axis(n)) });
  const made: ProductAxes = {
    out: [...shared, ...leadB, ...rows, ...(rb === 1 ? [] : ["n"])],
    left: operand([...shared, ...rows, "k"]),
    right: operand(rb === 1 ? ["k"] : [...shared, ...leadB, "k", "n"]),
  };
  productAxes.set(key, made);
  return made;
}

/** The right side as it would fit, turned over where that does. */
function whatFits(inner: Dim, b: Node, right: Span): Pick<Diagnostic, "hint" | "fix"> {
  const { shape } = b;
  const fits = shape.length === 1 ? [inner] : [...shape.slice(0, -2), inner, sizeAlong(b, -1)];
  const other = shape.length === 1 ? "right side" : "one before the last of the right";
  const rule = `the last axis of the left side must be as long as the ${other}: ${showShape(fits)} would fit`;
  if (shape.length < 2 || shape.at(-1) !== inner) return { hint: rule };
  const turned = showShape([...shape.slice(0, -2), inner, sizeAlong(b, -2)]);
  const edits = [
    { span: { ...right, end: right.start }, text: "transpose(" },
    { span: { ...right, start: right.end }, text: ")" },
  ];
  return {
    hint: `${rule}; \`transpose(...)\` around the right side gives ${turned}, which fits too`,
    fix: { title: "transpose the right side", edits },
  };
}
