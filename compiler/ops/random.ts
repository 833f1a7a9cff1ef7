// Random draws: a map over a counter. The bits are a function of the seed, the step, the place in the program, and the
// element's coordinates (example, time and loop indices among them), never of evaluation order. Threefry-2x32-20 (Salmon et al., 2011).

import type { Index } from "../arithmetic/affine.ts";
import { combine, zero } from "../arithmetic/affine.ts";
import type { Dim } from "../arithmetic/dim.ts";
import { BATCH } from "../arithmetic/dim.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import { make } from "../graph/build.ts";
import type { Op } from "../graph/op.ts";
import { defineOp } from "../graph/op.ts";

export const randomOps = (): Op[] => [randomOp];

export type Draw = {
  readonly shape: readonly Dim[];
  readonly distribution: "uniform" | "normal";
  readonly place: number;
  /** The leading axes, outermost first, that are the batch and time. */
  readonly leads: readonly ("example" | "time")[];
};

const randomOp = defineOp<Draw, 0>({
  name: "random",
  doc: "Uniform draws in [0, 1) (24 bits) or standard normal draws (Box and Muller, 1958), keyed by place, seed and step.",
  type: (_, attributes) => ({ shape: attributes.shape, dtype: "f32" }),
  gradient: () => [],
  lowering: {
    class: "generate",
    value: (node, at) => {
      const { distribution, place, leads } = node.attributes;
      const own = at.slice(leads.length);
      const sizes = rowMajor(node.shape.slice(leads.length) as number[]);
      // Of loops in loops, the steps are counted on.
      const lead = (name: "example" | "time"): Index =>
        leads.reduce<Index>((place, l, i) => {
          if (l !== name) return place;
          const inner = leads
            .slice(i + 1)
            .reduce((n, k, d) => (k === name ? n * (node.shape[i + 1 + d] as number) : n), 1);
          return combine([
            [place, 1],
            [itemAt(at, i), inner],
          ]);
        }, zero);
      const element = combine(zip(own, sizes));
      return {
        kind: "random",
        normal: distribution === "normal",
        place,
        element,
        example: lead("example"),
        time: lead("time"),
      };
    },
  },
  lift: (node, _, extent) => {
    const { leads } = node.attributes;
    const name = extent === BATCH ? "example" : "time";
    return make("random", [], {
      ...node.attributes,
      leads: [name, ...leads],
      shape: [extent, ...node.attributes.shape],
    });
  },
  examples: [
    { inputs: [], attributes: { shape: [5, 3], distribution: "uniform", place: 4, leads: [] } },
    { inputs: [], attributes: { shape: [5, 3], distribution: "normal", place: 5, leads: [] } },
  ],
});
