// `dnn sample` of a training with `show images(...)` lines: the pictures as a PNG grid.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Training } from "../compiler/check/train.ts";
import { elaborateTraining } from "../compiler/check/train.ts";
import type { Show } from "../compiler/check/trainbody.ts";
import type { TrainDefinition } from "../grammar/ast.ts";
import { pictureGrid } from "../runtime/pictures/grid.ts";
import { encodePng } from "../runtime/pictures/png.ts";
import { startNode } from "./apply.ts";
import { modelsLearned } from "./evaluate.ts";
import { Failure, failure } from "./failure.ts";
import { note } from "./say.ts";
import type { Weights } from "./weights.ts";

/** Whether a training has `show` lines. */
export const shows = ({ body }: TrainDefinition): boolean =>
  body.some(
    (s) => s.kind === "line" && s.value.kind === "flow" && s.value.head.kind === "name" && s.value.head.name === "show",
  );

/** The training that the weights come from, on fields as they were then. */
function trainingOf({ opened, checkpoints, definition }: Weights): Training {
  const { facts } = checkpoints[0]!.checkpoint;
  const { program } = opened;
  const overrides = new Map(Object.entries(facts.settings.set));
  // What is shown does not depend on how many examples there were.
  const training = elaborateTraining(program, definition, { fields: facts.fields, examples: 1, overrides });
  if (!training) throw new Failure(program.diagnostics);
  return training;
}

/** Writes one file for each `show` line: OUT, then OUT-2 and so on. */
export async function samplePictures(weights: Weights, out: string, seed: number): Promise<void> {
  const training = trainingOf(weights);
  for (const [i, show] of training.shows.entries()) {
    const place = i === 0 ? out : out.replace(/(\.png)?$/i, `-${i + 1}.png`);
    const png = encodePng(pictureGrid(await drawn(weights, training, show, seed), show.shape, show.rows, show.columns));
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, png);
    note(`${show.rows} x ${show.columns} pictures in ${place}`);
  }
}

async function drawn(weights: Weights, training: Training, show: Show, seed: number): Promise<ArrayLike<number>> {
  const count = show.rows * show.columns;
  const made = await startNode(weights, show.node, modelsLearned(training), count);
  try {
    if (made.fields.length === 0) return await made.run(count, new Map(), seed);
  } finally {
    await made.stop();
  }
  throw failure("sample/needs-data", `this \`show\` reads the field '${made.fields[0]}', and a sample has no data`, {
    span: weights.definition.name.span,
    hint: "show what is made from draws, such as `images(G(normal([100])), 8x8)`",
  });
}
