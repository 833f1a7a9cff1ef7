// The mean of much data and what it deviates from it, in one dispatch: threads sum a part of the data, then the squares of what it
// deviates from its own mean. A second dispatch adds up both, since a sum of squares around any number m is that around the part's mean
// and the count times the square of the mean less m. Otherwise deviations wait for the mean of everything, in two dispatches more.
//
//     sum of x; sum of (x - m)²    ->    of each part: s = sum of x, n, u = s/n; d = sum of (x - u)²
//                                        sum of s; sum of d + n (u - m)²

import type { Index } from "../../arithmetic/affine.ts";
import { axisIndex, combine } from "../../arithmetic/affine.ts";
import { extent, showDim } from "../../arithmetic/dim.ts";
import { itemAt, onlyOf, zip } from "../../arithmetic/lists.ts";
import type { ScalarName } from "../../arithmetic/scalar.ts";
import { rowMajor } from "../../arithmetic/strides.ts";
import { dependsOn, loadsOf, replaceAxes } from "../../loops/axes.ts";
import type { Nest, Store, Value } from "../../loops/nest.ts";
import { valueKey } from "../../loops/nest.ts";
import { freshAxis, isLong } from "../../loops/regions.ts";
import type { Lowered, Step } from "../../loops/step.ts";
import type { Buffer } from "../../loops/storage.ts";
import { cutFor } from "./schedule.ts";
import type { WgslTuning } from "./tuning.ts";

/** A sum of much into little. */
interface Sum {
  readonly nest: Nest;
  readonly body: Value;
}

/** A sum of squares of what `x` deviates from a value that is the same for all that is summed. */
interface Deviations {
  readonly nest: Nest;
  readonly x: Value;
  readonly from: Value;
}

export function joinMoments(lowered: Lowered, batch: number, tuning: WgslTuning): Lowered {
  const buffers = new Map(lowered.buffers);
  const steps: (readonly Step[])[] = [];
  /** Sums by what they sum, as long as nothing has written what they read. */
  const sums = new Map<string, Sum & { readonly at: number }>();
  for (const step of lowered.steps) {
    const sum =
      step.kind === "nest" && isLong(step.nest, batch, cutFor(step.nest, batch, tuning)) ? sumOf(step.nest) : undefined;
    const deviations = sum && deviationsOf(sum);
    const mean = deviations && sums.get(keyOf(deviations.nest, deviations.x));
    if (deviations && mean) {
      const joined = joinedMoments(mean, deviations, {
        batch,
        parts: cutFor(mean.nest, batch, tuning).parts,
        free: buffers.size,
      });
      for (const b of joined.buffers) buffers.set(b.name, b);
      steps[mean.at] = joined.sums.map(stepOf);
      steps.push([stepOf(joined.deviations)]);
      sums.delete(keyOf(mean.nest, mean.body));
    } else steps.push([step]);
    const written = writtenBy(step);
    for (const [key, { body }] of sums) if (loadsOf([body]).some((l) => written.has(l.buffer))) sums.delete(key);
    if (sum && !mean) sums.set(keyOf(sum.nest, sum.body), { ...sum, at: steps.length - 1 });
  }
  return { ...lowered, steps: steps.flat(), buffers };
}

const stepOf = (nest: Nest): Step => ({ kind: "nest", nest });

function writtenBy(step: Step): Set<string> {
  if (step.kind === "loop") return new Set(step.body.flatMap((s) => [...writtenBy(s)]));
  return new Set(step.nest.stores.map((s) => s.buffer));
}

function sumOf(nest: Nest): Sum | undefined {
  const only = onlyOf(nest.accumulators);
  return only?.combine === "sum" && nest.stores.every((s) => !s.once) ? { nest, body: only.body } : undefined;
}

function deviationsOf({ nest, body }: Sum): Deviations | undefined {
  const [one, other] = inputsOf(body, "mul");
  if (!one || !other || (one !== other && valueKey(one) !== valueKey(other))) return undefined;
  const [x, from] = inputsOf(one, "sub");
  const isSame = from && !nest.reduces.some((r) => dependsOn(from, r.name));
  return x && isSame ? { nest, x, from } : undefined;
}

const inputsOf = (v: Value, scalar: ScalarName): readonly Value[] =>
  v.kind === "apply" && v.scalar === scalar ? v.inputs : [];

/** A value by what it is, whatever the axes of its nest are called. */
function keyOf(nest: Nest, value: Value): string {
  const names = (["loops", "reduces"] as const).flatMap((list) =>
    nest[list].map((a, i) => [a.name, axisIndex(`${list} ${i}`)] as const),
  );
  const renamed = replaceAxes(
    { ...nest, accumulators: [{ combine: "sum", body: value }], stores: [] },
    new Map(names),
    new Map(),
  );
  const sizes = [nest.loops, nest.reduces].map((axes) => axes.map((a) => showDim(a.extent)).join());
  return `${sizes.join("; ")}: ${valueKey(itemAt(renamed.accumulators, 0).body)}`;
}

interface Joined {
  /** Of the parts, and all of the sum. */
  readonly sums: readonly Nest[];
  readonly deviations: Nest;
  readonly buffers: readonly Buffer[];
}

function joinedMoments(
  { nest, body }: Sum,
  deviations: Deviations,
  { batch, parts, free }: { readonly batch: number; readonly parts: number; readonly free: number },
): Joined {
  const sizes = nest.loops.map((l) => extent(l.extent, batch));
  const outputs = sizes.reduce((n, s) => n * s, 1);
  const part = {
    name: freshAxis({ ...nest, reduces: [...nest.reduces, ...deviations.nest.loops] }, "part"),
    extent: parts,
  };
  const names = ["sums", "counts", "means", "squares"].map((of) => `${of}_of_parts_${free}`);
  const place = ({ loops }: Nest): Index =>
    combine([
      [axisIndex(part.name), outputs],
      ...zip(loops, rowMajor(sizes)).map(([l, stride]) => [axisIndex(l.name), stride] as const),
    ]);
  const load = (k: number, over: Nest): Value => ({
    kind: "load",
    buffer: itemAt(names, k),
    address: place(over),
    dtype: "f32",
  });
  const store = (k: number, value: Value): Store => ({
    buffer: itemAt(names, k),
    address: place(nest),
    dtype: "f32",
    value,
  });
  const cut = { loops: [part, ...nest.loops], split: { parts }, span: nest.span, reduces: nest.reduces };
  const [sum, count]: [Value, Value] = [
    { kind: "accumulator", index: 0 },
    { kind: "accumulator", index: 1 },
  ];
  const off = apply("sub", body, load(2, nest));
  const around = apply("sub", load(2, deviations.nest), deviations.from);
  const spread = apply("mul", load(1, deviations.nest), apply("mul", around, around));
  const all = apply("add", load(3, deviations.nest), spread);
  return {
    sums: [
      {
        ...cut,
        label: `${nest.label}_parts`,
        accumulators: [body, number(1)].map((b) => ({ combine: "sum", body: b })),
        // A part of a small batch may have nothing.
        stores: [store(0, sum), store(1, count), store(2, apply("div", sum, apply("max", count, number(1))))],
      },
      {
        ...cut,
        label: `${deviations.nest.label}_parts`,
        accumulators: [{ combine: "sum", body: apply("mul", off, off) }],
        stores: [store(3, sum)],
      },
      { ...nest, reduces: [part], accumulators: [{ combine: "sum", body: load(0, nest) }] },
    ],
    deviations: { ...deviations.nest, reduces: [part], accumulators: [{ combine: "sum", body: all }] },
    buffers: names.map((name) => ({ name, size: parts * outputs, role: "temporary", dtype: "f32" })),
  };
}

const apply = (scalar: ScalarName, ...inputs: Value[]): Value => ({ kind: "apply", scalar, inputs });
const number = (value: number): Value => ({ kind: "number", value });
