// Proves that the states of a training are never subnormal from step to step: such numbers take processors a hundred times as long, and a
// momentum whose gradient has become zero would stay among them for ever.

import { expect, test } from "vitest";
import { add, constant, div, einsum, make, mul, parameter, sub } from "../../compiler/graph/build.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";

/** Vectors, pairs of them and a rest. */
const SIZE = 21;
const LEAST = 2 ** -126;
/** Numbers whose halves are below the least normal one, the least itself, larger, infinite or no number. */
const START = [LEAST, -LEAST, 1.5 * LEAST, 2 * LEAST, -2 * LEAST, 4 * LEAST, 0, -0, 1, -3, Infinity, -Infinity, NaN];
const HALVED = [0, 0, 0, LEAST, -LEAST, 2 * LEAST, 0, 0, 0.5, -1.5, Infinity, -Infinity, NaN];

const filled = (values: readonly number[]): Float32Array =>
  Float32Array.from({ length: SIZE }, (_, i) => values[i % values.length]!);

test.each([1, 2])("numbers that are kept are zero below the least normal one, on %i threads", async (threads) => {
  const state = parameter("state", [SIZE], "f32", "state");
  const weight = parameter("weight", [SIZE], "f32", "parameter");
  const [a, b] = [parameter("a", [SIZE, 1], "f32", "parameter"), parameter("b", [1, SIZE], "f32", "parameter")];
  const product = parameter("product", [SIZE, SIZE], "f32", "state");
  const goals = [
    { name: "state", node: mul(state, constant(0.5)), into: "state" },
    { name: "weight", node: mul(weight, constant(0.5)), into: "weight" },
    { name: "product", node: add(einsum("mk,kn->mn", a, b), mul(product, constant(0.5))), into: "product" },
    { name: "answer", node: mul(parameter("x", [SIZE], "f32", "field"), constant(0.5)), into: "answer" },
  ];
  const lowered = lowerGraph(goals, 1);
  const entries = [{ name: "run", parts: [{ name: "run", lowered, logged: [], fields: [] }] }];
  const plan = wasmTarget.plan({ entries, batch: 1 }, { shared: threads > 1 });
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
  engine.set("batch", 1);
  for (const name of ["state", "weight", "a"]) await engine.write(name, filled(START));
  await engine.write("x", filled(START));
  await engine.write("b", new Float32Array(SIZE).fill(0.5));
  await engine.run("run");
  const read = async (name: string): Promise<number[]> => [...(await engine.read(name))];
  const expected = [...filled(HALVED)];
  expect(await read("state")).toEqual(expected);
  expect(await read("weight")).toEqual(await read("state"));
  const products = await read("product");
  for (let i = 0; i < SIZE; i++)
    for (let j = 0; j < SIZE; j++) expect(Math.abs(products[i * SIZE + j]!)).toEqual(Math.abs(expected[i]!));
  // Answers are as small as they are.
  expect(await read("answer")).toEqual([...filled(START)].map((x) => x / 2));
  await engine.stop();
});

test("a state that a weight is moved by is zero where it is nothing to the weight, one whose root is taken only where it is subnormal", async () => {
  const size = SIZE;
  const [weight, m, v] = [
    parameter("weight", [size], "f32", "parameter"),
    parameter("m", [size], "f32", "state"),
    parameter("v", [size], "f32", "state"),
  ];
  const [momentum, square] = [mul(m, constant(0.5)), mul(v, constant(0.5))];
  const goals = [
    { name: "weight", node: sub(weight, div(momentum, add(make("sqrt", [square]), constant(1e-8)))), into: "weight" },
    { name: "m", node: momentum, into: "m" },
    { name: "v", node: square, into: "v" },
  ];
  const entries = [{ name: "run", parts: [{ name: "run", lowered: lowerGraph(goals, 1), logged: [], fields: [] }] }];
  const engine = await WasmEngine.start(wasmTarget.plan({ entries, batch: 1 }, { shared: false }), 1, undefined);
  engine.set("batch", 1);
  const small = [2 ** -98, 2 ** -99, 2 ** -100, -(2 ** -110), 2 ** -124, 2 ** -125, 2 ** -126];
  for (const name of ["m", "v"]) await engine.write(name, filled(small));
  await engine.write("weight", filled([1]));
  await engine.run("run");
  expect([...(await engine.read("m"))].slice(0, 7)).toEqual([2 ** -99, 2 ** -100, 0, 0, 0, 0, 0]);
  const roots = [...(await engine.read("v"))].slice(0, 7);
  expect(roots).toEqual([2 ** -99, 2 ** -100, 2 ** -101, -(2 ** -111), 2 ** -125, 2 ** -126, 0]);
  await engine.stop();
});
