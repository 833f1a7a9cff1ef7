// `dnn summary`: a model line by line with what each line gives, learns and costs, and the totals.

import type { Dim } from "../../compiler/arithmetic/dim.ts";
import { isNumber, showDim } from "../../compiler/arithmetic/dim.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { didYouMean } from "../../compiler/check/names/didyoumean.ts";
import { type ModelMeasure, measureModel } from "../../compiler/check/program/cost.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import { preparedFields } from "../../compiler/check/training/fields.ts";
import type { Field } from "../../compiler/check/training/types.ts";
import { Instance } from "../../compiler/check/values/instance.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { placeOfSmallFiles } from "../../project/data/place.ts";
import { tinyData } from "../../project/data/schema.ts";
import { EXIT, Failure, failure, usage } from "../../project/failure.ts";
import { hasErrors, type Opened } from "../../project/source.ts";
import { inputsOf, tensorsIn } from "../../project/use/modelfields.ts";
import { table } from "../../report/tables.ts";
import type { Flags, Values } from "../command/flag.ts";
import { program as programArgument, shared } from "../command/shared.ts";
import { defineVerb } from "../command/verb.ts";
import { sources } from "../terminal/machine.ts";
import { out, outJson, sayDiagnostics } from "../terminal/say.ts";

const flags = { model: shared.model, json: shared.json } as const satisfies Flags;

type SummaryFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn summary examples/resnet20.dnn",
  run: ([file], flags) => summary(file, flags),
});

async function summary(file: string, flags: SummaryFlags): Promise<number> {
  const opened = sources.openForUse(file);
  const { program, path } = opened;
  const names = chosenModels(program, flags.model, path);
  for (const name of names) {
    const { measure } = await measured(opened, name);
    if (flags.json) outJson(toJson(name, measure));
    else out(toTable(name, measure, path));
  }
  if (!flags.json) for (const line of await trainingLines(opened)) out(line);
  sayDiagnostics(program.diagnostics);
  return hasErrors(program.diagnostics) ? EXIT.user : EXIT.fine;
}

export function chosenModels(program: Program, asked: string | undefined, path: string): [string, ...string[]] {
  const names = [...program.models.keys()];
  const [first, ...others] = names;
  if (first === undefined)
    throw failure("names/no-model", `${path} has no model`, {
      hint: "a model is `model NAME(x: [sizes]) { ... }`; blocks are parts of models",
    });
  if (asked === undefined) return [first, ...others];
  if (names.includes(asked)) return [asked];
  const close = didYouMean(asked, names);
  throw usage(`${path} has no model ${asked}`, close ? `did you mean ${close}?` : `it has ${names.join(", ")}`);
}

export interface MeasuredModel {
  readonly measure: ModelMeasure;
  readonly results: readonly Node[];
}

/** The model on the fields of the data it is trained on, where they can be told; else on sizes by their names. */
export async function measured(opened: Opened, name: string): Promise<MeasuredModel> {
  const { program } = opened;
  const model = lookUp(program.models, name);
  const fields = await fieldsFor(opened);
  const instance = new Instance(name, "model");
  const fresh = { ...model, instance };
  const frame = program.frame(false);
  const value = program.elaborator.applyModel(
    fresh,
    inputsOf(program, model.definition, fields),
    new Map(),
    model.definition.name.span,
    frame,
  );
  if (hasErrors(program.diagnostics)) throw new Failure(program.diagnostics);
  const results = tensorsIn(value).map((t) => t.node);
  const fixed = new Set(instance.everything().flatMap((l) => (l.fixed ? [l.path] : [])));
  return { measure: measureModel(name, frame.context.applications.roots, results, fixed), results };
}

/** Fields of all data of the file's trainings that can be told without reading files. */
export async function fieldsFor(opened: Opened): Promise<readonly Field[]> {
  const { program } = opened;
  const fields: Field[] = [];
  for (const definition of program.trains) {
    if (!definition.data || !program.data.has(definition.data.text)) continue;
    const tiny = await tinyData(program, dataOf(program, definition), placeOfSmallFiles(opened)).catch(() => undefined);
    if (tiny && !tiny.guessed) fields.push(...preparedFields(program, dataOf(program, definition), tiny.fields).types);
  }
  return fields;
}

/** Of each training, where its fields can be told: what they hold, and what a step keeps in memory, the data left out. */
async function trainingLines(opened: Opened): Promise<string[]> {
  const { program } = opened;
  const { elaborateTraining } = await import("../../compiler/check/training/train.ts");
  const { compileTraining, planWasm } = await import("../../compiler/compile.ts");
  const lines: string[] = [];
  for (const definition of program.trains) {
    const data = dataOf(program, definition);
    const tiny = await tinyData(program, data, placeOfSmallFiles(opened)).catch(() => undefined);
    if (!tiny || tiny.fields.length === 0) continue;
    const held = tiny.fields.flatMap(({ note }) => (note === undefined ? [] : [`${data.name.text}: ${note}`]));
    lines.push(...held.filter((line) => !lines.includes(line)));
    const training = elaborateTraining(program, definition, { ...tiny, examples: MANY, overrides: new Map() });
    if (!training || training.batch === MANY) continue;
    const entries = compileTraining(training, { batch: training.batch });
    const fields = tiny.fields.map((f) => ({
      name: f.name,
      size: f.shape.reduce((a, b) => a * b, 1),
      dtype: f.classes === undefined ? ("f32" as const) : ("i32" as const),
    }));
    const { pages } = planWasm(entries, { fields, train: 1, heldout: 0 }, training.batch, false);
    const size = `${(pages / 16).toFixed(1)} MiB`;
    lines.push(`training ${definition.name.text} with a batch of ${training.batch}: ${size} and the data`);
  }
  return lines;
}

/** More examples than any batch. */
const MANY = 2 ** 31;

const plain = (dim: Dim): number | string => (isNumber(dim) ? dim : showDim(dim));
const shown = (dim: Dim): string => (isNumber(dim) ? dim.toLocaleString("en") : showDim(dim));

function lineOf(layer: ModelMeasure["layers"][number]): number {
  return sources.texts.get(layer.span.file)?.at(layer.span.start).line ?? 0;
}

function toJson(model: string, m: ModelMeasure) {
  return {
    model,
    params: plain(m.params),
    trainable: plain(m.trainable),
    macs: plain(m.macs),
    depth: m.depth,
    layers: m.layers.map((l) => ({
      name: l.name,
      kind: l.kind,
      output: l.output,
      params: plain(l.params),
      macs: plain(l.macs),
      line: lineOf(l),
    })),
  };
}

function toTable(model: string, m: ModelMeasure, path: string): string {
  const rows = m.layers.map((l) => [l.kind, l.output, shown(l.params), shown(l.macs), `${path}:${lineOf(l)}`]);
  const total = ["total", "", shown(m.params), shown(m.macs), ""];
  const lines = table([["layer", "output", "parameters", "multiply-adds", "line"], ...rows, total], [2, 3]);
  const frozen = m.trainable === m.params ? "" : `, ${shown(m.trainable)} of the parameters are trained`;
  return `${model}\n${lines}\n${m.depth} weighted layers deep${frozen}\n`;
}
