// Sequences of different length as a batch of padded rows, as the same rows with more padding, and each alone without any: one
// step of training on each, for tests that padding takes part in nothing.

import { compileText, startEngine } from "./engine.ts";

const WIDTH = 4;
const CLASSES = 5;
export const LENGTHS: readonly number[] = [6, 9, 5, 7];

/** Results of one step of training: its loss, and every learned tensor and state after it. */
export interface Trained {
  readonly loss: number;
  readonly values: ReadonlyMap<string, Float32Array>;
}

interface Rows {
  readonly steps: number;
  readonly rows: readonly number[];
  /** The number that stands past each end; without it all rows are as long as they are wide. */
  readonly past?: number;
}

const wave = (row: number, step: number, k: number): number => Math.sin(3 * row + 1.7 * step + 0.9 * k);
const letter = (row: number, step: number): number => (3 * row + step * step) % CLASSES;

/** A program with a model `m`, which may read `x: [T, 4]`, `letters: [T] of 5`, `mark: [T] of 5` and `answer: [4]`. */
async function step(program: string, { steps, rows, past }: Rows): Promise<Trained> {
  const ragged = past !== undefined;
  const lengthOf = (row: number): number => (ragged ? LENGTHS[row]! : steps);
  const sequences = [
    { name: "x", shape: [steps, WIDTH] },
    { name: "letters", shape: [steps], classes: CLASSES },
  ];
  const lengths = ragged ? sequences.map((f) => ({ name: `${f.name}~length`, shape: [] })) : [];
  const others = [
    { name: "mark", shape: [steps], classes: CLASSES },
    { name: "answer", shape: [WIDTH] },
  ];
  const compiled = compileText(program, [...sequences, ...lengths, ...others], rows.length);
  const engine = await startEngine(compiled);
  engine.set("seed", 4);
  await engine.run("initialise");
  const write = (name: string, of: (row: number) => readonly number[]): void => {
    if (engine.has(name)) (engine.view(name) as Float32Array).set(rows.flatMap((row) => of(row)));
  };
  const eachStep = <T>(of: (t: number) => T): T[] => Array.from({ length: steps }, (_, t) => of(t));
  const isReal = (row: number, t: number): boolean => t < lengthOf(row);
  write("x", (row) =>
    eachStep((t) => Array.from({ length: WIDTH }, (_, k) => (isReal(row, t) ? wave(row, t, k) : past!))).flat(),
  );
  const other = (row: number, t: number): number => (letter(row, t) + (past === 1e30 ? 1 : 2)) % CLASSES;
  write("letters", (row) => eachStep((t) => (isReal(row, t) ? letter(row, t) : other(row, t))));
  write("mark", (row) => eachStep((t) => (isReal(row, t) ? letter(row + 1, t) : other(row + 1, t))));
  write("answer", (row) => Array.from({ length: WIDTH }, (_, k) => wave(row + 9, 0, k)));
  for (const { name } of lengths) write(name, (row) => [LENGTHS[row]!]);
  await engine.run("train");
  const [loss] = await engine.logged(1);
  const { learned } = compiled.training;
  return {
    loss: loss!,
    values: new Map(learned.map((l) => [l.path, Float32Array.from(engine.view(l.path) as Float32Array)])),
  };
}

/** Padded as little as can be, padded more with what is no number, and each row alone. */
export async function arrangements(program: string): Promise<{ tight: Trained; loose: Trained; alone: Trained[] }> {
  const rows = LENGTHS.map((_, i) => i);
  const batched = program.replace("BATCH", String(rows.length));
  const longest = Math.max(...LENGTHS);
  return {
    tight: await step(batched, { steps: longest, rows, past: 1e30 }),
    loose: await step(batched, { steps: longest + 4, rows, past: Number.NaN }),
    alone: await Promise.all(
      rows.map((row) => step(program.replace("BATCH", "1"), { steps: LENGTHS[row]!, rows: [row] })),
    ),
  };
}

/** The mean of what each row alone gives: a step of gradient descent on a batch is the mean of the steps on its examples. */
export function meanOf(all: readonly Trained[]): Trained {
  const mean = (of: (t: Trained) => number): number => all.reduce((a, t) => a + of(t), 0) / all.length;
  return {
    loss: mean((t) => t.loss),
    values: new Map(
      [...all[0]!.values].map(([path, v]) => [path, v.map((_, i) => mean((t) => t.values.get(path)![i]!))]),
    ),
  };
}

/** Where two results differ by more than the rounding of sums in another order; undefined where they do not. */
export function difference(a: Trained, b: Trained): string | undefined {
  // Rounding is relative to the largest of the numbers that were added.
  const apart = (x: number, y: number, size: number): boolean => !(Math.abs(x - y) <= 1e-5 * Math.max(1, size));
  if (apart(a.loss, b.loss, Math.abs(a.loss))) return `loss ${a.loss} and ${b.loss}`;
  for (const [path, values] of a.values) {
    const other = b.values.get(path)!;
    if (other.length !== values.length) continue;
    const size = Math.max(...values.map(Math.abs));
    const at = values.findIndex((v, i) => apart(v, other[i]!, size));
    if (at >= 0) return `${path}[${at}] ${values[at]} and ${other[at]}`;
  }
  return undefined;
}
