// Options that a program in JavaScript hands over, where no type is checked. In: an object, the rules of its options. Out: a DnnError of code
// `usage` for a name that is none and for a value that none of them takes, before anything starts.

import { nameMeant } from "../compiler/check/names/didyoumean.ts";
import { misused } from "./dnnerror.ts";

export interface OptionRule {
  /** "a whole number from 1", for the message. */
  readonly needed: string;
  readonly accepts: (value: unknown) => boolean;
}

export type OptionRules = Readonly<Record<string, OptionRule>>;

export const whole = (least: number): OptionRule => ({
  needed: `a whole number from ${least}`,
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= least,
});

const DEVICES: readonly unknown[] = ["cpu", "gpu", "auto"];

/** Options of all that runs a model. */
export const DEVICE_RULES = {
  device: { needed: '"cpu" or "gpu" or "auto"', accepts: (value: unknown) => DEVICES.includes(value) },
  threads: {
    needed: "a whole number from 1 to 64",
    accepts: (value: unknown) => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65,
  },
} as const;

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
    if (!rule) throw misused(`\`${call}\` has no option '${name}'`, hintFor(name) ?? nameMeant(name, names) ?? known);
    if (value !== undefined && !rule.accepts(value))
      throw misused(`\`${call}\`: ${name} is ${shown(value)}`, `${name} is ${rule.needed}`);
  }
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);
