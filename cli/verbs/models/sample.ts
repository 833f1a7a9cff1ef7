// `dnn sample`: what a training's `show` lines ask for, or, where there are none, text from a character model.

import { existsSync } from "node:fs";
import { EXIT, usage } from "../../../project/failure.ts";
import { quoted } from "../../../project/quoted.ts";
import { openWeights } from "../../../project/use/model/weights.ts";
import { written } from "../../../project/use/sampling.ts";
import { type Flags, numberFrom, path, text, type Values, whole } from "../../command/flag.ts";
import { program, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { sources } from "../../terminal/machine.ts";
import { note, out, outPiece } from "../../terminal/say.ts";
import { hasShowLines, showAll } from "../../terminal/showlines.ts";

const LENGTH = 400;

const flags = {
  weights: shared.weights,
  model: shared.model,
  text: { description: "text of a character model alone, whatever the training shows" },
  prompt: { value: "text", type: text, description: "what the text goes on from" },
  length: { value: "n", type: whole(1), defaultText: `${LENGTH}`, description: "characters" },
  temperature: {
    value: "t",
    type: numberFrom(0),
    defaultText: "1",
    description: "below 1 safer, above 1 bolder, 0 always the likeliest",
  },
  seed: shared.seed,
  out: {
    value: "file",
    type: path(),
    defaultText: "sample.png",
    description: "where pictures go, or a page with everything: FILE.html",
  },
  data: shared.data,
} as const satisfies Flags;

type SampleFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [program],
  flags,
  example: 'dnn sample examples/charlm.dnn --weights runs/charlm-1 --prompt "ROMEO:" --length 200',
  run: ([file], flags) => sample(file, flags),
});

async function sample(file: string, flags: SampleFlags): Promise<number> {
  const weights = await openWeights(file, flags, sources, note);
  // A model that is named is what is asked for: its text, not what the training shows.
  if (hasShowLines(weights.definition) && flags.model === undefined && !flags.text) {
    await showAll(weights, flags);
    return EXIT.fine;
  }
  if (flags.out !== undefined) {
    const none = hasShowLines(weights.definition) ? "" : `, and '${weights.definition.name.text}' has no \`show\` line`;
    throw usage(`--out ${flags.out} is for what a training shows${none}; a text goes to stdout`);
  }
  if (flags.prompt !== undefined && /^\S+\.\w+$/.test(flags.prompt) && existsSync(flags.prompt))
    note(
      `the prompt is the name ${flags.prompt}; --prompt "$(cat ${quoted(flags.prompt)})" goes on from what the file says`,
    );
  const wish = { ...flags, length: flags.length ?? LENGTH, temperature: flags.temperature ?? 1 };
  for await (const piece of written(weights, wish)) outPiece(piece);
  out("");
  return EXIT.fine;
}
