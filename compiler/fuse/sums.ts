// Fuses the sum of a factor with the product that it is a factor of, where both take the same steps: the gradients of a weight and its bias.
// The factor is in registers for the product anyway, and the sum alone would read all of it once more.

import { axisIndex, coefficient, literal } from "../arithmetic/affine.ts";
import { showDim } from "../arithmetic/dim.ts";
import { onlyOf } from "../arithmetic/lists.ts";
import type { Load } from "../loops/axes.ts";
import { replaceAxes } from "../loops/axes.ts";
import type { Nest, Value } from "../loops/nest.ts";
import { rewriteNest } from "../loops/nest.ts";
import type { Step } from "../loops/step.ts";
import { areDependent, effectsOf } from "./effects.ts";

/** Buffers of which a nest sums products, or the values themselves. */
export function siblingKeys(step: Step): string[] {
  const body = step.kind === "nest" ? onlySum(step.nest) : undefined;
  const loads = body?.kind === "apply" && body.scalar === "mul" ? body.inputs : body ? [body] : [];
  return loads.flatMap((v) => (v.kind === "load" ? [v.buffer] : []));
}

/** A product and the sum of one of its factors over the same steps: the gradients of a weight and of its shift. */
export function fuseSibling(a: Step, b: Step): Step | undefined {
  if (a.kind !== "nest" || b.kind !== "nest" || areDependent(effectsOf(a), effectsOf(b))) return undefined;
  return withSum(a.nest, b.nest) ?? withSum(b.nest, a.nest);
}

function withSum(product: Nest, sum: Nest): Step | undefined {
  const [p, s] = [onlySum(product), onlySum(sum)];
  if (p?.kind !== "apply" || p.scalar !== "mul" || s?.kind !== "load" || s.row) return undefined;
  for (const factor of p.inputs) {
    const names = factor.kind === "load" ? sameWalk(product, factor, sum, s) : undefined;
    if (!names) continue;
    const unit = [...sum.loops, ...sum.reduces].map((x) => [x.name, literal(0)] as const);
    const values = new Map([...unit, ...[...names].map(([from, to]) => [from, axisIndex(to)] as const)]);
    const renamed = rewriteNest(replaceAxes(sum, values, new Map()), (v) =>
      v.kind === "accumulator" ? { ...v, index: 1 } : v,
    );
    const own = new Set(names.values());
    const once = product.loops.map((l) => l.name).filter((l) => !own.has(l));
    if (once.length === 0) continue;
    const accumulators = [...product.accumulators, { combine: "sum" as const, body: factor }];
    const stores = [...product.stores, ...renamed.stores.map((x) => ({ ...x, once }))];
    return { kind: "nest", nest: { ...product, accumulators, stores } };
  }
  return undefined;
}

/** The body of a nest's sum, if a single sum is all that it reduces. */
function onlySum({ accumulators, split, time }: Nest): Value | undefined {
  const [only, ...more] = accumulators;
  return only?.combine === "sum" && more.length === 0 && !split && time === undefined ? only.body : undefined;
}

/** The axes of `sum` by those of `product` along which its load walks as the factor does; undefined where they differ. */
function sameWalk(product: Nest, factor: Load, sum: Nest, load: Load): Map<string, string> | undefined {
  if (factor.buffer !== load.buffer || factor.row || factor.address.offset !== load.address.offset) return undefined;
  const names = new Map<string, string>();
  for (const list of ["loops", "reduces"] as const) {
    const walked = product[list].filter((x) => x.extent !== 1 && coefficient(factor.address, x.name) !== 0);
    const wanted = sum[list].filter((x) => x.extent !== 1);
    // Every step of the product is one of the sum.
    if (list === "reduces" && product.reduces.some((x) => x.extent !== 1 && !walked.includes(x))) return undefined;
    if (walked.length !== wanted.length) return undefined;
    for (const axis of wanted) {
      const stride = coefficient(load.address, axis.name);
      const same = onlyOf(
        walked.filter(
          (x) => coefficient(factor.address, x.name) === stride && showDim(x.extent) === showDim(axis.extent),
        ),
      );
      if (stride === undefined || !same) return undefined;
      names.set(axis.name, same.name);
    }
  }
  return names;
}
