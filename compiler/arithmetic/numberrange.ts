// Ranges of numbers: which numbers an argument or a setting takes, and how a message says so.

/** Indices are 32-bit numbers. */
export const LARGEST_INDEX = 2 ** 31 - 1;

/** Bounds that a value may reach (`from`, `to`), or must stay away from (`above`, `below`). */
export interface NumberRange {
  readonly whole?: boolean;
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

export function isInRange(r: NumberRange, x: number): boolean {
  return (
    Number.isFinite(x) &&
    (!r.whole || Number.isInteger(x)) &&
    x >= (r.from ?? (r.whole ? -LARGEST_INDEX : -Infinity)) &&
    x > (r.above ?? -Infinity) &&
    x <= (r.to ?? (r.whole ? LARGEST_INDEX : Infinity)) &&
    x < (r.below ?? Infinity)
  );
}

/** `a whole number from 1`, `a number from 0 to below 1`. */
export function sayRange(r: NumberRange): string {
  const least = r.from === undefined ? (r.above === undefined ? "" : ` above ${r.above}`) : ` from ${r.from}`;
  const upper = r.from === undefined ? " below " : " to below ";
  const most =
    r.below !== undefined
      ? `${upper}${r.below}`
      : r.to === undefined
        ? ""
        : r.from === undefined && r.above === undefined
          ? ` of at most ${r.to}`
          : ` to ${r.to}`;
  return `a ${r.whole ? "whole " : ""}number${least}${most}`;
}
