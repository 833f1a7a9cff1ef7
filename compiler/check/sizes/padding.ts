// Zeros around what windows go over. In: a number, one or a pair for each axis, or a rule. Out: how many stand on both sides of each
// axis, for sizes that are known by then.

import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { type ArgumentPlace, type Domain, faultOf, refuseKind, whole } from "./domains.ts";
import { type PaddingRule, ruledPadding, type WindowRequest } from "./windows.ts";

/** Places before an axis, and behind it where these are others. */
export type Sides = Pick<WindowRequest, "padding" | "after">;
type Size = Pick<WindowRequest, "input" | "size" | "stride" | "dilation">;

export interface Padding {
  /** For windows of these sizes; `isLong` says which axes are steps of sequences that differ in length. */
  readonly for: (sizes: readonly Size[], isLong: (axis: number) => boolean) => readonly Sides[];
}

const RULES: ReadonlySet<string> = new Set(["same", "causal"]);
const one = whole({ from: 0 });
const says = "a whole number from 0, one for each axis, a pair for each axis, or `same` or `causal`";

export const paddingDomain: Domain<Padding> = {
  says,
  read: (value, at) => {
    if (value.kind === "string" && RULES.has(value.value)) return byRule(value.value as PaddingRule, at);
    if (value.kind === "string") throw refuseKind(at, says, value);
    if (value.kind !== "list") return fixed([{ padding: one.read(value, at) }], at);
    return fixed(
      value.items.map((item) => sidesOf(item, at)),
      at,
      value.items.length,
    );
  },
};

export const noPadding: Padding = { for: (sizes) => sizes.map(() => ({ padding: 0 })) };

function sidesOf(value: Value, at: ArgumentPlace): Sides {
  if (value.kind !== "list") return { padding: one.read(value, at) };
  const [before, behind, ...others] = value.items.map((v) => one.read(v, at));
  if (before === undefined || behind === undefined || others.length > 0)
    throw faultOf("shapes/wrong-count", at, "has a pair for each axis", {
      hint: "write one number before the axis and one behind it: `padding=[[0, 1], [0, 1]]`",
    });
  return before === behind ? { padding: before } : { padding: before, after: behind };
}

function fixed(sides: readonly Sides[], at: ArgumentPlace, listed?: number): Padding {
  return {
    for: (sizes) => {
      const [first] = sides;
      if (listed === undefined && first) return sizes.map(() => first);
      if (sides.length === sizes.length) return sides;
      const axes = sizes.length === 1 ? "one axis" : `${sizes.length} axes`;
      throw faultOf(
        "shapes/wrong-count",
        at,
        `is for ${axes}, and here ${sides.length === 1 ? "is one" : `are ${sides.length}`}`,
        {
          hint: "write one number for all axes, one for each, or a pair for each: `padding=[[0, 1], [0, 1]]`",
        },
      );
    },
  };
}

function byRule(rule: PaddingRule, at: ArgumentPlace): Padding {
  return {
    for: (sizes, isLong) =>
      sizes.map((size, i) => {
        const found = isLong(i) && size.stride > 1 && rule === "same" ? undefined : ruledPadding(rule, size);
        if (found) return found.padding === found.after ? { padding: found.padding } : found;
        throw mistake(
          "shapes/unbound-dimension",
          at.span,
          `with a stride, \`${rule}\` needs the size of its input, which differs from call to call`,
          { hint: "give the input a fixed size, or write the padding as a number" },
        );
      }),
  };
}
