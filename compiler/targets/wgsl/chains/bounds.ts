// Which steps a row can do without: those that a condition on their coordinates makes nothing of, as in causal attention, where no place
// looks at a later one. In: the values of a nest along products that are computed again. Out: on which side of a row its steps lie.

import type { Index } from "../../../arithmetic/affine.ts";
import type { Nest, Value } from "../../../loops/nest.ts";
import { valueKey, valuesIn } from "../../../loops/nest.ts";
import type { Chain } from "./chain.ts";

/** Steps up to the row's own number, or from it on. */
export type Side = "upTo" | "from";

/** Scores of what takes no part: no number of a program that means something else is as low. */
const LOW = -1e29;

export function sideOf(nest: Nest, chain: Chain): Side | undefined {
  const values = chain.product ? [chain.product.score] : nest.accumulators.map((a) => a.body);
  for (const condition of valuesIn(values)) {
    const side = sideIn(condition, chain);
    const key = valueKey(condition);
    const isFree = values.every((v, i) => {
      const otherwise = valueWithout(v, key);
      // The largest of a row is above what takes no part, since its first step up to itself does.
      const isLargest = !chain.product && nest.accumulators[i]?.combine === "max";
      return isLargest ? otherwise !== undefined && otherwise < LOW && side === "upTo" : otherwise === 0;
    });
    if (side && isFree) return side;
  }
  return undefined;
}

/** The side on which a condition holds: one coordinate is at most the other. */
function sideIn(v: Value, { row, step }: Chain): Side | undefined {
  if (v.kind !== "apply" || v.scalar !== "le") return undefined;
  const [a, b] = v.inputs.map((x) => (x.kind === "coordinate" ? axisOf(x.index) : undefined));
  if (a === step.name && b === row.name) return "upTo";
  return a === row.name && b === step.name ? "from" : undefined;
}

function axisOf({ terms: [first, ...more], offset }: Index): string | undefined {
  return first && more.length === 0 && offset === 0 && first[1] === 1 && typeof first[0] === "string"
    ? first[0]
    : undefined;
}

/** The number that a value is where a condition does not hold; undefined where it may be any. */
function valueWithout(v: Value, condition: string): number | undefined {
  if (v.kind === "number") return v.value;
  if (v.kind !== "apply") return undefined;
  const of = (x: Value | undefined): number | undefined => x && valueWithout(x, condition);
  const [a, b, c] = v.inputs;
  switch (v.scalar) {
    case "select":
      // Another score within that takes no part may leave a row with no others.
      return a && b && valueKey(a) === condition && (of(c) === 0 || !valuesIn([b]).some(isLow)) ? of(c) : undefined;
    case "mul":
      return of(a) === 0 || of(b) === 0 ? 0 : undefined;
    case "div":
      return of(a) === 0 ? 0 : undefined;
    case "add":
      return of(a) === 0 && of(b) === 0 ? 0 : undefined;
    case "exp":
      return isFarBelow(a, condition) ? 0 : undefined;
    default:
      return undefined;
  }
}

const isLow = (v: Value): boolean => v.kind === "number" && v.value < LOW;

/** Whether a value is what takes no part less a number of its row. */
function isFarBelow(v: Value | undefined, condition: string): boolean {
  if (v?.kind !== "apply" || v.scalar !== "sub") return false;
  const [score, largest] = v.inputs;
  return score !== undefined && largest?.kind === "load" && (valueWithout(score, condition) ?? 0) < LOW;
}
