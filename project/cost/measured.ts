// A model of a program, measured: what each of its lines gives, learns and costs, on the fields of its data where these can be told.

import type { Dim } from "../../compiler/arithmetic/dim.ts";
import { isNumber, showDim } from "../../compiler/arithmetic/dim.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { didYouMean } from "../../compiler/check/names/didyoumean.ts";
import { type ModelMeasure, measureModel, namedIn } from "../../compiler/check/program/cost.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import { preparedFields } from "../../compiler/check/training/fields.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { Instance } from "../../compiler/check/values/instance.ts";
import type { Texts } from "../../compiler/diagnostics/lines.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { dataOf } from "../data/declaration.ts";
import { placeOfSmallFiles } from "../data/place.ts";
import { tinyData } from "../data/schema.ts";
import { Failure, failure, usage } from "../failure.ts";
import { hasErrors, type Opened } from "../source.ts";
import { inputsOf, tensorsIn } from "../use/model/modelfields.ts";

export interface LayerSummary {
  readonly name: string;
  readonly kind: string;
  /** The shape that it gives, as text. */
  readonly output: string;
  readonly params: number | string;
  /** Multiply-adds for one example. */
  readonly macs: number | string;
  readonly line: number;
}

export interface ModelSummary {
  readonly model: string;
  readonly params: number | string;
  readonly trainable: number | string;
  readonly macs: number | string;
  /** Most weighted layers on a way from an input to the output. */
  readonly depth: number;
  readonly layers: readonly LayerSummary[];
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
  const { applications } = frame.context;
  const named = namedIn(value, model.definition.name.span, (node) => applications.nameOf(node)?.span);
  const fixed = new Set(instance.everything().flatMap((l) => (l.fixed ? [l.path] : [])));
  return { measure: measureModel(name, applications.roots, results, fixed, named), results };
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

const plain = (dim: Dim): number | string => (isNumber(dim) ? dim : showDim(dim));

export function lineOf(layer: ModelMeasure["layers"][number], texts: Texts): number {
  return texts.get(layer.span.file)?.at(layer.span.start).line ?? 0;
}

/** A model as plain data: its lines with what each gives, learns and costs. Sizes that no data fixes are formulas. */
export function summaryOf(model: string, m: ModelMeasure, texts: Texts): ModelSummary {
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
      line: lineOf(l, texts),
    })),
  };
}
