// A trained model as an object that also writes text. In: options. Out: pieces of text. In built modules of models that write none
// `nowriting.ts` stands in its place.

import { failure } from "../project/failure.ts";
import { type RunRow, type TextWish, textField, writeText } from "../project/use/textwriting.ts";
import { asDnnError } from "./dnnerror.ts";
import { Pieces } from "./early.ts";
import { Net } from "./net.ts";
import { checkOptions, whole } from "./options.ts";

/** How a text is written: see `dnn sample`. */
export type SampleOptions = Partial<TextWish>;

const RULES = {
  prompt: { needed: "a text", accepts: (v: unknown) => typeof v === "string" },
  length: whole(1),
  temperature: { needed: "a number from 0", accepts: (v: unknown) => Number.isFinite(v) && Number(v) >= 0 },
  seed: whole(0),
} as const;

/** A model that also writes text, where it gives the next character of one. */
export class WritingNet extends Net {
  /** Text, piece by piece: the prompt first. `await` gives all of it. */
  sample(options: SampleOptions = {}): Pieces {
    return new Pieces(this.written(options));
  }

  private async *written(options: SampleOptions): AsyncGenerator<string, void, undefined> {
    checkOptions(options, "sample", RULES);
    const { prompt, length = 200, temperature = 1, seed = 1 } = options;
    const { model, computed, texts } = this.parts;
    const run: RunRow = (values) => this.exclusively(() => computed.run(1, values));
    try {
      const field = textField(computed.inputs, computed.shape);
      if (!field)
        throw failure("sample/not-text", `'${model}' does not give the next character of a text`, {
          hint: "`net.predict` evaluates a model on rows",
        });
      yield* writeText(computed.inputs, field, run, { prompt, length, temperature, seed });
    } catch (error) {
      throw asDnnError(error, texts, model);
    }
  }
}
