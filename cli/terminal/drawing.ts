// The lines of `show ... every epoch` while a training goes on. In: the training, its folder. Out: what draws them at the end of an epoch, and
// before the first step the mistake of one that no memory holds.

import type { Training } from "../../compiler/check/training/lines/types.ts";
import { gibibytes, MemoryExceeded, neededText } from "../../compiler/layout/budget.ts";
import type { TrainDefinition } from "../../grammar/syntax/ast.ts";
import { failure } from "../../project/failure.ts";
import { isDrawn, ShownFrames } from "../../project/train/shownframes.node.ts";
import { NO_DATA } from "../../project/use/model/noderun.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import { drawnNow } from "../../report/showing.ts";
import type { RunParts } from "./run.ts";
import { drawnEveryEpoch } from "./showlines.ts";

/** Draws the lines of `show ... every epoch` while the training goes on. */
export function drawing({
  epochs,
  folder,
  ...program
}: Pick<Weights, "opened" | "definition" | "settings"> & { readonly folder: string; readonly epochs: number }): Pick<
  RunParts,
  "draw"
> {
  const lines = drawnEveryEpoch(program.definition);
  if (lines.length === 0) return {};
  let frames: ShownFrames | undefined;
  return {
    draw: async (epoch, checkpoint, say) => {
      if (!isDrawn(epoch, epochs)) return;
      frames ??= new ShownFrames(folder, say);
      await frames.add(epoch, async () =>
        drawnNow({ ...program, checkpoints: [{ folder, checkpoint: await checkpoint() }] }, lines),
      );
    },
  };
}

/** Refuses pictures of so many examples that computing them needs more memory than there is, before any step is taken. */
export async function refuseLargePictures({ shows, batch }: Training, definition: TrainDefinition): Promise<void> {
  for (const i of drawnEveryEpoch(definition)) {
    const show = shows[i];
    // As many as the steps of the training have fit.
    if (show?.kind !== "images" || show.rows * show.columns <= batch) continue;
    const { compileStep } = await import("../../compiler/compile.ts");
    const { planWasm } = await import("../../compiler/compilewasm.ts");
    const count = show.rows * show.columns;
    try {
      const results = [{ name: "picture", node: show.node, into: "picture" }];
      const part = compileStep({ name: "picture", results, logged: [] }, { batch: count });
      planWasm([{ name: "picture", parts: [{ ...part, fields: [] }] }], NO_DATA, count, false);
    } catch (error) {
      if (!(error instanceof MemoryExceeded)) throw error;
      const { need } = error;
      throw failure(
        "limits/memory",
        `${show.rows}x${show.columns} pictures at once need ${neededText(need)}, and ${need.of} has at most ${gibibytes(need.most)}`,
        { span: show.span, hint: "fewer of them are `images(e, 8x8)`" },
      );
    }
  }
}
