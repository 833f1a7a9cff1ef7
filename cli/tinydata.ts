// The fields of a declaration without its data: a generator is asked for a few examples, and of a file only what the
// source promises is taken. Undefined where the fields depend on what the file holds.

import { dirname, resolve } from "node:path";
import type { Program } from "../compiler/check/program.ts";
import type { Field } from "../compiler/check/train.ts";
import type { DataDefinition } from "../grammar/ast.ts";
import type { SourceArgument, SourceRequest } from "../runtime/data/dataset.ts";
import { memoryFiles } from "../runtime/data/files.ts";
import { describeSource, loadDataset, type SourceDescription } from "../runtime/data/sources.ts";
import { fieldsOf, requestOf } from "./dataset.ts";
import { asFailure } from "./failure.ts";

export interface TinyData {
  readonly fields: readonly Field[];
  readonly examples: number;
}

const EXAMPLES = 64;
/** Stands for the size of a vocabulary that is known only when the text is read. */
const VOCABULARY = 65;

/** Failure where the declaration itself is wrong. */
export async function tinyData(
  program: Program,
  definition: DataDefinition,
  file: string,
): Promise<TinyData | undefined> {
  const request = byName(requestOf(program, definition, dirname(resolve(file))));
  const source = describeSource(request.name);
  if (source && !source.generated) return { ...promised(source, request), examples: EXAMPLES };
  const few: Record<string, SourceArgument> = { ...request.named };
  for (const name of ["n", "heldout"]) if (source?.parameters.some((p) => p.name === name)) few[name] = EXAMPLES;
  try {
    const dataset = await loadDataset({ ...request, named: few }, memoryFiles({}));
    return { fields: fieldsOf(dataset), examples: dataset.train.length };
  } catch (error) {
    throw asFailure(error, { span: definition.source.span }) ?? error;
  }
}

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

/** Fields as the source documents them: `[28, 28, 1]`, `class 10`, `[seq] of V`. */
function promised(source: SourceDescription, request: SourceRequest): { fields: readonly Field[] } {
  const sizes: Record<string, SourceArgument | undefined> = { V: VOCABULARY };
  for (const p of source.parameters) sizes[p.name] = request.named[p.name] ?? p.default;
  const size = (text: string): number => Number(/^\d+$/.test(text) ? text : sizes[text]);
  const fields: Field[] = [];
  for (const { name, type } of source.fields) {
    const match = /^(?:\[([^\]]*)\])?\s*(?:(?:of|class) (\w+))?$/.exec(type);
    if (!match || !/^\w+$/.test(name)) continue;
    const shape = (match[1] ?? "")
      .split(",")
      .filter((d) => d.trim() !== "")
      .map((d) => size(d.trim()));
    const classes = match[2] === undefined ? undefined : size(match[2]);
    if ([...shape, classes ?? 1].every(Number.isInteger))
      fields.push({ name, shape, ...(classes === undefined ? {} : { classes }) });
  }
  return { fields };
}
