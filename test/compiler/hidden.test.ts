// Proves that points which a mask hides may be left out: with other numbers put there every result is the same to the bit, forwards and
// backwards, for masks of several kinds and scores of any size; and that the engine, which leaves them out, agrees with the graph at
// lengths that no tile ends with, over several steps, and keeps what a run is for.

import { afterAll, describe, expect, test } from "vitest";
import { interpret } from "../../compiler/graph/reference.ts";
import { withHidden } from "../../compiler/loops/hidden.ts";
import type { Nest, Value } from "../../compiler/loops/nest.ts";
import { rewriteNest } from "../../compiler/loops/nest.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import type { Lowered } from "../../compiler/loops/step.ts";
import { verifyLowered } from "../../compiler/loops/verify.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import type { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText } from "../support/engine.ts";
import { leavesOf, partOf } from "../support/programs.ts";
import { trainPart } from "../support/trainpart.ts";

const engines: WasmEngine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

const BATCH = 3;
const fields = (length: number): { name: string; shape: number[]; classes: number }[] =>
  ["text", "next"].map((name) => ({ name, shape: [length], classes: 7 }));

/** Queries, keys and values of 4 numbers, the softmax of their products, and what is seen by it. */
const attend = (weights: string): string =>
  `x = it; q = dense(4)(x); k = dense(4)(x); v = dense(4)(x); s = q @ transpose(k); w = ${weights}; w @ v`;
const CAUSAL = "index(s, -1) <= index(s, -2)";
/** 1 in the first two columns, else 0. */
const EARLY = "(if index(s, -1) > 1 then 0 else 1)";

interface Mask {
  readonly body: string;
  /** Nests of a training step that have hidden points. */
  readonly nests: number;
}

const MASKS: Readonly<Record<string, Mask>> = {
  "causal heads": { body: "residual { layernorm; attention 2 causal }", nests: 12 },
  "two layers": { body: "repeat 2 { attention 1 causal }", nests: 24 },
  "attention that sees all": { body: "attention 2", nests: 0 },
  "a mask of one's own": { body: attend(`softmax(s, where=${CAUSAL})`), nests: 12 },
  "two steps further": { body: attend("softmax(s, where=index(s, -1) <= index(s, -2) + 2)"), nests: 12 },
  "a first row that sees nothing": { body: attend("softmax(s, where=index(s, -1) < index(s, -2))"), nests: 12 },
  "two masks, of which one may hide all that the other leaves": {
    body: attend(`softmax(if index(s, -1) > 1 then s else -1e30, where=${CAUSAL})`),
    nests: 12,
  },
  "two masks, of which one subtracts a large number": {
    body: attend(`softmax(s - 1e30 * ${EARLY}, where=${CAUSAL})`),
    nests: 12,
  },
  "two masks, of which one subtracts a product": {
    body: attend(`softmax(s - (1e10 * ${EARLY})^3, where=${CAUSAL})`),
    nests: 12,
  },
  "two masks, of which one subtracts a sum": {
    body: attend(`softmax(s - ${EARLY} * sum(9e28 + 0 * s^2), where=${CAUSAL})`),
    nests: 12,
  },
  "two masks, of which one is learned": {
    body: `param low: [T] = 0; ${attend(`softmax(s + 4e30 * stop(low), where=${CAUSAL})`)}`,
    nests: 12,
  },
  "two masks, of which one is infinite": {
    body: attend(`softmax(s + log(1 - ${EARLY}), where=${CAUSAL})`),
    nests: 12,
  },
  "a mask that may be no lower than what it leaves": {
    body: attend(`softmax(if ${CAUSAL} then s - exp(70 * ${EARLY}) else -1e30)`),
    nests: 4,
  },
  "a mask that is a factor": { body: attend(`s * (${CAUSAL})`), nests: 6 },
  "steps of a window, masked on both sides": {
    body: attend(`softmax(s, where=(${CAUSAL}) * (index(s, -1) > index(s, -2) - 4))`),
    nests: 12,
  },
  "a quotient by products that a mask makes nothing of": {
    body: attend("softmax(s, where=index(s, -1) < index(s, -2)) * (1 / (v @ transpose(k)))"),
    nests: 15,
  },
  "exponentials that a mask makes nothing of": {
    body: attend(`exp(300 + q @ transpose(v) - 300 * (1 + 0 * max(s, over=-1, keep=true))) * (${CAUSAL})`),
    nests: 6,
  },
  "sums of what a mask leaves": { body: attend(`(if ${CAUSAL} then s else 0 * s)`), nests: 8 },
};

const programOf = (
  body: string,
  rest = "optimizer sgd lr=0.1",
): string => `model net(text: [T] of V) { embed 6; ${body}; dense V }
train net on d { loss cross_entropy(net(text), next); ${rest}; batch ${BATCH} }`;

function compiled(body: string, length: number, rest?: string) {
  const given = fields(length);
  const step = compileText(programOf(body, rest), given, 20).training.steps[0]!;
  const nodes = runPasses(step.results.map((r) => r.node));
  const leaves = leavesOf(nodes, BATCH, given);
  const updated = step.results.flatMap(({ into }, i) => (into === undefined ? [] : [{ into, node: i }]));
  return { step, nodes, leaves, updated };
}

const nestsOf = ({ steps }: Lowered): Nest[] => steps.flatMap((s) => (s.kind === "nest" ? [s.nest] : []));

/** The nest with other numbers at its hidden points: terms that count nothing, and sums of 0. */
function altered(nest: Nest): Nest {
  const { hidden } = nest;
  if (!hidden) return nest;
  const coordinate = (name: string, offset: number): Value => ({
    kind: "coordinate",
    index: { terms: [[name, 1]], offset },
  });
  const seen = (v: Value, otherwise: number): Value => ({
    kind: "apply",
    scalar: "select",
    inputs: [
      {
        kind: "apply",
        scalar: "le",
        inputs: [coordinate(hidden.column, 0), coordinate(hidden.row, hidden.offset)],
      },
      v,
      { kind: "number", value: otherwise },
    ],
  });
  const areLoops = [hidden.column, hidden.row].every((name) => nest.loops.some((l) => l.name === name));
  if (!areLoops) {
    const least = { sum: 0, max: Number.NEGATIVE_INFINITY, argmax: Number.NaN };
    return {
      ...nest,
      accumulators: nest.accumulators.map((a) => ({ ...a, body: seen(a.body, least[a.combine]) })),
    };
  }
  if (hidden.values)
    return { ...nest, stores: nest.stores.map((s, i) => ({ ...s, value: seen(s.value, hidden.values![i]!) })) };
  const stores = rewriteNest({ ...nest, accumulators: [] }, (v) => (v.kind === "accumulator" ? seen(v, 0) : v)).stores;
  return { ...nest, stores };
}

describe.each(Object.entries(MASKS))("%s", (_, { body, nests }) => {
  test.each([5, 17])("of length %i: what is hidden changes nothing", (length) => {
    const { step, nodes, leaves, updated } = compiled(body, length);
    const lowered = withHidden(partOf(step, nodes, BATCH).lowered);
    verifyLowered(lowered, BATCH);
    // The rows of short sequences are work of one thread.
    expect(nestsOf(lowered).filter((n) => n.hidden)).toHaveLength(length > 16 ? nests : 0);
    const run = (steps: Lowered["steps"]) => {
      const memory = allocate(lowered);
      for (const [leaf, value] of leaves) memory.get(leaf.attributes.name as string)?.set(value.data);
      runSteps(steps, memory, BATCH, { seed: 0, step: 0 });
      return updated.map(({ into }) => memory.get(into));
    };
    const others = lowered.steps.map((s) => (s.kind === "nest" ? { ...s, nest: altered(s.nest) } : s));
    expect(run(others)).toEqual(run(lowered.steps));
  });

  test.each(body === MASKS["causal heads"]!.body ? [1, 3, 17, 65] : [17])(
    "of length %i: the engine agrees, with the same bits on any number of threads",
    async (length) => {
      const { step, nodes, leaves, updated } = compiled(body, length);
      const wanted = interpret(nodes, leaves, BATCH);
      const results = async (threads: number) => {
        const { engine } = await trainPart({ step, nodes, leaves, planned: BATCH, batch: BATCH, threads });
        engines.push(engine);
        return updated.map(({ into }) => engine.view(into).slice());
      };
      const one = await results(1);
      for (const [i, { into, node }] of updated.entries())
        wanted[node]!.data.forEach((value, k) => {
          expect(Math.abs(one[i]![k]! - value), `${into}[${k}]`).toBeLessThan(5e-6 * (1 + Math.abs(value)));
        });
      for (const threads of [2, 3]) expect(await results(threads)).toEqual(one);
    },
  );
});

describe("three steps agree with those of the graph", () => {
  test.each([
    ["of adam, the scores frozen", "attention 2 causal", "freeze net.attention1.dense1; optimizer adam lr=0.01"],
    ["of a cell that goes on from batch to batch", "lstm 6; attention 2 causal", "carry; optimizer momentum lr=0.1"],
    ["before a cell that goes on", "attention 2 causal; gru 5", "carry; optimizer rmsprop lr=0.01; clip 1"],
    ["of gradients of two batches at once", "residual { attention 1 causal }", "accumulate 2; optimizer adam lr=0.01"],
  ])("%s", async (_, body, rest) => {
    const { step, nodes, leaves, updated } = compiled(body, 21, rest);
    const { engine } = await trainPart({ step, nodes, leaves, planned: BATCH, batch: BATCH, threads: 2 });
    engines.push(engine);
    expect(updated.some(({ into }) => into.endsWith("~carried"))).toBe(rest.startsWith("carry"));
    const moved = new Map(leaves);
    for (const turn of [1, 2, 3]) {
      if (turn > 1) await engine.run("train");
      const wanted = interpret(nodes, moved, BATCH);
      for (const { into, node } of updated) {
        const values = engine.view(into);
        wanted[node]!.data.forEach((value, k) => {
          expect(Math.abs(values[k]! - value), `${into}[${k}], step ${turn}`).toBeLessThan(
            5e-5 * (1 + Math.abs(value)),
          );
        });
        for (const leaf of leaves.keys()) if (leaf.attributes.name === into) moved.set(leaf, wanted[node]!);
      }
    }
  });
});

test("what a run is for is computed where a mask hides it from all that read it", () => {
  const { step, nodes } = compiled(MASKS["a mask of one's own"]!.body, 17);
  const { lowered } = partOf(step, nodes, BATCH);
  const scores = nestsOf(withHidden(lowered)).find((n) => n.hidden && !n.hidden.values && n.accumulators.length > 0)!;
  const [{ buffer }] = scores.stores as [Nest["stores"][0]];
  const results = new Map([
    ...lowered.results,
    ["scores", { buffer, strides: [], offset: scores.stores[0]!.address, dtype: "f32" }] as const,
  ]);
  expect(
    nestsOf(withHidden({ ...lowered, results })).find((n) => n.stores[0]!.buffer === buffer)!.hidden,
  ).toBeUndefined();
});
