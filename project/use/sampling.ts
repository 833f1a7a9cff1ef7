// Text from a character model, one character after the other. The model sees a window as long as those it was trained on;
// once the text is longer, the window slides with it.

import { itemAt, onlyOf } from "../../compiler/arithmetic/lists.ts";
import { Random } from "../../runtime/data/random.ts";
import { encodeWith } from "../../runtime/data/tokens/characters.ts";
import { encodeTokens, spaceBefore, type TokenFacts } from "../../runtime/data/tokens/tokenise.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { failure } from "../failure.ts";
import { type Applied, applyModel, chosenModel } from "./model/apply.ts";
import type { Weights } from "./model/weights.ts";
import { asProbabilities } from "./predictions.ts";
import { prepareTexts } from "./rows/textvalues.ts";

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
    const { labels, tokens } = field;
    await prepareTexts(applied.inputs);
    const prompt = wish.prompt === undefined || wish.prompt === "" ? (tokens ? "." : opening(labels)) : wish.prompt;
    const ids = tokens ? wordsIn(prompt, tokens, labels) : [...encodeWith(prompt, labels, "the prompt")];
    if (wish.prompt) yield prompt;
    for await (const id of continued(applied, field, ids, wish)) {
      const token = itemAt(labels, id);
      yield tokens ? spaceBefore(tokens, token) + token : token;
    }
    return ids;
  } finally {
    await applied.stop();
  }
}

/** An input that is a text of so many characters. */
interface TextField {
  readonly name: string;
  readonly length: number;
  readonly classes: number;
  readonly labels: readonly string[];
  /** Where it is a text of words. */
  readonly tokens: TokenFacts | undefined;
}

/** The one input that is text, where the output ranks its characters at every step. */
function textField({ inputs, shape }: Applied): TextField | undefined {
  const { name, field } = onlyOf(inputs) ?? {};
  const { labels, classes, tokens } = field ?? {};
  const length = field && onlyOf(field.shape);
  if (name === undefined || !labels || classes === undefined || length === undefined) return undefined;
  return shape.length === 2 && shape[0] === length && shape[1] === classes
    ? { name, length, classes, labels, tokens }
    : undefined;
}

/** The words of a prompt; of none, the unknown one. */
function wordsIn(prompt: string, tokens: TokenFacts, labels: readonly string[]): number[] {
  const ids = encodeTokens(prompt, tokens, labels, Number.POSITIVE_INFINITY);
  return ids.length > 0 ? ids : [0];
}

/** The prompt of a text. */
function opening(labels: readonly string[]): string {
  return labels.includes("\n") ? "\n" : itemAt(labels, 0);
}

async function* continued(
  applied: Applied,
  field: TextField,
  ids: number[],
  { length: count, temperature, seed }: Writing,
): AsyncGenerator<number> {
  const { name, length, classes } = field;
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const recent = ids.slice(-length);
    // Places after the last character are not read: a step depends on what came before it.
    const window = new Int32Array(length);
    window.set(recent);
    const output = await applied.run(1, new Map<string, Numbers>([[name, window]]));
    const at = (recent.length - 1) * classes;
    const id = draw(asProbabilities(output.subarray(at, at + classes), temperature), random.uniform());
    ids.push(id);
    yield id;
  }
}

function draw(probabilities: readonly number[], uniform: number): number {
  let left = uniform;
  for (const [i, p] of probabilities.entries()) if ((left -= p) < 0) return i;
  return probabilities.length - 1;
}
