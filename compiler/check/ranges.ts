// Numbers that the library's definitions cannot work with. In: a definition of the library and what its parameters are given.
// Out: a mistake where a number is outside of its range; what is known only when the program runs is not looked at.

import type { Span } from "../../grammar/span.ts";
import { isNumber } from "../graph/dim.ts";
import { type Callable, mistake, type Value } from "./values.ts";

interface Range {
  readonly holds: (x: number) => boolean;
  readonly says: string;
}

const share: Range = { holds: (x) => x >= 0 && x <= 1, says: "from 0 to 1" };
/** All of it would leave nothing, or never move. */
const lessThanAll: Range = { holds: (x) => x >= 0 && x < 1, says: "from 0 up to 1, without 1 itself" };
const notNegative: Range = { holds: (x) => x >= 0, says: "not below 0" };
const positive: Range = { holds: (x) => x > 0, says: "above 0" };

const RANGES: Readonly<Record<string, Readonly<Record<string, Range>>>> = {
  dropout: { p: lessThanAll },
  mask: { p: share },
  batchnorm: { momentum: share, eps: notNegative },
  sgd: { lr: notNegative, momentum: lessThanAll, decay: notNegative },
  momentum: { lr: notNegative, rho: lessThanAll },
  nesterov: { lr: notNegative, rho: lessThanAll },
  adagrad: { lr: notNegative },
  rmsprop: { lr: notNegative, rho: lessThanAll },
  adam: { lr: notNegative, beta1: lessThanAll, beta2: lessThanAll },
  adamw: { lr: notNegative, beta1: lessThanAll, beta2: lessThanAll, decay: notNegative },
  step_decay: { every: positive },
  sgdr: { period: positive },
  warmup: { length: positive },
};

/** A mistake where the library's definition is given a number outside of its range. */
export function checkRanges({ name }: Callable, given: ReadonlyMap<string, Value>, span: Span): void {
  const own = name.span.file.startsWith("stdlib/") && Object.hasOwn(RANGES, name.text);
  for (const [parameter, { holds, says }] of own ? Object.entries(RANGES[name.text]!) : []) {
    const value = given.get(parameter);
    if (value?.kind !== "number" || !isNumber(value.value) || holds(value.value)) continue;
    const message = `'${parameter}' of \`${name.text}\` is a number ${says}, and this is ${value.value}`;
    throw mistake("calls/out-of-range", span, message, { hint: hintFor(name.text, parameter, value.value, says) });
  }
}

function hintFor(name: string, parameter: string, x: number, says: string): string {
  if (parameter === "lr") return `an optimizer goes down the loss by itself: write \`lr=${-x}\``;
  if (name === "dropout" && x >= 2 && x < 100) return `a share is meant: write \`dropout ${x / 100}\` for ${x} percent`;
  return `write a number ${says}`;
}
