// Text that a trained model writes. In: weights, and how the text is to be. Out: the text, one character or word after the other.

import { failure } from "../failure.ts";
import { applyModel, chosenModel } from "./model/apply.ts";
import type { Weights } from "./model/weights.ts";
import { type TextWish, textField, writeText } from "./textwriting.ts";

export interface Writing extends TextWish {
  readonly model?: string | undefined;
}

/** The prompt, then one character after the other; gives the ids of all of them. */
export async function* written(weights: Weights, wish: Writing): AsyncGenerator<string, number[]> {
  const definition = chosenModel(weights, wish.model);
  const applied = await applyModel(weights, definition, 1);
  try {
    const field = textField(applied.inputs, applied.shape);
    if (!field)
      throw failure("sample/not-text", `'${definition.name.text}' does not give the next character of a text`, {
        span: definition.name.span,
        hint: "`dnn predict` evaluates a model on rows",
      });
    return yield* writeText(applied.inputs, field, (values) => applied.run(1, values), wish);
  } finally {
    await applied.stop();
  }
}
