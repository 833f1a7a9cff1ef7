// The passes over nests before a target sees them, in order. Each takes a lowered graph and gives one with the same results.

import type { Precision } from "../arithmetic/dtype.ts";
import type { Stage } from "../loops/stage.ts";
import type { Lowered } from "../loops/step.ts";
import { dropUnreadStores, fuse } from "./fuse.ts";
import { narrow } from "./narrow.ts";

export interface NestPass extends Stage {
  readonly run: (lowered: Lowered, precision: Precision) => Lowered;
}

export const nestPasses: readonly NestPass[] = [
  {
    name: "fuse",
    doc: "nests that belong together become one",
    run: (lowered) => ({ ...lowered, steps: fuse(lowered.steps) }),
  },
  { name: "prune", doc: "what nothing reads is no longer stored", run: prune },
  {
    name: "narrow",
    doc: "activations are kept in 16 bits, where the training asks for that",
    run: (lowered, precision) => (precision === "f16" ? narrow(lowered) : lowered),
  },
];

/** Drops buffers that a fused nest hands on as values; results and buffers that outlive the step stay in memory. */
function prune({ steps, buffers, results }: Lowered): Lowered {
  const wanted = new Set([...results.values()].map((s) => s.buffer));
  const isKept = (name: string): boolean => wanted.has(name) || buffers.get(name)?.role !== "temporary";
  return { steps: dropUnreadStores(steps, isKept), buffers, results };
}
