// The fields of a declaration without all of its data: a generator is asked for a few examples, a source of files glances at
// them, or a small file is read. Undefined where they cannot be told. What a training would refuse is refused here, as far as
// reading little shows it; where files are missing, the fields that a source promises stand for what they hold.

import { zip } from "../../compiler/arithmetic/lists.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import type { DataDefinition } from "../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import type { Dataset, SourceArgument, SourceRequest } from "../../runtime/data/dataset.ts";
import { checkNumbers } from "../../runtime/data/source.ts";
import {
  checkRequest,
  describeSource,
  glanceAtFields,
  loadDataset,
  type SourceDescription,
} from "../../runtime/data/sources/all.ts";
import { DataError } from "../../runtime/files/dataerror.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { asFailure } from "../failure.ts";
import { fieldsOf, placeIn, remarksOn, requestOf } from "./declaration.ts";
import { hintOnMissing } from "./missing.ts";
import { type Place, UNREAD } from "./place.ts";

export interface TinyData {
  readonly fields: readonly Field[];
  readonly examples: number;
  /** Sizes that only the file could tell stand for others. */
  readonly guessed: boolean;
  /** Errors of the source or its files, and remarks on them. */
  readonly diagnostics: readonly Diagnostic[];
  /** 0 where the declaration says that nothing is held out. */
  readonly heldout?: number;
  /** The declaration says that it is streamed. */
  readonly streamed?: boolean;
  /** It follows from the declaration alone. */
  readonly isGenerated?: boolean;
  /** All of the data, where it was small enough to be read. */
  readonly dataset?: Dataset;
}

const EXAMPLES = 8;
/** Stands for the size of a vocabulary where the text is not there. */
const VOCABULARY = 65;
/** Failure where the declaration itself is wrong. */
export async function tinyData(
  program: Program,
  definition: DataDefinition,
  place: Place,
): Promise<TinyData | undefined> {
  const request = byName(requestOf(program, definition, place.base));
  const found = await fieldsAsked(request, definition, place, program);
  const keepsNone = request.named.split === 1 || request.named.heldout === 0;
  const streamed = request.named.stream === true;
  return found && { ...found, streamed, ...(keepsNone ? { heldout: 0 } : {}) };
}

async function fieldsAsked(
  request: SourceRequest,
  definition: DataDefinition,
  place: Place,
  program: Program,
): Promise<TinyData | undefined> {
  const source = describeSource(request.name);
  try {
    checkRequest(request);
    return await (source && !source.generated ? ofFiles(source, request, place, definition, program) : fewOf(request));
  } catch (error) {
    throw asFailure(error, { span: placeIn(definition, error) }) ?? error;
  }
}

/** A few examples of a generator; as many as are asked for must fit a memory. */
async function fewOf(request: SourceRequest): Promise<TinyData> {
  const few: Record<string, SourceArgument> = { ...request.named };
  let examples = 0;
  for (const { name, default: usual } of describeSource(request.name)?.parameters ?? []) {
    if (name !== "n" && name !== "heldout") continue;
    const asked = Number(request.named[name] ?? usual);
    examples = Math.max(examples, asked);
    few[name] = Math.min(asked, EXAMPLES);
  }
  const found = await generated({ ...request, named: few });
  for (const { name, shape } of found.fields)
    checkNumbers(
      `the field ${name} of ${request.name}`,
      shape.reduce((a, b) => a * b, examples),
    );
  return found;
}

/** A generator gives the same for the same arguments: an editor asks at every keystroke. */
async function generated(request: SourceRequest): Promise<TinyData> {
  const key = JSON.stringify(request);
  const known = made.get(key);
  if (known) return known;
  const dataset = await loadDataset(request, memoryFiles({}));
  const { length: examples } = dataset.train;
  const found = {
    fields: fieldsOf(dataset),
    examples,
    guessed: false,
    diagnostics: [],
    isGenerated: true,
    sample: dataset,
  };
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
  for (const [name, value] of zip(names.slice(0, request.positional.length), request.positional)) {
    if (Object.hasOwn(named, name)) return request;
    named[name] = value;
  }
  return { ...request, positional: [], named };
}

async function ofFiles(
  source: SourceDescription,
  request: SourceRequest,
  { files, isEmpty }: Place,
  definition: DataDefinition,
  program: Program,
): Promise<TinyData | undefined> {
  const sizes: Record<string, SourceArgument | undefined> = {};
  for (const p of source.parameters) sizes[p.name] = request.named[p.name] ?? p.default;
  const found = { examples: EXAMPLES, guessed: false, diagnostics: [] };
  try {
    const glanced = await glanceAtFields(request, files);
    if (glanced) return { ...found, fields: glanced.map(withNamesUnread) };
    const dataset = await loadDataset(request, files);
    const diagnostics = remarksOn(dataset, definition);
    return { fields: fieldsOf(dataset), examples: dataset.train.length, guessed: false, diagnostics, dataset };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const isUnread = isEmpty || error.code === UNREAD;
    const rest = { span: placeIn(definition, error), ...hintOnMissing(error, definition, program) };
    const wrong = isUnread ? [] : (asFailure(error, rest)?.diagnostics ?? []);
    const fields = promised(source, { ...sizes, V: VOCABULARY }) ?? [];
    return fields.length > 0 || wrong.length > 0 ? { ...found, fields, guessed: true, diagnostics: wrong } : undefined;
  }
}

/** A field of classes whose names are in files that were not read. */
const withNamesUnread = (field: Field): Field => (field.classes === undefined ? field : { ...field, labels: "unread" });

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
    fields.push(withNamesUnread({ name, shape, ...(classes === undefined ? {} : { classes }) }));
  }
  return fields;
}
