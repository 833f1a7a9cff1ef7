// `dnn sample` of a training with `show images(...)` lines: the pictures as a PNG grid.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Training } from "../compiler/check/train.ts";
import { elaborateTraining } from "../compiler/check/train.ts";
import type { Show } from "../compiler/check/trainbody.ts";
import { compileStep } from "../compiler/compile.ts";
import { pictureGrid } from "../runtime/pictures/grid.ts";
import { encodePng } from "../runtime/pictures/png.ts";
import { startEngine } from "./engine.ts";
import { Failure, failure } from "./failure.ts";
import { note } from "./say.ts";
import type { Weights } from "./weights.ts";
import { neededTensors, writeTensors } from "./weights.ts";

/** The training that the weights come from, on fields as they were then. */
export function trainingOf({ opened, checkpoints, definition }: Weights): Training {
  const { facts } = checkpoints[0]!.checkpoint;
  const { program } = opened;
  const overrides = new Map(Object.entries(facts.settings.set));
  const training = elaborateTraining(program, definition, { fields: facts.fields, examples: 1024, overrides });
  if (!training) throw new Failure(program.diagnostics);
  return training;
}

/** Writes one file for each `show` line: OUT, then OUT-2 and so on. */
export async function samplePictures(weights: Weights, training: Training, out: string, seed: number): Promise<void> {
  for (const [i, show] of training.shows.entries()) {
    const place = i === 0 ? out : out.replace(/(\.png)?$/i, `-${i + 1}.png`);
    const png = encodePng(pictureGrid(await drawn(weights, training, show, seed), show.shape, show.rows, show.columns));
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, png);
    note(`${show.rows} x ${show.columns} pictures in ${place}`);
  }
}

async function drawn(weights: Weights, training: Training, show: Show, seed: number): Promise<ArrayLike<number>> {
  const batch = show.rows * show.columns;
  const part = compileStep(
    { name: "show", results: [{ name: "show", node: show.node, into: "show" }], logged: [] },
    { batch },
  );
  if (part.fields.length > 0)
    throw failure("sample/needs-data", `this \`show\` reads the field '${part.fields[0]}', and a sample has no data`, {
      span: weights.definition.name.span,
      hint: "show what is made from draws, such as `images(G(normal([100])), 8x8)`",
    });
  const sizes = { fields: [], train: 1, heldout: 0 };
  const engine = await startEngine([{ name: "show", parts: [part] }], sizes, batch, {
    device: "cpu",
    threads: 1,
    revectorize: true,
  });
  const learned = training.learned.filter((l) => !l.path.includes("~"));
  await writeTensors(engine, neededTensors(learned, weights.checkpoints[0]!));
  engine.set("seed", seed);
  engine.set("batch", batch);
  engine.set("step", 0);
  await engine.run("show");
  const values = await engine.read("show");
  await engine.stop();
  return values;
}
