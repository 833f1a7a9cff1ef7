// An example's training through the command line, with the settings of the tests, and what the command said of it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "../../grammar/parser/parse.ts";
import type { Dataset } from "../../runtime/data/dataset.ts";
import type { Place } from "../cli/dnn.ts";
import { loadExample } from "../support/prepared.ts";
import { TARGETS } from "./targets.ts";

export const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

export type Figures = Readonly<Record<string, number>>;

export interface Event {
  readonly event: string;
  readonly training: string;
  /** Of an event in the middle of a training. */
  readonly epoch: number;
  readonly steps: number;
  readonly epochs: number;
  readonly params: number;
  readonly train: Figures;
  readonly heldout: Figures;
}

/** An example that the command has trained: its words, and the folder of its weights. */
export interface Run {
  readonly name: string;
  readonly folder: string;
  readonly events: readonly Event[];
  /** How each training of the file began and ended, in their order. */
  readonly starts: readonly Event[];
  readonly ends: readonly Event[];
  /** Outputs of one of its models for rows: the numbers of each. */
  readonly predict: (model: string, rows: readonly object[]) => Promise<readonly number[][]>;
  /** The held-out figures of its only training before the first step. */
  readonly untrained: () => Promise<Figures>;
  /** Those of its last training before its first step, with the weights that one before it has left: by default the one just before. */
  readonly unbegun: (after?: string) => Promise<Figures>;
  /** Those of its last training after one step. */
  readonly stepped: () => Promise<Figures>;
  /** Those of its last training with this model in place of the one of its name: trained by flags, or before the first step. */
  readonly instead: (model: string, flags?: readonly string[]) => Promise<Figures>;
  /** The data of its last training. */
  readonly data: () => Promise<Dataset>;
  /** Output of `dnn sample` with its weights. */
  readonly sample: () => Promise<string>;
}

export async function trainExample(place: Place, name: string, seed = 1, others: readonly string[] = []): Promise<Run> {
  const { flags = [] } = TARGETS[name]!;
  const runs = `${name}-${seed}`;
  const file = join(EXAMPLES, `${name}.dnn`);
  // One thread has the bits of several, and other tests run at the same time.
  const fixed = ["--json", "--threads", "1", "--seed", `${seed}`, "--out", runs];
  const { code, err, events } = await place.run("train", file, ...fixed, ...flags, ...others);
  expect(code, err).toBe(0);
  const all = events as unknown as Event[];
  const those = (event: string): Event[] => all.filter((e) => e.event === event);
  expect(all.at(-1)!.event).toBe("end");
  const predict: Run["predict"] = async (model, rows) => {
    const input = place.write(`${name}-rows.jsonl`, rows.map((row) => JSON.stringify(row)).join("\n"));
    const done = await place.run("predict", file, "--weights", runs, "--model", model, "--input", input);
    expect(done.code, done.err).toBe(0);
    return done.out
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
  };
  const end = async (program: string, out: string, ...more: readonly string[]): Promise<Figures> => {
    const one = ["--json", "--threads", "1", "--seed", `${seed}`, "--out", `${runs}-${out}`];
    const done = await place.run("train", program, ...one, ...more);
    expect(done.code, done.err).toBe(0);
    return (done.events.at(-1) as unknown as Event).heldout;
  };
  // Where another training of the file teaches what measures the figure, a measure that knows nothing would miss any target.
  const untrained: Run["untrained"] = () => {
    if (those("end").length > 1)
      throw new Error(`${name} has several trainings: say which of them has taught, "after"`);
    return end(file, "untrained", ...UNMOVED);
  };
  const stepped: Run["stepped"] = () => end(file, "stepped", "--steps", "1");
  const begin = (before: string): Promise<Figures> => {
    const [last] = those("end").slice(-1);
    const learned = ["--only", last!.training, "--weights", join(place.path(runs), before)];
    return end(file, `after-${before}`, ...flags, ...learned, ...UNMOVED);
  };
  const begun = new Map<string, Promise<Figures>>();
  const unbegun: Run["unbegun"] = (after = those("end").at(-2)?.training) => {
    if (after === undefined) throw new Error(`${name} has one training`);
    const figures = begun.get(after) ?? begin(after);
    begun.set(after, figures);
    return figures;
  };
  const instead: Run["instead"] = (model, more = UNMOVED) => {
    for (const beside of readdirSync(EXAMPLES).filter((f) => f.endsWith(".npz")))
      place.write(beside, readFileSync(join(EXAMPLES, beside)));
    const other = place.write(`${name}-instead.dnn`, withModel(readFileSync(file, "utf8"), model));
    return end(other, "instead", ...flags, ...more);
  };
  const sample: Run["sample"] = async () => {
    const done = await place.run("sample", file, "--weights", runs);
    expect(done.code, done.err).toBe(0);
    return done.out;
  };
  const begunAndEnded = { starts: those("start"), ends: those("end") };
  const beginnings = { untrained: once(untrained), unbegun, stepped: once(stepped) };
  const data = (): Promise<Dataset> =>
    loadExample(
      name,
      flags.filter((_, i) => flags[i - 1] === "--data"),
    );
  const more = { ...beginnings, instead, data, predict, sample };
  return { name, folder: place.path(runs), events: all, ...begunAndEnded, ...more };
}

/** A rate of next to nothing moves nothing. */
const UNMOVED: readonly string[] = ["--steps", "1", "--set", "optimizer.lr=1e-12"];

/** A program with another model in place of the one that has the same name. */
function withModel(program: string, model: string): string {
  const [other] = parse(model, "instead").file.definitions;
  const those = parse(program, "program").file.definitions.filter(
    (d) => d.kind === "model" && other?.kind === "model" && d.name.text === other.name.text,
  );
  expect(those, `one model to replace by ${model}`).toHaveLength(1);
  const { start, end } = those[0]!.span;
  return program.slice(0, start) + model + program.slice(end);
}

function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= compute());
}
