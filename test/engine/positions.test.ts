// Proves that positions and shares stay whole where numbers of 24 bits do not count any more: argmax and the gradient of a maximum
// among more than 2^24 numbers, and that every unit of work is done once, however many there are and whatever the threads.

import { afterAll, expect, test } from "vitest";
import type { Index } from "../../compiler/arithmetic/affine.ts";
import { literal } from "../../compiler/arithmetic/affine.ts";
import { add, broadcast, constant, indexAlong, make, maximum, mul, parameter } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { mergeAxes } from "../../compiler/loops/axes.ts";
import type { Nest } from "../../compiler/loops/nest.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { kernelSignature } from "../../compiler/targets/wasm/emit/context.ts";
import { Code, encodeModule } from "../../compiler/targets/wasm/emit/encoder.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { runtimeFunctions } from "../../compiler/targets/wasm/runner.ts";
import { partBounds } from "../../compiler/targets/wgsl/kernels.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { schedule } from "../../compiler/targets/wgsl/schedule.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import type { Engine } from "../../runtime/engine.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

const SIDE = 4100;
/** An odd place beyond 2^24: as a number it is its neighbour. */
const [ROW, COLUMN] = [4099, 4097];
const PLACE = ROW * SIDE + COLUMN;

/** 1 at the place and 0 everywhere else. */
function spike(): Node {
  const along = (axis: number, at: number): Node => make("eq", [indexAlong([SIDE, SIDE], axis), constant(at)]);
  return mul(along(-2, ROW), along(-1, COLUMN));
}

async function valuesOf(nodes: readonly Node[], start: "cpu" | "gpu"): Promise<number[][]> {
  const goals = runPasses(nodes).map((node, i) => ({ name: `value${i}`, node, into: `value${i}` }));
  const entries = [{ name: "run", parts: [{ name: "run", lowered: lowerGraph(goals, 1), logged: [], fields: [] }] }];
  const engine =
    start === "cpu" || typeof gpu === "string"
      ? await WasmEngine.start(wasmTarget.plan({ entries, batch: 1 }, { shared: false }), 1)
      : await startGpu(await gpu.again(), wgslTarget.plan({ entries, batch: 1 }, {}));
  engines.push(engine);
  engine.set("batch", 1);
  await engine.run("run");
  return Promise.all(nodes.map(async (_, i) => [...(await engine.read(`value${i}`))]));
}

test("argmax counts on beyond 2^24, on the processor and on the GPU", async () => {
  const winner = make("argmax", [spike()], { axes: [-2, -1] });
  expect(await valuesOf([winner], "cpu")).toEqual([[PLACE]]);
  if (typeof gpu !== "string") expect(await valuesOf([winner], "gpu")).toEqual([[PLACE]]);
});

test("the gradient of a maximum goes to the first largest alone, also beyond 2^24", async () => {
  const rows = parameter("rows", [SIDE, 1], "f32", "parameter");
  const loss = maximum(add(spike(), broadcast(rows, [SIDE, SIDE])), [-2, -1]);
  const [slope] = await valuesOf([make("gradient", [loss, rows])], "cpu");
  expect(slope!.flatMap((g, i) => (g === 0 ? [] : [[i, g]]))).toEqual([[ROW, 1]]);
});

test("the gradient of a maximum along one axis of more than 2^24 numbers goes to one of them, be it the last", async () => {
  const size = 2 ** 24 + 4099;
  const x = parameter("x", [size], "f32", "parameter");
  const loss = maximum(x, [-1]);
  const [slope] = runPasses([make("gradient", [loss, x])]);
  const goals = [{ name: "slope", node: slope!, into: "slope" }];
  const entries = [{ name: "run", parts: [{ name: "run", lowered: lowerGraph(goals, 1), logged: [], fields: [] }] }];
  const engine = await WasmEngine.start(wasmTarget.plan({ entries, batch: 1 }, { shared: false }), 1);
  engines.push(engine);
  engine.set("batch", 1);
  for (const place of [2 ** 24 + 1, size - 1, 5]) {
    engine.view("x").fill(-2);
    engine.view("x")[place] = -1;
    await engine.run("run");
    const found = engine.view("slope");
    expect(found.indexOf(1), "the first").toBe(place);
    expect(found.indexOf(1, place + 1), "no other").toBe(-1);
  }
});

/** Where each thread's share of a record's units begins and ends, by the module's own division. */
async function shares(units: number, threads: number): Promise<[number, number][]> {
  const [record, probe] = [4096, 8192];
  const note = new Code(kernelSignature);
  note.i32(probe).get(1).memory("i32_store").i32(probe).get(2).memory("i32_store", 4);
  const { functions } = runtimeFunctions(false, true);
  const bytes = encodeModule({
    functions: [...functions, note],
    exports: { execute: 1 },
    table: [functions.length],
    shared: false,
    pages: 1,
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const execute = instance.exports.execute as (record: number, t: number, thread: number, threads: number) => void;
  const words = new Uint32Array(memory.buffer);
  words.set([0, 0, units, 0, 1, 0, 32, 0], record / 4);
  return Array.from({ length: threads }, (_, thread) => {
    execute(record, 0, thread, threads);
    return [words[probe / 4]!, words[probe / 4 + 1]!];
  });
}

test("axes whose steps 32 bits cannot count are not counted as one", () => {
  const side = 50_000;
  const nest = (of: Index): Nest => ({
    label: "sum",
    span: undefined,
    loops: [],
    reduces: [
      { name: "i", extent: side },
      { name: "j", extent: side },
    ],
    accumulators: [{ combine: "sum", body: { kind: "coordinate", index: of } }],
    stores: [{ buffer: "y", address: literal(0), dtype: "f32", value: { kind: "accumulator", index: 0 } }],
  });
  const walked = nest({
    terms: [
      ["i", side],
      ["j", 1],
    ],
    offset: 0,
  });
  expect(mergeAxes(walked, false).reduces).toHaveLength(2);
  expect(schedule(walked, 1, GPU).mode).toBe("point");
  expect(
    schedule(
      nest({
        terms: [
          ["i", 1],
          ["j", 1],
        ],
        offset: 0,
      }),
      1,
      GPU,
    ).mode,
  ).toBe("point");
});

test("threads divide any number of units without a gap", async () => {
  for (const [units, threads] of [
    [10, 3],
    [2 ** 28 + 5, 16],
    [2 ** 30 + 7, 64],
  ] as const) {
    const all = await shares(units, threads);
    expect(all[0]![0]).toBe(0);
    expect(all.at(-1)![1]).toBe(units);
    for (const [i, [from, to]] of all.entries()) {
      expect(from).toBe(i === 0 ? 0 : all[i - 1]![1]);
      expect(Math.abs(to - from - units / threads)).toBeLessThan(1);
    }
  }
});

/** A number of WGSL's i32 arithmetic, which wraps: sums, products, quotients, remainders and `min` over names. */
function evaluateInteger(text: string, names: Readonly<Record<string, number>>): number {
  const tokens = text.match(/\d+|\w+|[-+*/%(),]/g) ?? [];
  let at = 0;
  const factor = (): number => {
    const token = tokens[at++] ?? "";
    if (/^\d/.test(token)) return Number(token) | 0;
    if (token === "min") {
      at++;
      const first = total();
      at++;
      const second = total();
      at++;
      return Math.min(first, second);
    }
    if (token !== "(") return names[token] ?? Number.NaN;
    const inner = total();
    at++;
    return inner;
  };
  const product = (): number => {
    let value = factor();
    for (let op = tokens[at]; op === "*" || op === "/" || op === "%"; op = tokens[at]) {
      at++;
      const next = factor();
      value = op === "*" ? Math.imul(value, next) : (op === "/" ? value / next : value % next) | 0;
    }
    return value;
  };
  function total(): number {
    let value = product();
    for (let op = tokens[at]; op === "+" || op === "-"; op = tokens[at]) {
      at++;
      const next = product();
      value = (op === "+" ? value + next : value - next) | 0;
    }
    return value;
  }
  return total();
}

test("parts of a sum on the GPU follow on each other without a gap, however long it is", () => {
  expect(evaluateInteger("(7 * 3 + min(part, 9 % 4)) / 2", { part: 5 })).toBe(11);
  expect(evaluateInteger("268435461 * 9", {})).toBeLessThan(0);
  for (const [size, parts] of [
    [10, 4],
    [2 ** 28 + 5, 8],
    [2 ** 31 - 1, 64],
  ] as const) {
    const nest: Nest = {
      label: "sum",
      span: undefined,
      loops: [{ name: "part", extent: parts }],
      reduces: [{ name: "i", extent: size }],
      accumulators: [],
      stores: [],
      split: { parts },
    };
    const names = {
      variable: String,
      element: () => "whole" as const,
      base: () => "0",
      uses: { step: false, time: false, subgroup: false },
      subgroup: 0,
      counter: 0,
    };
    const bounds = Array.from({ length: parts }, (_, part) =>
      partBounds(names, nest, new Map([["part", "part"]])).map((text) => evaluateInteger(text, { part })),
    );
    expect(bounds.map(([from]) => from)).toEqual([0, ...bounds.slice(0, -1).map(([, to]) => to)]);
    expect(bounds.at(-1)?.[1]).toBe(size);
    for (const [from = 0, to = 0] of bounds) expect(Math.abs(to - from - size / parts)).toBeLessThan(1);
  }
});
