// Options that a program in JavaScript hands over, where no type is checked. In: an object, the rules of its options. Out: a DnnError of code
// `usage` for a name that is none and for a value that none of them takes, before anything starts.

import { didYouMean } from "../compiler/check/names/didyoumean.ts";
import { misused } from "./dnnerror.ts";

export interface OptionRule {
  /** "a whole number from 1", for the message. */
  readonly needed: string;
  readonly accepts: (value: unknown) => boolean;
}

export type OptionRules = Readonly<Record<string, OptionRule>>;

export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): OptionRule => ({
  needed: `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}`,
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
});

const oneOf = (...names: readonly string[]): OptionRule => ({
  needed: names.map((name) => `"${name}"`).join(" or "),
  accepts: (value) => names.some((name) => name === value),
});

/** Options of all that runs a model. */
export const DEVICE_RULES = { device: oneOf("cpu", "gpu", "auto"), threads: whole(1, 64) } as const;

/** `call`: the function, as it is written. `hintFor`: another hint for a name that is none. */
export function checkOptions(
  given: unknown,
  call: string,
  rules: OptionRules,
  hintFor: (name: string) => string | undefined = () => undefined,
): void {
  const names = Object.keys(rules);
  const known = `its options are ${names.join(", ")}`;
  if (Object(given) !== given) throw misused(`\`${call}\` takes its options as an object`, known);
  for (const [name, value] of Object.entries(given as object)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) {
      const near = didYouMean(name, names);
      throw misused(`\`${call}\` has no option '${name}'`, hintFor(name) ?? (near ? `did you mean ${near}?` : known));
    }
    if (value !== undefined && !rule.accepts(value))
      throw misused(`\`${call}\`: ${name} is ${shown(value)}`, `${name} is ${rule.needed}`);
  }
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);
