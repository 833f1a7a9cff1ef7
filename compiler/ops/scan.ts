// A loop over time with a body graph, and the selection of one of its results.
// Body parameters: states, then this step's element of each sequence, then constants. Body results: new states, then values that are stacked.

import { itemAt } from "../arithmetic/lists.ts";
import { type ScanAttributes, scanOf } from "../graph/build.ts";
import type { Op } from "../graph/op.ts";
import { defineOp } from "../graph/op.ts";

export const scanOps = (): Op[] => [scanOp, pickOp];

const scanOp = defineOp<ScanAttributes, number>({
  name: "scan",
  doc: "Runs a body graph over a sequence, carrying states.",
  type: () => ({ shape: [], dtype: "f32" }),
  gradient: () => {
    throw new Error("a scan is differentiated through its picks");
  },
  lowering: { class: "scan" },
  examples: [],
});

const pickOp = defineOp<{ readonly index: number }, 1>({
  name: "pick",
  doc: "One result of a scan: a final state, or a value stacked over time.",
  type: ([scan], { index }) => {
    const { body, states, sequences, length, timeAxes } = scanOf(scan);
    const result = itemAt(body.results, index);
    if (index < states) return { shape: result.shape, dtype: result.dtype };
    const axis = itemAt(timeAxes, sequences + index - states);
    return { shape: [...result.shape.slice(0, axis), length, ...result.shape.slice(axis)], dtype: result.dtype };
  },
  gradient: "none",
  lowering: { class: "pick" },
  examples: [],
});
