// Text from a character model, one character after the other. The model sees a window as long as those it was trained on;
// once the text is longer, the window slides with it.

import { Random } from "../../runtime/data/random.ts";
import { encodeWith } from "../../runtime/data/sources/text.ts";
import type { Numbers } from "../../runtime/engine.ts";
import type { SavedField } from "../../runtime/train/checkpoint.ts";
import { failure } from "../failure.ts";
import { type Applied, applyModel, chosenModel } from "./apply.ts";
import { asProbabilities } from "./predictions.ts";
import type { Weights } from "./weights.ts";

export interface Writing {
  readonly model?: string | undefined;
  readonly prompt?: string | undefined;
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
}

/** The prompt, then one character after the other; gives the ids of all of them. */
export async function* written(weights: Weights, wish: Writing): AsyncGenerator<string, number[]> {
  const definition = chosenModel(weights, wish.model);
  const applied = await applyModel(weights, definition, 1);
  try {
    const field = textField(applied);
    if (!field)
      throw failure("sample/not-text", `'${definition.name.text}' does not give the next character of a text`, {
        span: definition.name.span,
        hint: "`dnn predict` evaluates a model on rows",
      });
    const labels = field.labels!;
    const prompt = wish.prompt === undefined || wish.prompt === "" ? opening(labels) : wish.prompt;
    const ids = [...encodeWith(prompt, labels, "--prompt")];
    if (wish.prompt) yield prompt;
    for await (const id of continued(applied, field, ids, wish)) yield labels[id]!;
    return ids;
  } finally {
    await applied.stop();
  }
}

/** The one input that is text, where the output ranks its characters at every step. */
function textField({ inputs, shape }: Applied): SavedField | undefined {
  const [input] = inputs;
  if (inputs.length !== 1 || !input?.field.labels || input.field.shape.length !== 1) return undefined;
  return shape.length === 2 && shape[0] === input.field.shape[0] && shape[1] === input.field.classes
    ? input.field
    : undefined;
}

/** What a text begins after. */
function opening(labels: readonly string[]): string {
  return labels.includes("\n") ? "\n" : labels[0]!;
}

async function* continued(
  applied: Applied,
  field: SavedField,
  ids: number[],
  { length: count, temperature, seed }: Writing,
): AsyncGenerator<number> {
  const [length = 1] = field.shape;
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const recent = ids.slice(-length);
    // What stands after the last character is not read: a step depends on what came before it.
    const window = new Int32Array(length);
    window.set(recent);
    const output = await applied.run(1, new Map<string, Numbers>([[applied.inputs[0]!.name, window]]));
    const at = (recent.length - 1) * field.classes!;
    const id = draw(asProbabilities(output.subarray(at, at + field.classes!), temperature), random.uniform());
    ids.push(id);
    yield id;
  }
}

function draw(probabilities: readonly number[], uniform: number): number {
  let left = uniform;
  for (const [i, p] of probabilities.entries()) if ((left -= p) < 0) return i;
  return probabilities.length - 1;
}
