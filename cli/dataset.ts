// The data of a training: the declaration it names (or what --data put in its place), evaluated, loaded and described.

import { dirname, resolve } from "node:path";
import { didYouMean, suggestion } from "../compiler/check/names.ts";
import type { Program } from "../compiler/check/program.ts";
import type { Field } from "../compiler/check/train.ts";
import type { Value } from "../compiler/check/values.ts";
import { describe } from "../compiler/check/values.ts";
import { isNumber } from "../compiler/graph/dim.ts";
import type { Argument, DataDefinition, Expression, TrainDefinition } from "../grammar/ast.ts";
import { parse } from "../grammar/parse.ts";
import type { Dataset, SourceArgument, SourceRequest } from "../runtime/data/dataset.ts";
import { asFailure, Failure, failure, usage } from "./failure.ts";
import { texts } from "./source.ts";

/** A declaration given on the command line, and the folder its paths start from. */
export interface DataOverride {
  readonly name: string;
  readonly expression: string;
  readonly base: string;
}

/**
 * The split of a data set does not depend on the seed of a run: runs with other seeds stay comparable, can be averaged,
 * and none has trained on what another holds out.
 */
const DATA_SEED = 0;

export function parseDataOption(option: string, base = process.cwd()): DataOverride {
  const at = option.indexOf("=");
  const name = option.slice(0, at).trim();
  if (at < 1 || !/^[A-Za-z_]\w*$/.test(name))
    throw usage(`--data ${option}: write NAME=EXPRESSION`, `--data 'digits=mnist("folder")'`);
  return { name, expression: option.slice(at + 1), base };
}

/** Puts a declaration in the place of the one with its name. */
export function replaceData(program: Program, override: DataOverride): void {
  const known = [...program.data.keys()];
  if (!program.data.has(override.name)) {
    const close = didYouMean(override.name, known);
    throw usage(
      `--data ${override.name}: the program has no data of this name`,
      close ? `did you mean ${close}?` : known.length > 0 ? `it has ${known.join(", ")}` : "it declares no data",
    );
  }
  const file = `--data ${override.name}`;
  const text = `data ${override.name} = ${override.expression}\n`;
  texts.add(file, text);
  const parsed = parse(text, file);
  const [definition] = parsed.file.definitions;
  if (parsed.diagnostics.length > 0) throw new Failure(parsed.diagnostics);
  if (definition?.kind !== "data") throw usage(`--data ${override.name}: this is not a data source`);
  // What is made of the fields stays: only where they come from is another.
  program.data.set(override.name, { ...definition, body: program.data.get(override.name)!.body });
}

export interface LoadedData {
  readonly name: string;
  readonly dataset: Dataset;
  readonly fields: readonly Field[];
}

/** Which data a training uses. */
export function dataOf(program: Program, definition: TrainDefinition): DataDefinition {
  const { data } = definition;
  if (!data)
    throw failure("train/no-data", `the training '${definition.name.text}' does not say what it trains on`, {
      span: definition.name.span,
      hint: "write `train NAME on DATA { ... }`",
    });
  const found = program.data.get(data.text);
  if (found) return found;
  const known = [...program.data.keys()];
  throw failure("names/unknown-data", `there is no data called '${data.text}'`, {
    span: data.span,
    ...(known.length > 0 ? { hint: `there is ${known.join(", ")}` } : {}),
    ...suggestion(data.text, data.span, known),
  });
}

/** Loads a declaration's data; `file` is the program, where relative paths start. */
export async function loadData(
  program: Program,
  definition: DataDefinition,
  file: string,
  overrides: readonly DataOverride[] = [],
): Promise<LoadedData> {
  const base = overrides.find((o) => o.name === definition.name.text)?.base ?? dirname(resolve(file));
  const request = requestOf(program, definition, base);
  const { loadDataset } = await import("../runtime/data/sources.ts");
  const { nodeFiles } = await import("../runtime/data/files.node.ts");
  try {
    const dataset = await loadDataset(request, nodeFiles());
    return { name: definition.name.text, dataset, fields: fieldsOf(dataset) };
  } catch (error) {
    throw asFailure(error, { span: definition.source.span }) ?? error;
  }
}

export function fieldsOf(dataset: Dataset): Field[] {
  return dataset.train.columns.map((c) => ({
    name: c.name,
    shape: c.shape,
    ...(c.classes === undefined ? {} : { classes: c.classes }),
  }));
}

/** The source and its arguments as plain values. */
export function requestOf(program: Program, definition: DataDefinition, base: string): SourceRequest {
  const { source } = definition;
  const head = source.kind === "call" ? source.callee : source.kind === "flow" ? source.head : source;
  const given = source.kind === "call" || source.kind === "flow" ? source.arguments : [];
  if (head.kind !== "name")
    throw failure("data/not-a-source", "a data declaration names a source, such as `digits()`", { span: source.span });
  const positional: SourceArgument[] = [];
  const named: Record<string, SourceArgument> = {};
  for (const argument of given) {
    const value = plainArgument(program, argument);
    if (argument.kind === "named") named[argument.name.text] = value;
    else positional.push(value);
  }
  return { name: head.name, positional, named, seed: DATA_SEED, base };
}

function plainArgument(program: Program, argument: Argument): SourceArgument {
  if (argument.kind === "option")
    throw failure("data/bad-argument", "a data source takes no short options", { span: argument.span });
  const before = program.diagnostics.length;
  const plain = plainValue(evaluated(program, argument.value));
  if (program.diagnostics.length > before) throw new Failure(program.diagnostics.slice(before));
  if (plain !== undefined) return plain;
  const shown = describe(evaluated(program, argument.value));
  throw failure("data/bad-argument", `a data source takes numbers, sizes and text, and this is ${shown}`, {
    span: argument.span,
  });
}

function evaluated(program: Program, e: Expression): Value {
  try {
    return program.elaborator.value(e, program.frame(false));
  } catch (error) {
    program.elaborator.report(error, e.span);
    return { kind: "unknown" };
  }
}

function plainValue(value: Value): SourceArgument | undefined {
  if (value.kind === "string" || value.kind === "boolean") return value.value;
  if (value.kind === "number") return isNumber(value.value) ? value.value : undefined;
  if (value.kind !== "list") return undefined;
  const items = value.items.map(plainValue);
  if (items.every((i) => typeof i === "number")) return items;
  return items.every((i) => typeof i === "string") ? items : undefined;
}
