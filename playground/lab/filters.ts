// The learned numbers of a model that are pictures: windows of convolutions, and the templates of a layer that reads a picture whole.

import type { Weights } from "../../project/use/model/weights.ts";
import { pictureSize } from "../../project/use/rows/picturerows.ts";
import { isOfTraining } from "../../runtime/plan.ts";
import type { Values } from "./protocol.ts";

/** Tensors that are drawn, and windows of each. */
const MOST = 8;
const MOST_WINDOWS = 64;

/** Each as [height, width, windows]; of windows over several channels, those of the first ones. */
export function filtersIn(weights: Weights, input: readonly number[] | undefined): readonly Values[] {
  const { tensors } = weights.checkpoints[0].checkpoint;
  const size = pictureSize(input ?? []);
  const found: Values[] = [];
  for (const [name, { shape, values }] of tensors) {
    if (isOfTraining(name) || found.length >= MOST || !(values instanceof Float32Array)) continue;
    const [height = 0, width = 0] = shape;
    if (shape.length === 4 && height * width > 1) {
      const windows = Math.min(MOST_WINDOWS, (shape[2] ?? 1) * (shape[3] ?? 1));
      found.push({ name, shape: [height, width, windows], values: firstOf(values, height * width, windows) });
    } else if (shape.length === 2 && size && size[2] === 1 && height === size[0] * size[1]) {
      const templates = Math.min(MOST_WINDOWS, width);
      found.push({ name, shape: [size[0], size[1], templates], values: firstOf(values, height, templates) });
    }
  }
  return found;
}

/** The first numbers of each place. */
function firstOf(values: Float32Array, places: number, count: number): Float32Array {
  const width = values.length / places;
  const found = new Float32Array(places * count);
  for (let i = 0; i < places; i++) found.set(values.subarray(i * width, i * width + count), i * count);
  return found;
}
