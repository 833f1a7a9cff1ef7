// Numbers of the whole range of f32 for each instruction of the scalar table, and how far a result may be from the one in f64.

import type { Bound, ScalarName } from "../../compiler/arithmetic/scalar.ts";
import { scalars } from "../../compiler/arithmetic/scalar.ts";
import { make, parameter } from "../../compiler/graph/build.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";

export type Columns = readonly Float32Array[];

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);
function fromBits(bits: number): number {
  words[0] = bits;
  return floats[0]!;
}
function bitsOf(x: number): number {
  floats[0] = x;
  return words[0]!;
}

const MANTISSAS = [
  0, 1, 2, 0x1a2b3c, 0x2aaaaa, 0x3504f3, 0x3fffff, 0x400000, 0x490fdb, 0x555555, 0x6abcde, 0x7ffffe, 0x7fffff,
];

/** Both signs, all exponents: zeros, subnormals, infinities and NaN among them. */
function everyExponent(): number[] {
  const list: number[] = [];
  for (let exponent = 0; exponent < 256; exponent++)
    for (const mantissa of MANTISSAS)
      for (const sign of [0, 0x80000000]) list.push(fromBits((sign | (exponent << 23) | mantissa) >>> 0));
  return list;
}

/** A number, its neighbours and their opposites. */
function around(x: number, steps = 3): number[] {
  const bits = bitsOf(x);
  return Array.from({ length: 2 * steps + 1 }, (_, i) => fromBits((bits + i - steps) >>> 0)).flatMap((v) => [v, -v]);
}

/** Where functions change: ends of ranges, joints of approximations, zeros, and the angle that is nearest to a zero of the sine. */
function troubleSpots(): number[] {
  const ends = [
    87.33654,
    88,
    88.37,
    88.722839,
    89,
    103.97,
    104,
    9.02,
    7.9988,
    3.92,
    0.5,
    1,
    2,
    Math.SQRT1_2,
    Math.SQRT2,
  ];
  const angles = Array.from({ length: 400 }, (_, k) => (k * k * Math.PI) / 2 + Math.PI / 2);
  const far = [
    8192,
    1e6,
    1e10,
    16367173 * 2 ** 72,
    3.4e38,
    ...Array.from({ length: 60 }, (_, k) => 1.3 ** (3 * k) * 8000),
  ];
  const dense = Array.from({ length: 4000 }, (_, k) => (k - 2000) * 0.0537);
  return [...ends, ...angles, ...far].flatMap((x) => around(x)).concat(dense);
}

const SPECIAL = [
  0,
  1,
  2,
  3,
  0.5,
  0.1,
  1.5,
  2.5,
  7,
  10,
  63,
  1e-3,
  1e5,
  1e-20,
  1e20,
  1e-38,
  3e38,
  1e-42,
  1.4e-45,
  16777216,
  16777215,
  8388607.5,
  2147483648,
  0.9999999,
  1.0000001,
  0.33333334,
  88,
  127,
  128,
  149,
  1e10,
  Number.POSITIVE_INFINITY,
]
  .flatMap((x) => [x, -x])
  .concat(Number.NaN);

/** A few thousand more, the same each time. */
function* spread(seed: number): Generator<number> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x / 2 ** 32;
  }
}

/** Bases from all over the range, each with exponents that take it across the range of results. */
function powers(): number[][] {
  const next = spread(7);
  const draw = (): number => next.next().value as number;
  return Array.from({ length: 12000 }, (_, i) => {
    const x = i % 3 === 0 ? 1 + (draw() - 0.5) * 2 ** -Math.floor(20 * draw()) : 2 ** (250 * draw() - 125);
    const y = (160 * (draw() - 0.5) * 2) / Math.log2(x);
    return i % 5 === 0 ? [-x, Math.round(Math.min(1e6, Math.max(-1e6, y)))] : [x, y];
  });
}

function tuples(name: ScalarName): number[][] {
  const { arity } = scalars[name];
  if (arity === 1) return [...everyExponent(), ...troubleSpots()].map((x) => [x]);
  if (arity === 3) {
    const few = [0, -0, 1, -2, 1e-42, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    return few.flatMap((c) => few.flatMap((a) => few.map((b) => [c, a, b])));
  }
  const pairs = SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b]));
  const all = everyExponent();
  const crossed = all.map((a, i) => [a, all[(i * 2477 + 13) % all.length]!]);
  return [...pairs, ...crossed, ...(name === "pow" ? powers() : [])];
}

/** Operands by column, as many as leave a part of a vector at the end. */
export function sweep(name: ScalarName): Columns {
  const list = tuples(name);
  const size = list.length - (list.length % 8) - 3;
  return Array.from({ length: scalars[name].arity }, (_, k) =>
    Float32Array.from({ length: size }, (_, i) => list[i]![k]!),
  );
}

/** All numbers of 32 bits whose place is a multiple of `stride`, in parts of `size`. */
export function* everyNumber(stride: number, size: number): Generator<Float32Array> {
  for (let from = 0; from < 2 ** 32; from += stride * size)
    yield Float32Array.from({ length: Math.min(size, Math.ceil((2 ** 32 - from) / stride)) }, (_, i) =>
      fromBits(from + i * stride),
    );
}

const nodeOf = (name: ScalarName, size: number) =>
  make(
    name,
    Array.from({ length: scalars[name].arity }, (_, i) => parameter(`x${i}`, [size], "f32", "parameter")),
  );

const loweredScalar = (name: ScalarName, size: number) =>
  lowerGraph([{ name: "out", node: nodeOf(name, size), into: "out" }], 1);

export const partOfScalar = (name: ScalarName, size: number) => ({
  name: "run",
  lowered: loweredScalar(name, size),
  logged: [],
  fields: [],
});

export function byNests(name: ScalarName, columns: Columns): Float64Array {
  const lowered = loweredScalar(name, columns[0]!.length);
  const memory = allocate(lowered);
  columns.forEach((column, i) => {
    memory.get(`x${i}`)!.set(column);
  });
  runSteps(lowered.steps, memory, 1, { seed: 0, step: 0 });
  return memory.get("out")!;
}

export async function wasmOf(name: ScalarName, size: number): Promise<(columns: Columns) => Promise<Float32Array>> {
  const plan = wasmTarget.plan(
    { entries: [{ name: "run", parts: [partOfScalar(name, size)] }], batch: 1 },
    { shared: false },
  );
  const engine = await WasmEngine.start(plan, 1);
  return async (columns) => {
    columns.forEach((column, i) => {
      (engine.view(`x${i}`) as Float32Array).set(column);
    });
    await engine.run("run");
    return (engine.view("out") as Float32Array).slice();
  };
}

const LEAST = 2 ** -126;
/** A range's end is met to this share: where exactly it is depends on a rounding. */
const EDGE = 2 ** -14;

const ulpOf = (x: number): number => 2 ** Math.max(-149, Math.floor(Math.log2(Math.abs(x))) - 23);

function isWithin(found: number, exact: number, name: ScalarName, gpu: boolean): boolean {
  const bound: Bound = scalars[name].error;
  if (Number.isNaN(exact)) return Number.isNaN(found);
  const rounded = Math.fround(exact);
  if (found === rounded) return name !== "pow" || exact !== 0 || Object.is(found, exact);
  if (Math.abs(exact) < LEAST * (1 + EDGE) && (gpu || bound.tiny === "zero") && found === 0) return true;
  const special = gpu ? bound.gpu : undefined;
  const ulp = (special?.ulp ?? bound.ulp) + (special?.perExponent ?? 0) * Math.abs(Math.log(Math.abs(exact)));
  // Infinity stands for the first number beyond the range.
  const held = Number.isFinite(found) ? found : Math.sign(found) * 2 ** 128;
  const wanted = Number.isFinite(exact) && Math.abs(exact) < 2 ** 129 ? exact : Math.sign(exact) * 2 ** 129;
  return Math.abs(held - wanted) <= Math.max(ulp * ulpOf(wanted), bound.absolute ?? 0);
}

/** The first operands whose result is further off than the table says, in words. */
export function firstOff(
  name: ScalarName,
  columns: Columns,
  found: ArrayLike<number>,
  gpu = false,
): string | undefined {
  const { evaluate } = scalars[name];
  const flushed = (x: number): number => (Math.abs(x) < LEAST ? 0 * x : x);
  for (let i = 0; i < columns[0]!.length; i++) {
    const [a, b = 0, c = 0] = columns.map((column) => column[i]!) as [number, number?, number?];
    const exact = evaluate(a, b, c);
    if (isWithin(found[i]!, exact, name, gpu)) continue;
    // A GPU may take any number below the least normal one for 0.
    const ways = gpu ? [1, 2, 3, 4, 5, 6, 7] : [];
    const taken = (x: number, k: number, way: number): number => ((way >> k) & 1 ? flushed(x) : x);
    if (ways.some((w) => isWithin(found[i]!, evaluate(taken(a, 0, w), taken(b, 1, w), taken(c, 2, w)), name, true)))
      continue;
    return `${name}(${columns.map((column) => column[i]).join(", ")}) is ${found[i]}, and ${exact} in f64`;
  }
  return undefined;
}

/** The largest error of some results, in units of the last place, where value and result are normal numbers. */
export function worstUlp(name: ScalarName, columns: Columns, found: ArrayLike<number>): number {
  const { evaluate } = scalars[name];
  let worst = 0;
  for (let i = 0; i < columns[0]!.length; i++) {
    const [a, b = 0, c = 0] = columns.map((column) => column[i]!) as [number, number?, number?];
    const exact = evaluate(a, b, c);
    if (!Number.isFinite(Math.fround(exact)) || Math.abs(exact) < 2 * LEAST || found[i] === 0) continue;
    worst = Math.max(worst, Math.abs(found[i]! - exact) / ulpOf(exact));
  }
  return worst;
}
