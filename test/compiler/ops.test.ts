// Proves every op's record by its own examples: the reference, the nests and the engine agree on the value, the gradient is the
// one that central differences give, more leading axes mean the same for every example, and what must be refused is refused.

import { describe, expect, test } from "vitest";
import { BATCH, extent } from "../../compiler/arithmetic/dim.ts";
import { make, mul, sum } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { Example, Op } from "../../compiler/graph/op.ts";
import { interpret } from "../../compiler/graph/reference.ts";
import { ShapeMistake } from "../../compiler/graph/shapemistake.ts";
import type { Tensor } from "../../compiler/graph/tensor.ts";
import { tensor } from "../../compiler/graph/tensor.ts";
import { verify } from "../../compiler/graph/verify.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import type { Lowered } from "../../compiler/loops/step.ts";
import { registry } from "../../compiler/ops/all.ts";
import { batch } from "../../compiler/passes/batch.ts";
import { differentiate } from "../../compiler/passes/differentiate.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { Random } from "../../runtime/data/random.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";

// Nests compute in f64 what the reference does, only in another order.
const F64 = 1e-12;
// The engine computes in f32 (2^-24) with polynomials good to a few of its last places; the examples' sums have at most some
// dozen terms of size 1, so a hundred roundings are more than there are.
const F32 = 1e-5;
// Central differences with this step err by step^2 in the function and by 1e-16 / step in rounding, both below 1e-9.
const STEP = 1e-5;
const DIFFERENCES = 1e-6;

/** Nothing can be computed of these alone: values from outside, what a pass replaces, and loops (`agreement.test.ts` has those). */
const ALONE_NOTHING = ["leaf", "abstract", "scan", "pick"];

type Leaves = Map<Node, Tensor>;
/** Draws that are all different, for derivatives; or eighths, which f32 holds exactly and of which some are equal. */
type Draws = "smooth" | "eighths";

function inputsOf(example: Example, batched: (i: number) => boolean = () => false): Node[] {
  return example.inputs.map((shape, i) => {
    const dtype = example.integers?.includes(i) ? "i32" : "f32";
    return make("parameter", [], {
      name: `x${i}`,
      type: { shape, dtype },
      role: batched(i) ? "field" : "parameter",
      batched: batched(i),
    });
  });
}

function drawn(example: Example, i: number, shape: readonly number[], random: Random, draws: Draws): Tensor {
  const [low, high] = example.range ?? [-1, 1];
  const value = tensor(shape);
  const one = (): number => {
    // A class index: it may be one of the rows of the first input.
    if (example.integers?.includes(i)) return random.integer(example.inputs[0]![0]!);
    const draw = random.uniform(low, high);
    return draws === "eighths" ? Math.min(high, Math.max(low, Math.round(draw * 8) / 8)) : draw;
  };
  value.data.forEach((_, k) => {
    value.data[k] = Math.fround(one());
  });
  return value;
}

function leavesOf(example: Example, inputs: readonly Node[], draws: Draws): Leaves {
  const random = new Random(1);
  return new Map(inputs.map((x, i) => [x, drawn(example, i, example.inputs[i]!, random, draws)]));
}

const lowered = (nodes: readonly Node[], size = 1): Lowered =>
  lowerGraph(
    nodes.map((node, i) => ({ name: `value${i}`, node, into: `value${i}` })),
    size,
  );

/** Results of the nests of `nodes`, which the passes have seen. */
function byNests(nodes: readonly Node[], leaves: ReadonlyMap<string, Tensor>, size = 1): Float64Array[] {
  const program = lowered(nodes, size);
  const memory = allocate(program);
  for (const [name, value] of leaves) memory.get(name)?.set(value.data);
  runSteps(program.steps, memory, size, { seed: 5, step: 2 });
  return nodes.map((_, i) => memory.get(`value${i}`)!);
}

async function byEngine(node: Node, leaves: ReadonlyMap<string, Tensor>): Promise<Float64Array> {
  const part = { name: "op", lowered: lowered([node]), logged: [], fields: [] };
  const engine = await WasmEngine.start(
    wasmTarget.plan({ entries: [{ name: "op", parts: [part] }], batch: 1 }, { shared: false }),
    1,
  );
  for (const [name, value] of leaves) if (engine.has(name)) engine.view(name).set(value.data);
  engine.set("seed", 5);
  engine.set("step", 2);
  engine.set("batch", 1);
  await engine.run("op");
  return Float64Array.from(engine.view("value0"));
}

const named = (leaves: Leaves): Map<string, Tensor> =>
  new Map([...leaves].map(([leaf, value]) => [leaf.attributes.name as string, value]));

function expectClose(found: ArrayLike<number>, wanted: Float64Array, tolerance: number, what: string): void {
  expect(found.length, `size of ${what}`).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs(found[i]! - value), `${what}, element ${i}: ${found[i]} for ${value}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(value)),
    );
  });
}

/** The value by its op's reference, or by its nests where it has none (draws). */
function meaningOf(op: Op, node: Node, leaves: Leaves): Float64Array {
  if (!op.reference) return byNests(runPasses([node]), named(leaves))[0]!;
  return interpret([node], leaves)[0]!.data;
}

function checkGradients(example: Example, inputs: readonly Node[], value: Node): void {
  const leaves = leavesOf(example, inputs, "smooth");
  // A weight for each element, so that no two errors cancel in the sum.
  const weights = make("parameter", [], {
    name: "weights",
    type: { shape: value.shape, dtype: "f32" },
    role: "parameter",
  });
  const size = value.shape as number[];
  leaves.set(weights, drawn({ inputs: [] }, 0, size, new Random(2), "smooth"));
  const weighted = mul(value, weights);
  const loss = sum(
    weighted,
    size.map((_, i) => i - size.length),
  );
  const real = inputs.filter((x) => x.dtype === "f32");
  const wanted = real.map((x) => make("gradient", [loss, x]));
  const gradients = differentiate(wanted);
  verify(gradients);
  const found = interpret(gradients, leaves).map((t) => t.data);
  real.forEach((x, k) => {
    const { data } = leaves.get(x)!;
    const differences = data.map((middle, i) => {
      const at = (to: number): number => {
        data[i] = to;
        return interpret([loss], leaves)[0]!.data[0]!;
      };
      const difference = (at(middle + STEP) - at(middle - STEP)) / (2 * STEP);
      data[i] = middle;
      return difference;
    });
    expectClose(found[k]!, differences, DIFFERENCES, `gradient by ${x.attributes.name}`);
  });
  byNests(runPasses(wanted), named(leaves)).forEach((nests, k) => {
    expectClose(nests, found[k]!, F64, `nests of the gradient by ${real[k]!.attributes.name}`);
  });
}

const EXAMPLES = 2;

/** The op on a batch, of which `batched` says what differs by example: each example's value is the one it has alone. */
function checkLifted(op: Op, example: Example, batched: (i: number) => boolean): void {
  const inputs = inputsOf(example, batched);
  const node = make(op.name, inputs, example.attributes);
  const graph = batch([node])[0]!;
  verify([graph]);
  const random = new Random(4);
  const rows = inputs.map((_, i) => {
    const count = batched(i) ? EXAMPLES : 1;
    return Array.from({ length: count }, () => drawn(example, i, example.inputs[i]!, random, "eighths"));
  });
  const joined = new Map<string, Tensor>(
    rows.map((list, i) => {
      const shape = batched(i) ? [EXAMPLES, ...example.inputs[i]!] : example.inputs[i]!;
      return [
        `x${i}`,
        tensor(
          shape,
          list.flatMap((t) => [...t.data]),
        ),
      ] as const;
    }),
  );
  const alone = Array.from({ length: EXAMPLES }, (_, e) =>
    interpret([node], new Map(inputs.map((x, i) => [x, rows[i]![batched(i) ? e : 0]!]))),
  ).flatMap(([t]) => [...t!.data]);
  expect(graph.shape, "shape of the batch's value").toEqual([BATCH, ...node.shape]);
  const leaves: Leaves = new Map();
  const collect = (n: Node): void => {
    if (n.op === "parameter") leaves.set(n, joined.get(n.attributes.name as string)!);
    n.inputs.forEach(collect);
  };
  collect(graph);
  const reference = interpret([graph], leaves, EXAMPLES)[0]!;
  expect(reference.shape).toEqual(graph.shape.map((d) => extent(d, EXAMPLES)));
  expectClose(reference.data, Float64Array.from(alone), F64, "value on a batch");
  const [nests] = byNests(runPasses([node]), joined, EXAMPLES);
  expectClose(nests!, Float64Array.from(alone), F64, "nests on a batch");
}

for (const op of registry().values()) {
  describe(op.name, () => {
    if (ALONE_NOTHING.includes(op.lowering.class)) {
      test("is no computation of its own, so that it has no examples", () => expect(op.examples).toEqual([]));
      return;
    }
    test("has an example", () => {
      expect(op.examples.filter((e) => e.fails === undefined)).not.toEqual([]);
    });
    op.examples.forEach((example, n) => {
      const shapes = example.inputs.map((s) => `[${s}]`).join(" and ") || "nothing";
      const title = `example ${n + 1}, of ${shapes}`;
      if (example.fails !== undefined) {
        test(`${title}, is refused`, () => {
          const attempt = () => make(op.name, inputsOf(example), example.attributes);
          expect(attempt).toThrow(ShapeMistake);
          expect(attempt).toThrow(example.fails);
        });
        return;
      }
      const inputs = inputsOf(example);
      // Made where it is used: what makes an example impossible fails its tests and not the file.
      const build = (): Node => make(op.name, inputs, example.attributes);
      test(`${title}, is of this op and of the type it says`, () => {
        expect(build().op).toBe(op.name);
        verify([build()]);
      });
      if (op.reference)
        test(`${title}, means the same as its nests`, () => {
          const leaves = leavesOf(example, inputs, "eighths");
          const [nests] = byNests(runPasses([build()]), named(leaves));
          expectClose(nests!, meaningOf(op, build(), leaves), F64, "nests");
        });
      test(`${title}, means the same on the engine`, async () => {
        const leaves = leavesOf(example, inputs, "eighths");
        const engine = await byEngine(runPasses([build()])[0]!, named(leaves));
        expectClose(engine, meaningOf(op, build(), leaves), F32, "engine");
      });
      if (op.gradient !== "none" && inputs.some((x) => x.dtype === "f32"))
        test(`${title}, has the gradient that differences give`, () => checkGradients(example, inputs, build()));
      for (let set = 1; set < 2 ** inputs.length; set++) {
        const batched = (i: number): boolean => ((set >> i) & 1) === 1;
        const which = inputs.flatMap((_, i) => (batched(i) ? [`x${i}`] : [])).join(" and ");
        test(`${title}, means the same for each example of a batch of ${which}`, () =>
          checkLifted(op, example, batched));
      }
    });
  });
}
