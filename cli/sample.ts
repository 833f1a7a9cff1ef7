// `dnn sample`: the pictures that a training shows, or text from a character model, one character after the other. The model sees a window as long as
// those it was trained on; once the text is longer, the window slides with it.

import { Random } from "../runtime/data/random.ts";
import { encodeWith } from "../runtime/data/text.ts";
import type { Numbers } from "../runtime/engine.ts";
import type { SavedField } from "../runtime/train/checkpoint.ts";
import { type Applied, applyModel, chosenModel } from "./apply.ts";
import { EXIT, failure } from "./failure.ts";
import { samplePictures, shows } from "./pictures.ts";
import { asProbabilities } from "./predict.ts";
import { openWeights, type WeightFlags } from "./weights.ts";

export interface SampleFlags extends WeightFlags {
  readonly model?: string;
  readonly prompt?: string;
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
  /** Where pictures go. */
  readonly out?: string;
}

export async function sample(file: string, flags: SampleFlags): Promise<number> {
  const weights = await openWeights(file, flags);
  if (shows(weights.definition)) {
    await samplePictures(weights, flags.out ?? "sample.png", flags.seed);
    return EXIT.fine;
  }
  const definition = chosenModel(weights, flags.model);
  const applied = await applyModel(weights, definition, 1);
  try {
    const field = textField(applied);
    if (!field)
      throw failure("sample/not-text", `'${definition.name.text}' does not give the next character of a text`, {
        span: definition.name.span,
        hint: "`dnn predict` evaluates a model on rows",
      });
    const labels = field.labels!;
    const prompt = flags.prompt === undefined || flags.prompt === "" ? opening(labels) : flags.prompt;
    const ids = [...encodeWith(prompt, labels, "--prompt")];
    if (flags.prompt) process.stdout.write(prompt);
    for await (const id of continued(applied, field, ids, flags)) process.stdout.write(labels[id]!);
    process.stdout.write("\n");
    return EXIT.fine;
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
  flags: SampleFlags,
): AsyncGenerator<number> {
  const [length = 1] = field.shape;
  const random = new Random(flags.seed);
  for (let i = 0; i < flags.length; i++) {
    const recent = ids.slice(-length);
    // What stands after the last character is not read: a step depends on what came before it.
    const window = new Int32Array(length);
    window.set(recent);
    const output = await applied.run(1, new Map<string, Numbers>([[applied.inputs[0]!.name, window]]));
    const at = (recent.length - 1) * field.classes!;
    const id = draw(asProbabilities(output.subarray(at, at + field.classes!), flags.temperature), random.uniform());
    ids.push(id);
    yield id;
  }
}

function draw(probabilities: readonly number[], uniform: number): number {
  let left = uniform;
  for (const [i, p] of probabilities.entries()) if ((left -= p) < 0) return i;
  return probabilities.length - 1;
}
