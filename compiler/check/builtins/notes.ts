// Documentation of the language's own functions and names for the manual, `dnn explain` and editors: how each is called
// and what it makes. Functions say it in their records.

import { BUILTIN_GROUPS } from "./all.ts";
import { signatureOf } from "./call.ts";

/** How something is called, and what it makes. */
export interface Note {
  readonly signature: string;
  readonly text: string;
}

type Row = readonly [signature: string, text: string];

const NAMES: readonly Row[] = [
  ["pi", "3.14159..."],
  ["infinity", "more than any number, as the `fill` of windows"],
  ["training", "true where the program trains, false where it evaluates"],
  ["progress", "in a training, the share of its steps that has been made: from 0 to 1"],
  [
    "batch, data, time, space, depth",
    "what `over` may name: across the batch; across all training data, in the body of a data declaration; the first axis; all axes but depth; the last axis",
  ],
];

const notes = (rows: readonly Row[]): readonly Note[] => rows.map(([signature, text]) => ({ signature, text }));

/** The builtin functions, by what they are about. */
export const BUILTIN_NOTES: ReadonlyMap<string, readonly Note[]> = new Map(
  [...BUILTIN_GROUPS].map(([title, group]) => [
    title,
    Object.entries(group).map(([name, record]) => ({ signature: signatureOf(name, record), text: record.text })),
  ]),
);

/** Names that are no functions. */
export const NAME_NOTES: readonly Note[] = notes(NAMES);

/** `exp` of `exp(x)`. */
export const nameIn = ({ signature }: Note): string => signature.replace(/\(.*/, "");

const byName = new Map([...BUILTIN_NOTES.values()].flat().map((note) => [nameIn(note), note]));

/** Documentation of a builtin function. */
export const builtinNote = (name: string): Note | undefined => byName.get(name);
