// Proves the op matrix: everything that the language and its library do to a value, in every context that a value stands in: one for
// each example, shared by the batch, reduced over the batch, and both within a loop over time; forward and gradient. The gradient of
// the graph is that of central differences, the passes change nothing, and nests and engine compute it.
//
// In `npm test` each call meets each context at one size; MATRIX=all asks for the sizes 1, 3, 17 and 65, THREADS=1,2,4 for threads.

import { expect, test } from "vitest";
import { BUILTIN_GROUPS } from "../../compiler/check/builtins/all.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { interpret } from "../../compiler/graph/reference.ts";
import type { Tensor } from "../../compiler/graph/tensor.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import { passes } from "../../compiler/passes/list.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { Random } from "../../runtime/data/random.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";
import { compileText, library } from "../support/engine.ts";
import type { SampleCall } from "../support/matrix/calls.ts";
import { CALLS, EXCEPT } from "../support/matrix/calls.ts";
import { derivative, drawLeaves, numberBy, WEIGHED } from "../support/matrix/differences.ts";
import { partOf } from "../support/programs.ts";

const SIZES = [1, 3, 17, 65] as const;
const THREADS = (process.env.THREADS ?? "1").split(",").map(Number);
const BATCH = 3;
/** Elements of each parameter whose derivative is taken by differences. */
const TRIED = 4;

interface Context {
  readonly name: string;
  readonly lines: (text: string) => string;
  readonly inLoop: boolean;
  /** Definitions that the lines need in the file. */
  readonly definition?: (shape: string, text: string) => string;
}

const CONTEXTS: readonly Context[] = [
  { name: "of each example", inLoop: false, lines: (t) => `z = x + p; y = { ${t} }(z)` },
  { name: "shared by the batch", inLoop: false, lines: (t) => `z = sin(p); y = { ${t} }(z)` },
  { name: "reduced over the batch", inLoop: false, lines: (t) => `z = mean(x * (p + 1), over=batch); y = { ${t} }(z)` },
  { name: "of each step of each example", inLoop: true, lines: (t) => `y = each({ z = it + p; ${t} })(xs)` },
  { name: "of each step, shared by the batch", inLoop: true, lines: (t) => `y = each({ z = sin(it) * p; ${t} })(q)` },
  {
    name: "of the state of a cell",
    inLoop: true,
    definition: (shape, t) => `cell stepping(p) { state s: [${shape}] = 0.1; z = it * p + s; s = sin(z); ${t} }`,
    lines: () => "y = stepping(p)(xs)",
  },
];

function programOf(call: SampleCall, context: Context, n: number): string {
  const shape = call.shape(n).join(", ");
  return `${WEIGHED}
${context.definition?.(shape, call.text(n)) ?? ""}
model m(x: [${shape}], xs: [2, ${shape}]) {
  param p: [${shape}] = 0, q: [2, ${shape}] = 0
  ${context.lines(call.text(n))}
  weighed(y)
}
train m on d { loss m(x, xs); optimizer sgd lr=1; batch ${BATCH} }`;
}

const fieldsOf = (call: SampleCall, n: number) => [
  { name: "x", shape: [...call.shape(n)] },
  { name: "xs", shape: [2, ...call.shape(n)] },
];

async function expectAgreement(call: SampleCall, context: Context, n: number): Promise<void> {
  forgetNodes();
  const step = compileText(programOf(call, context, n), fieldsOf(call, n), 20).training.steps[0]!;
  const results = step.results.map((r) => r.node);
  const plain = passes.filter((p) => ["differentiate", "batch"].includes(p.name)).reduce((l, p) => p.run(l), results);
  const nodes = passes.reduce((l, p) => p.run(l), results);
  const leaves = drawLeaves([...plain, ...nodes], BATCH);
  const wanted = interpret(plain, leaves, BATCH);
  const moved = step.results.flatMap(({ into }, i) => (into === undefined ? [] : [{ into, i }]));
  // Central differences of the loss.
  const [loss] = plain as [Node];
  for (const { into, i } of moved) {
    const leaf = [...leaves].find(([l]) => l.attributes.name === into && l.attributes.role === "parameter");
    if (!leaf) continue;
    const { data } = leaf[1];
    const at = numberBy(loss, leaves, leaf[1], BATCH);
    const random = new Random(5);
    for (let k = 0; k < Math.min(TRIED, data.length); k++) {
      const e = data.length <= TRIED ? k : random.integer(data.length);
      const difference = derivative(data, e, at);
      if (difference === undefined) continue;
      const found = data[e]! - wanted[i]!.data[e]!;
      expect(Math.abs(found - difference), `d loss / d ${into}[${e}]: ${found} for ${difference}`).toBeLessThan(
        2e-5 * (1 + Math.abs(difference)),
      );
    }
  }
  const optimised = interpret(nodes, leaves, BATCH);
  const part = partOf(step, nodes, BATCH);
  const memory = allocate(part.lowered);
  for (const [leaf, value] of leaves) memory.get(leaf.attributes.name as string)?.set(value.data);
  runSteps(part.lowered.steps, memory, BATCH, { seed: 0, step: 0 });
  const engines = await Promise.all(THREADS.map((threads) => runEngine(part, leaves, threads)));
  for (const { into, i } of moved) {
    const scale = 1 + Math.max(...Array.from(wanted[i]!.data, Math.abs));
    const compare = (found: ArrayLike<number>, tolerance: number, where: string): void =>
      wanted[i]!.data.forEach((v, k) => {
        expect(Math.abs(found[k]! - v), `${into}[${k}] ${where}: ${found[k]} for ${v}`).toBeLessThan(tolerance * scale);
      });
    compare(optimised[i]!.data, 1e-9, "after all passes");
    compare(memory.get(into)!, 1e-9, "of the nests");
    engines.forEach((engine, k) => {
      compare(engine.get(into)!, 2e-4, `on ${THREADS[k]} threads`);
      expect(engine.get(into), `${into} on ${THREADS[k]} threads`).toEqual(engines[0]!.get(into));
    });
  }
}

async function runEngine(
  part: ReturnType<typeof partOf>,
  leaves: ReadonlyMap<Node, Tensor>,
  threads: number,
): Promise<Map<string, number[]>> {
  const plan = wasmTarget.plan({ entries: [{ name: "train", parts: [part] }], batch: BATCH }, { shared: threads > 1 });
  const engine = await WasmEngine.start(plan, threads, spawnWorker);
  try {
    for (const [leaf, value] of leaves) {
      const name = leaf.attributes.name as string;
      if (engine.has(name)) engine.view(name).set(value.data);
    }
    engine.set("batch", BATCH);
    await engine.run("train");
    const names = [...plan.buffers.values()].map((b) => b.name).filter((name) => engine.has(name));
    return new Map(names.map((name) => [name, [...engine.view(name)]]));
  } finally {
    await engine.stop();
  }
}

CALLS.forEach((call, i) => {
  const contexts = CONTEXTS.filter((c) => !(c.inLoop && call.isCell));
  test(`${call.name}: ${call.text(3).replaceAll(/\s+/g, " ").slice(0, 70)}`, async () => {
    for (const [k, context] of contexts.entries()) {
      const sizes = process.env.MATRIX === "all" ? SIZES : [SIZES[(i + k) % 3]!];
      for (const n of sizes) {
        try {
          await expectAgreement(call, context, n);
        } catch (error) {
          throw new Error(`${context.name}, size ${n}: ${(error as Error).message}\n${programOf(call, context, n)}`);
        }
      }
    }
  }, 600_000);
});

test("everything that computes on a value stands in the matrix or has a reason", () => {
  const ours = [...BUILTIN_GROUPS.values()].flatMap((group) => Object.keys(group));
  const written = library.all().filter((name) => {
    const value = library.get(name);
    return value?.kind === "definition" && !["optimizer", "schedule"].includes(value.definition.kind);
  });
  const known = new Set([...CALLS.map((c) => c.name), ...Object.keys(EXCEPT)]);
  expect([...new Set([...ours, ...written])].filter((name) => !known.has(name))).toEqual([]);
});
