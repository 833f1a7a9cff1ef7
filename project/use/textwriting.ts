// Text from a model of characters or words, one after the other. In: the model's inputs and output, and what computes it. Out: the prompt
// and what follows it. The model sees a window as long as those it was trained on; once the text is longer, the window slides with it.

import { itemAt, onlyOf } from "../../compiler/arithmetic/lists.ts";
import { Random } from "../../runtime/data/random.ts";
import { encodeWith } from "../../runtime/data/tokens/characters.ts";
import { encodeTokens, spaceBefore, type TokenFacts } from "../../runtime/data/tokens/tokenise.ts";
import type { Numbers } from "../../runtime/engine.ts";
import type { ModelInput } from "./model/modelinputs.ts";
import { asProbabilities } from "./predictions.ts";
import { prepareTexts } from "./rows/textvalues.ts";

/** How a text is written. */
export interface TextWish {
  readonly prompt?: string | undefined;
  /** Characters or words. */
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
}

/** An input that is a text of so many characters. */
export interface TextField {
  readonly name: string;
  readonly length: number;
  readonly classes: number;
  readonly labels: readonly string[];
  /** Where it is a text of words. */
  readonly tokens: TokenFacts | undefined;
}

/** The one input that is text, where the output ranks its characters at every step. */
export function textField(inputs: readonly ModelInput[], shape: readonly number[]): TextField | undefined {
  const { name, field } = onlyOf(inputs) ?? {};
  const { labels, classes, tokens } = field ?? {};
  const length = field && onlyOf(field.shape);
  if (name === undefined || !labels || classes === undefined || length === undefined) return undefined;
  return shape.length === 2 && shape[0] === length && shape[1] === classes
    ? { name, length, classes, labels, tokens }
    : undefined;
}

/** Computes the model for one row. */
export type RunRow = (values: ReadonlyMap<string, Numbers>) => Promise<Float32Array>;

/** The prompt, then one character after the other; gives the ids of all of them. */
export async function* writeText(
  inputs: readonly ModelInput[],
  field: TextField,
  run: RunRow,
  wish: TextWish,
): AsyncGenerator<string, number[], undefined> {
  const { labels, tokens } = field;
  await prepareTexts(inputs);
  const prompt = wish.prompt === undefined || wish.prompt === "" ? (tokens ? "." : opening(labels)) : wish.prompt;
  const ids = tokens ? wordsIn(prompt, tokens, labels) : [...encodeWith(prompt, labels, "the prompt")];
  if (wish.prompt) yield prompt;
  for await (const id of continued(field, ids, run, wish)) {
    const token = itemAt(labels, id);
    yield tokens ? spaceBefore(tokens, token) + token : token;
  }
  return ids;
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
  { name, length, classes }: TextField,
  ids: number[],
  run: RunRow,
  { length: count, temperature, seed }: TextWish,
): AsyncGenerator<number> {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const recent = ids.slice(-length);
    // Places after the last character are not read: a step depends on what came before it.
    const window = new Int32Array(length);
    window.set(recent);
    const output = await run(new Map<string, Numbers>([[name, window]]));
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
