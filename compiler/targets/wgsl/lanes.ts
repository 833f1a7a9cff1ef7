// Operands of the sums in a loop over time that are the same at every step, such as a cell's weights. They are laid out once, before the
// loop, so that neighbouring threads read neighbouring numbers: forwards the weights are read along their columns, backwards along their
// rows. In: a loop's nests, whose first axis counts the rows. Out: the same over copies, and the nests that make these.

import { axesIn, axisIndex, coefficient, combine, indexKey } from "../../arithmetic/affine.ts";
import { extent, isNumber } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import { rowMajor } from "../../arithmetic/strides.ts";
import type { Load } from "../../loops/axes.ts";
import type { Accumulator, Axis, Nest, Value } from "../../loops/nest.ts";
import type { Buffer } from "../../loops/storage.ts";

/** A loop's nests, and the buffers that they write. */
interface LoopBody {
  readonly nests: readonly Nest[];
  readonly written: ReadonlySet<string>;
  /** The largest batch. */
  readonly batch: number;
}

interface Copy {
  readonly nest: Nest;
  readonly buffer: Buffer;
}

/** Loads of a nest's products that depend neither on the step nor on the row, with their axes: those of the sum before the last one. */
function lastingOf(
  { loops, reduces, accumulators }: Nest,
  written: ReadonlySet<string>,
): { load: Load; axes: Axis[] }[] {
  const [inner, last] = [loops.slice(1, -1), loops.slice(1).slice(-1)];
  const own = [...inner, ...reduces, ...last];
  return accumulators.flatMap(({ body }) => {
    const factors = body.kind === "apply" && body.scalar === "mul" ? body.inputs : [];
    return factors.flatMap((load) => {
      if (load.kind !== "load" || load.row || written.has(load.buffer)) return [];
      const names = axesIn(load.address);
      const axes = own.filter((a) => names.has(a.name));
      const isLasting = axes.length === names.size && axes.every((a) => isNumber(a.extent));
      return isLasting && axes.some((a) => reduces.includes(a)) ? [{ load, axes }] : [];
    });
  });
}

const countOf = (axes: readonly Axis[], batch: number): number => axes.reduce((n, a) => n * extent(a.extent, batch), 1);

/** Numbers that each row reads again at every step, whatever its own are. */
export function countLasting({ nests, written, batch }: LoopBody): number {
  const all = nests.flatMap((nest) => lastingOf(nest, written));
  return all.reduce((n, { axes }) => n + countOf(axes, batch), 0);
}

/** `nameFor` gives a free name for a buffer. */
export function layOutForLanes(
  { nests, written, batch }: LoopBody,
  nameFor: () => string,
  add: (buffer: Buffer) => void,
): { readonly nests: readonly Nest[]; readonly copies: readonly Nest[] } {
  const copies = new Map<string, Copy>();
  const laid = nests.map((nest) => {
    const lane = nest.loops.length > 1 ? nest.loops.at(-1) : undefined;
    const apart = lastingOf(nest, written).filter(
      ({ load, axes }) =>
        load.dtype === "f32" && lane && axes.includes(lane) && (coefficient(load.address, lane.name) ?? 1) !== 1,
    );
    const loads: ReadonlyMap<Value, Value> = new Map(
      apart.map(({ load, axes }) => {
        const key = `${load.buffer} ${indexKey(load.address)} ${axes.map((a) => `${a.name}<${String(a.extent)}`)}`;
        const copy = copies.get(key) ?? copyOf(load, axes, batch, nest, nameFor());
        if (!copies.has(key)) add(copy.buffer);
        copies.set(key, copy);
        const [store] = copy.nest.stores;
        return [load, store ? { ...load, buffer: copy.buffer.name, address: store.address } : load] as const;
      }),
    );
    return loads.size === 0 ? nest : { ...nest, accumulators: nest.accumulators.map((a) => withFactors(a, loads)) };
  });
  return { nests: laid, copies: [...copies.values()].map((c) => c.nest) };
}

function withFactors(sum: Accumulator, loads: ReadonlyMap<Value, Value>): Accumulator {
  const { body } = sum;
  return body.kind === "apply" ? { ...sum, body: { ...body, inputs: body.inputs.map((v) => loads.get(v) ?? v) } } : sum;
}

/** The numbers of a load with its axes in order, the last of them innermost. */
function copyOf(load: Load, axes: readonly Axis[], batch: number, { span }: Nest, name: string): Copy {
  const strides = rowMajor(axes.map((a) => extent(a.extent, batch)));
  const address = combine(zip(axes, strides).map(([a, stride]) => [axisIndex(a.name), stride] as const));
  const store = { buffer: name, address, dtype: "f32" as const, value: load };
  const nest: Nest = { label: "layout", span, loops: axes, reduces: [], accumulators: [], stores: [store] };
  return { nest, buffer: { name, size: countOf(axes, batch), role: "temporary", dtype: "f32" } };
}
