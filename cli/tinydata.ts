// The fields of a declaration without all of its data: a generator is asked for a few examples, a source of files for
// what it promises; where fields depend on what files hold, it glances at them, or a small file is read. Undefined where
// they cannot be told.

import type { Program } from "../compiler/check/program.ts";
import type { Field } from "../compiler/check/train.ts";
import type { DataDefinition } from "../grammar/ast.ts";
import { DataError, type SourceArgument, type SourceRequest } from "../runtime/data/dataset.ts";
import { type FileReader, memoryFiles } from "../runtime/data/files.ts";
import { describeSource, glanceAtFields, loadDataset, type SourceDescription } from "../runtime/data/sources.ts";
import { fieldsOf, requestOf } from "./declaration.ts";
import { asFailure } from "./failure.ts";

export interface TinyData {
  readonly fields: readonly Field[];
  readonly examples: number;
  /** Sizes that only the file could tell stand for others. */
  readonly guessed: boolean;
}

const EXAMPLES = 8;
/** Stands for the size of a vocabulary where the text is not there. */
const VOCABULARY = 65;
/** Where paths of a program start, and what reads them. */
export interface Place {
  readonly base: string;
  readonly files: FileReader;
}

/** Failure where the declaration itself is wrong. */
export async function tinyData(
  program: Program,
  definition: DataDefinition,
  { base, files }: Place,
): Promise<TinyData | undefined> {
  const request = byName(requestOf(program, definition, base));
  const source = describeSource(request.name);
  if (source && !source.generated) return ofFiles(source, request, files);
  const few: Record<string, SourceArgument> = { ...request.named };
  for (const name of ["n", "heldout"]) if (source?.parameters.some((p) => p.name === name)) few[name] = EXAMPLES;
  try {
    return await generated({ ...request, named: few });
  } catch (error) {
    throw asFailure(error, { span: definition.source.span }) ?? error;
  }
}

/** A generator gives the same for the same arguments: an editor asks at every keystroke. */
async function generated(request: SourceRequest): Promise<TinyData> {
  const key = JSON.stringify(request);
  const known = made.get(key);
  if (known) return known;
  const dataset = await loadDataset(request, memoryFiles({}));
  const found = { fields: fieldsOf(dataset), examples: dataset.train.length, guessed: false };
  if (made.size > MOST_KEPT) made.clear();
  made.set(key, found);
  return found;
}

const MOST_KEPT = 100;
const made = new Map<string, TinyData>();

/** Positional arguments by the names of their parameters, as far as there are any. */
function byName(request: SourceRequest): SourceRequest {
  const names = describeSource(request.name)?.parameters.map((p) => p.name) ?? [];
  if (request.positional.length > names.length) return request;
  const named = { ...request.named };
  for (const [i, value] of request.positional.entries()) {
    if (Object.hasOwn(named, names[i]!)) return request;
    named[names[i]!] = value;
  }
  return { ...request, positional: [], named };
}

async function ofFiles(
  source: SourceDescription,
  request: SourceRequest,
  files: FileReader,
): Promise<TinyData | undefined> {
  const sizes: Record<string, SourceArgument | undefined> = {};
  for (const p of source.parameters) sizes[p.name] = request.named[p.name] ?? p.default;
  const known = promised(source, sizes);
  if (known) return { fields: known, examples: EXAMPLES, guessed: false };
  try {
    const glanced = await glanceAtFields(request, files);
    if (glanced) return { fields: glanced, examples: EXAMPLES, guessed: false };
    const dataset = await loadDataset(request, files);
    return { fields: fieldsOf(dataset), examples: dataset.train.length, guessed: false };
  } catch (error) {
    // What is wrong with a file is said when it is needed: a program may be checked where its data is not.
    if (!(error instanceof DataError)) throw error;
    const guessed = promised(source, { ...sizes, V: VOCABULARY });
    return guessed && { fields: guessed, examples: EXAMPLES, guessed: true };
  }
}

/** Fields as the source documents them: `[28, 28, 1]`, `class 10`, `[seq] of V`; undefined where a size is open. */
function promised(
  source: SourceDescription,
  sizes: Readonly<Record<string, SourceArgument | undefined>>,
): Field[] | undefined {
  const size = (text: string): number => Number(/^\d+$/.test(text) ? text : sizes[text]);
  const fields: Field[] = [];
  for (const { name, type } of source.fields) {
    const match = /^(?:\[([^\]]*)\])?\s*(?:(?:of|class) (\w+))?$/.exec(type);
    if (!match || !/^\w+$/.test(name)) return undefined;
    const dims = (match[1] ?? "").split(",").filter((d) => d.trim() !== "");
    const shape = dims.map((d) => size(d.trim()));
    const classes = match[2] === undefined ? undefined : size(match[2]);
    if (![...shape, classes ?? 1].every(Number.isInteger)) return undefined;
    fields.push({ name, shape, ...(classes === undefined ? {} : { classes }) });
  }
  return fields;
}
