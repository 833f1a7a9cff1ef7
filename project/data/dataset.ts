// The data of a training: the declaration it names (or what --data put in its place), evaluated, loaded and described.

import { dirname, resolve } from "node:path";
import { didYouMean } from "../../compiler/check/names/didyoumean.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import type { Field } from "../../compiler/check/training/types.ts";
import { parse } from "../../grammar/parser/parse.ts";
import type { DataDefinition } from "../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import type { Dataset } from "../../runtime/data/dataset.ts";
import type { RunSettings } from "../../runtime/train/checkpoint.ts";
import { asFailure, Failure, usage } from "../failure.ts";
import { texts } from "../source.ts";
import { fieldsOf, placeIn, remarksOn, requestOf } from "./declaration.ts";
import { hintOnMissing, hintOnMissingHere } from "./missing.ts";

/** A declaration given on the command line, and the folder its paths start from. */
export interface DataOverride {
  readonly name: string;
  readonly expression: string;
  readonly base: string;
}

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
  /** Warnings. */
  readonly remarks: readonly Diagnostic[];
}

/** Of a run's settings: declarations of the command line, and which examples are held out. */
type DataSettings = Pick<RunSettings, "data" | "splitSeed">;

/** Loads a declaration's data; `file` is the program, where relative paths start. */
export async function loadData(
  program: Program,
  definition: DataDefinition,
  file: string,
  { data: overrides, splitSeed }: DataSettings = { data: [] },
): Promise<LoadedData> {
  const override = overrides.find((o) => o.name === definition.name.text);
  const base = override?.base ?? dirname(resolve(file));
  const request = requestOf(program, definition, base, splitSeed);
  const { loadDataset } = await import("../../runtime/data/sources/all.ts");
  const { nodeFiles } = await import("../../runtime/files/files.node.ts");
  try {
    const dataset = await loadDataset(request, nodeFiles());
    const remarks = remarksOn(dataset, definition);
    return { name: definition.name.text, dataset, fields: fieldsOf(dataset), remarks };
  } catch (error) {
    const hint = override ? hintOnMissingHere(error, "--data", base) : hintOnMissing(error, definition, program);
    throw asFailure(error, { span: placeIn(definition, error), ...hint }) ?? error;
  }
}
