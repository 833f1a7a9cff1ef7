// Where the time of a run's training step goes on this machine, layer by layer. In: the run's program with its settings and data.
// Out: plain data.

import { itemAt } from "../../compiler/arithmetic/lists.ts";
import { timeStep } from "../../project/cost/kerneltimes.node.ts";
import type { LoadedData } from "../../project/data/dataset.ts";
import { prepare } from "../../project/train/job.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import { placeText } from "../kernels.ts";
import { kernelTime } from "../kerneltimes.ts";
import type { StepTimes } from "./data.ts";

/** Each kernel is run about so long. */
const MILLISECONDS = 5;
/** Layers that a page has room for. */
const MOST = 30;

export async function stepTimes({ opened, definition, settings }: Weights, data: LoadedData): Promise<StepTimes> {
  const prepared = prepare(opened.program, definition, data, settings);
  const step = await timeStep(prepared, MILLISECONDS);
  const times = step.records.filter((r) => r.operations + r.bytes > 0).map((r) => kernelTime(r, opened.texts));
  const sum = times.reduce((n, k) => n + k.ms, 0);
  const groups = Map.groupBy(times, (k) => `${placeText(k)} ${k.source}`);
  const layers = [...groups.values()].map((group) => {
    const first = itemAt(group, 0);
    const milliseconds = group.reduce((n, k) => n + k.ms, 0);
    return {
      layer: first.source,
      place: placeText(first),
      milliseconds,
      share: milliseconds / sum,
      kernels: group.length,
    };
  });
  return {
    batch: prepared.session.batch,
    milliseconds: step.ms,
    layers: layers.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, MOST),
  };
}
