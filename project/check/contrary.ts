// Examples with the same inputs and another label each: a row for each of several labels, or files with labels of their own put together.
// In: a program with its loaded data. Out: a warning at the declaration. Labels that chance decides agree now and then, so of these
// nothing is said.
// Invariant: linear in the numbers that are looked at.

import type { Program } from "../../compiler/check/program/program.ts";
import type { Column, Dataset, Split } from "../../runtime/data/dataset.ts";
import { isRead } from "./fielduse.ts";

/** Examples that are looked at, and numbers of each by which those that may be alike are found. */
const [MOST_EXAMPLES, MOST_NUMBERS] = [100_000, 64];
/** Where inputs are more often one of those before, they are grades or yes and no, and equal ones say little. */
const FEWEST_KINDS = 1 / 4;
/** The share of equal inputs that have another label, and chance alone must not give more. */
const NEARLY_ALL = 0.9;
/** From so many examples, and such a share of all, on. */
const [FEW, SHARE] = [10, 0.05];

export function warnOfContrary(program: Program, name: string, { train, records, unit }: Dataset): void {
  const declared = program.data.get(name);
  const label = train.columns.find((c) => c.name === "label" && c.classes !== undefined && c.shape.length === 0);
  if (!declared || !label || records) return;
  // A label of whole numbers may be read as a quantity, `y`.
  const classes = train.columns.filter((c) => c.classes !== undefined && isOfLabel(c, label));
  if (!classes.some((c) => isRead(program, declared, c.name))) return;
  const inputs = train.columns.filter(
    (c) => !isOfLabel(c, label) && c.name !== "weight" && isRead(program, declared, c.name),
  );
  const found = inputs.length > 0 ? contraryIn(train, inputs, label) : undefined;
  if (!found) return;
  const [first, second] = found.example.map((at) => ({
    number: (train.rows?.[at] ?? at) + 1,
    label: JSON.stringify(label.labels?.[label.values[at] ?? 0] ?? String(label.values[at])),
  }));
  program.elaborator.warn(
    {
      code: "data/contrary-labels",
      message: `${found.contrary} of ${found.looked} training ${unit} have the inputs of an earlier one and another label`,
      notes: [
        `for example ${unit} ${first?.number} and ${second?.number}: ${first?.label} and ${second?.label}`,
        "no model can tell them apart: at best it says how often each label is right",
      ],
      hint: 'of examples with several labels write one row each, with a column of 0 and 1 for every label: label=["red", "round"] and `bce`; else see whether a column is left out that tells them apart',
    },
    declared.name.span,
  );
}

/** Whether a column was read from that of the label. */
function isOfLabel({ name, columns }: Column, label: Column): boolean {
  const written = label.columns?.[0]?.written;
  return (
    name === "label" || name === "y" || (written !== undefined && columns?.some((c) => c.written === written) === true)
  );
}

interface Contrary {
  readonly looked: number;
  /** Examples with the inputs of an earlier one and another label. */
  readonly contrary: number;
  readonly example: readonly [number, number];
}

function contraryIn(
  { length }: Split,
  inputs: readonly Column[],
  { values: labels, classes }: Column,
): Contrary | undefined {
  const looked = Math.min(length, MOST_EXAMPLES);
  const print = printerOf(inputs, length);
  const firsts = new Map<number, number>();
  const sizes = new Float64Array(classes ?? 0);
  let example: readonly [number, number] | undefined;
  let [alike, contrary] = [0, 0];
  for (let at = 0; at < looked; at++) {
    const label = labels[at] ?? 0;
    sizes[label] = (sizes[label] ?? 0) + 1;
    const key = print(at);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, at);
    else if (areAlike(inputs, length, first, at)) {
      alike++;
      if (label === labels[first]) continue;
      contrary++;
      example ??= [first, at];
    }
  }
  const byChance = 1 - sizes.reduce((sum, size) => sum + (size / looked) ** 2, 0);
  const isSo = contrary >= Math.max(FEW, SHARE * looked) && contrary >= Math.max(NEARLY_ALL, byChance) * alike;
  return example && isSo && firsts.size >= FEWEST_KINDS * looked ? { looked, contrary, example } : undefined;
}

/** A number of 52 bits for an example, alike where some of its numbers are. */
function printerOf(inputs: readonly Column[], length: number): (at: number) => number {
  const parts = inputs.map(({ values }) => {
    const width = length === 0 ? 0 : values.length / length;
    const bits =
      values instanceof Uint8Array ? values : new Int32Array(values.buffer, values.byteOffset, values.length);
    return { bits, width, step: Math.max(1, Math.ceil((width * inputs.length) / MOST_NUMBERS)) };
  });
  return (at) => {
    let [a, b] = [0x811c9dc5, 0x9e3779b9];
    for (const { bits, width, step } of parts)
      for (let i = at * width; i < (at + 1) * width; i += step) {
        const value = bits[i] ?? 0;
        a = Math.imul(a ^ value, 0x01000193);
        b = Math.imul((b << 5) ^ (b >>> 27) ^ value, 0x85ebca6b);
        a ^= a >>> 15;
      }
    return (a >>> 0) * 2 ** 20 + ((b >>> 0) & 0xfffff);
  };
}

const areAlike = (inputs: readonly Column[], length: number, one: number, other: number): boolean =>
  inputs.every(({ values }) => {
    const width = values.length / length;
    for (let i = 0; i < width; i++) if (values[one * width + i] !== values[other * width + i]) return false;
    return true;
  });
