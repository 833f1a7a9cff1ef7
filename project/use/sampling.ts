// Text that a trained model writes. In: weights, and how the text is to be. Out: the text, one character or word after the other.

import { onlyOf } from "../../compiler/arithmetic/lists.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { pictureShape } from "../../compiler/check/training/lines/outputs.ts";
import type { ModelDefinition } from "../../grammar/syntax/ast.ts";
import { Failure, failure } from "../failure.ts";
import { type AppliedGraph, applyModel, chosenModel, modelGraph, modelsWithWeights } from "./model/apply.ts";
import type { ModelInput } from "./model/modelinputs.ts";
import type { Weights } from "./model/weights.ts";
import { type TextWish, textField, writeText } from "./textwriting.ts";

export interface Writing extends TextWish {
  readonly model?: string | undefined;
}

/** The prompt, then one character after the other; gives the ids of all of them. */
export async function* written(weights: Weights, wish: Writing): AsyncGenerator<string, number[]> {
  const definition = textModel(weights, wish.model);
  const applied = await applyModel(weights, definition, 1);
  try {
    const field = textField(applied.inputs, applied.shape);
    if (!field) throw notText(weights, [modelGraph(weights, definition)], wish.model !== undefined);
    return yield* writeText(applied.inputs, field, (values) => applied.run(1, values), wish);
  } finally {
    await applied.stop();
  }
}

/** The model that was asked for, or of those with weights the one that gives a text. */
function textModel(weights: Weights, asked: string | undefined): ModelDefinition {
  const names = modelsWithWeights(weights);
  if (asked !== undefined || names.length < 2) return chosenModel(weights, asked);
  const graphs = names.flatMap((name) => graphOf(weights, name) ?? []);
  const texts = graphs.filter(({ inputs, output }) => textField(inputs, output.shape.map(Number)));
  if (texts.length === 0) throw notText(weights, graphs, false);
  return onlyOf(texts)?.definition ?? chosenModel(weights, asked);
}

/** Undefined where a model cannot be used by itself. */
function graphOf(weights: Weights, name: string): AppliedGraph | undefined {
  try {
    return modelGraph(weights, lookUp(weights.opened.program.models, name).definition);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** The mistake of a training that shows nothing and whose models write nothing; of a model that was asked for, that it writes nothing. */
function notText({ definition }: Weights, graphs: readonly AppliedGraph[], isAsked: boolean): Failure {
  const names = graphs.map((g) => `'${g.definition.name.text}'`);
  const [only] = graphs;
  if (only && isAsked)
    return failure("sample/not-text", `${names[0]} does not give the next character of a text`, {
      span: only.definition.name.span,
      hint: "`dnn predict` evaluates a model on rows",
    });
  const { text: training, span } = definition.name;
  return failure(
    "sample/not-text",
    `there is nothing to sample: the training '${training}' has no \`show\` line, and ${noneOf(names)} the next character of a text`,
    {
      span,
      hint: `write ${showLine(graphs)} into the training '${training}', whose weights stay as they are; \`dnn predict\` evaluates a model on rows`,
    },
  );
}

function noneOf(names: readonly string[]): string {
  if (names.length === 0) return "no model gives";
  return names.length === 1 ? `the model ${names[0]} does not give` : `the models ${names.join(" and ")} do not give`;
}

/** So few numbers are no picture. */
const LEAST_POINTS = 16;

/** A line that shows what a model makes, of noise where one does. */
function showLine(graphs: readonly AppliedGraph[]): string {
  const graph = graphs.find(({ inputs }) => inputs.some(isMade)) ?? graphs[0];
  if (!graph) return "a `show` line";
  const given = graph.inputs.map((i) => (isMade(i) ? `normal([${i.field.shape.join(", ")}])` : i.name));
  const call = `${graph.definition.name.text}(${given.join(", ")})`;
  const shape = graph.output.shape.map(Number);
  const isPicture = pictureShape(shape) && shape.reduce((a, b) => a * b, 1) >= LEAST_POINTS;
  return isPicture ? `\`show images(${call}, 8x8)\`` : `\`show histogram(${call})\``;
}

const isMade = ({ raw, free }: ModelInput): boolean => raw === true || free === true;
