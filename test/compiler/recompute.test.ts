// Proves that what is computed again instead of stored has the same meaning, nest by nest in f64; that attention moves little more than its
// operands and results and keeps nothing of the square of its length; and what is read in any other way is stored as before.

import { expect, test } from "vitest";
import { touchedBy } from "../../bench/gpu/figures.ts";
import type { Entry } from "../../compiler/compile.ts";
import { innerAxes } from "../../compiler/loops/nest.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import type { Lowered } from "../../compiler/loops/step.ts";
import type { Buffer } from "../../compiler/loops/storage.ts";
import { verifyLowered } from "../../compiler/loops/verify.ts";
import type { Piece } from "../../compiler/targets/wgsl/backend.ts";
import { chainShape } from "../../compiler/targets/wgsl/backend.ts";
import { exchangeSums } from "../../compiler/targets/wgsl/chains/exchange.ts";
import { recompute } from "../../compiler/targets/wgsl/chains/recompute.ts";
import { tabulate, wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { Random } from "../../runtime/data/random.ts";
import { compileText } from "../support/engine.ts";

const BATCH = 2;
/** Whatever can be computed again is. */
const EAGER = { ...GPU, chain: { gain: 0, shortest: 1, mostSteps: 1000 } };

function entriesOf(body: string, length: number, width: number, precision = "f32"): Entry[] {
  const text = `model net(x: [T, ${width}]) { ${body} }
train net on d { loss mean(net(x) * net(x)); optimizer sgd lr=0.1; batch ${BATCH}; precision ${precision} }`;
  const { entries } = compileText(text, [{ name: "x", shape: [length, width] }], BATCH);
  return entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
}

const trainOf = (entries: readonly Entry[]): Lowered => entries.find((e) => e.name === "train")!.parts[0]!.lowered;

/** All that outlives a step, after one from random numbers. */
function outcome(lowered: Lowered): Map<string, Float64Array> {
  const memory = allocate(lowered);
  const random = new Random(3);
  for (const { name, role } of lowered.buffers.values())
    if (role === "parameter" || role === "field") {
      const values = memory.get(name)!;
      for (let i = 0; i < values.length; i++) values[i] = random.uniform(-1, 1);
    }
  runSteps(lowered.steps, memory, BATCH, { seed: 1, step: 0 });
  const lasting = [...lowered.buffers.values()].filter((b) => b.role === "parameter" || b.role === "state");
  return new Map(lasting.map((b) => [b.name, memory.get(b.name)!]));
}

const countInner = ({ steps }: Lowered): number =>
  steps.filter((s) => s.kind === "nest" && innerAxes(s.nest).length > 0).length;

const BODIES = [
  { body: "attention 2 causal", inner: 7 },
  { body: "attention 1; attention 3", inner: 14 },
  { body: "residual { layernorm; attention 2 }; tanh", inner: 7 },
  { body: "dense 6; relu(it @ transpose(it)) @ it", inner: 4 },
  // Read at two points, and in a way that is neither a sum nor a product along an axis: stored.
  { body: "dense 6; s = it @ transpose(it); (s + transpose(s)) @ it", inner: 0 },
  { body: "dense 6; s = it @ transpose(it); sort(s) @ it", inner: 0 },
];

for (const { body, inner } of BODIES)
  test(`${body}: the same numbers, ${inner} nests with products within`, () => {
    for (const length of [17, 19]) {
      const lowered = trainOf(entriesOf(body, length, 6));
      const again = recompute(lowered, BATCH, EAGER);
      verifyLowered(again, BATCH);
      expect(countInner(again)).toBe(inner);
      const [wanted, found] = [outcome(lowered), outcome(again)];
      for (const [name, values] of wanted)
        values.forEach((v, i) => {
          expect(Math.abs(found.get(name)![i]! - v), `${name}[${i}]`).toBeLessThan(1e-12 * (1 + Math.abs(v)));
        });
    }
  });

test("kernels of attention of any width and number of heads fit the workgroup memory that every device has", () => {
  const seen = new Set<string>();
  for (const heads of [1, 4, 32])
    for (const width of [1, 16, 17, 33, 64, 65, 128]) {
      const entries = entriesOf(`attention ${heads}`, 192, heads * width);
      const { tables } = tabulate({ entries, batch: 16 * BATCH }, EAGER);
      const pieces = tables.flat().flatMap((c) => (c.kind === "loop" ? [] : c.pieces.filter((p) => p.chain)));
      expect(pieces.length).toBeGreaterThan(3);
      for (const { chain, shared } of pieces) {
        expect(shared!.staged + shared!.joined + shared!.kept, `${heads} x ${width}`).toBeLessThanOrEqual(16384);
        seen.add(chainShape(chain!).product.threads.join());
      }
    }
  expect(seen.size).toBeGreaterThan(1);
});

const LENGTH = 1024;
const WIDTH = 512;
const HEADS = 8;

/** Numbers that a dispatch moves, each once. */
function moved(pieces: readonly Piece[], buffers: ReadonlyMap<string, Buffer>): number {
  const all = [touchedBy(pieces, "reads", buffers), touchedBy(pieces, "writes", buffers)];
  return all.flatMap((m) => [...m.values()]).reduce((n, touched) => n + touched, 0);
}

for (const precision of ["f32", "f16"])
  for (const causal of ["causal", ""])
    test(`attention ${causal} over 1024 places in ${precision} moves little more than its operands and results, and stores no scores`, () => {
      const entries = entriesOf(`attention ${HEADS} ${causal}`, LENGTH, WIDTH, precision);
      const { tables, buffers } = tabulate({ entries, batch: BATCH }, GPU);
      const table = tables[entries.findIndex((e) => e.name === "train")]!.flatMap((c) => (c.kind === "loop" ? [] : c));
      const chained = table.filter((c) => c.pieces.some((p) => p.chain));
      const one = BATCH * LENGTH * WIDTH;
      // Forwards q, k and v are read and the result is written: a row's largest and sum take little.
      const [forward, ...backward] = chained.map((c) => moved(c.pieces, buffers));
      expect(forward).toBeGreaterThan(4 * one);
      expect(forward).toBeLessThan(1.1 * 4 * one);
      const plan = wgslTarget.plan({ entries, batch: BATCH }, {});
      for (const { name, size } of plan.buffers) expect(size, name).toBeLessThan((BATCH * HEADS * LENGTH * LENGTH) / 2);
      // Backwards q, k, v and the result's gradient are read and three gradients are written. What each row's result times its gradient is,
      // is known before: its dispatch reads both once more.
      if (precision === "f16") return;
      expect(backward).toHaveLength(1);
      expect(backward[0]).toBeGreaterThan(7 * one);
      const before = table[table.indexOf(chained[1]!) - 1]!;
      const rows = before.pieces.filter((p) => p.buffers.some((b) => chained[0]!.pieces[0]!.written.includes(b)));
      expect(rows).toHaveLength(1);
      expect(moved(rows, buffers) + backward[0]!).toBeLessThan(1.3 * 7 * one);
    });

test("a sum along a row is taken from the product that holds it, and from no other", () => {
  const exchanges = (body: string): number => {
    const again = recompute(trainOf(entriesOf(body, 17, 6)), BATCH, EAGER);
    const exchanged = exchangeSums(again);
    verifyLowered(exchanged, BATCH);
    const [wanted, found] = [outcome(again), outcome(exchanged)];
    for (const [name, values] of wanted)
      values.forEach((v, i) => {
        expect(Math.abs(found.get(name)![i]! - v), `${name}[${i}]`).toBeLessThan(1e-12 * (1 + Math.abs(v)));
      });
    return countInner(again) - countInner(exchanged);
  };
  expect(exchanges("attention 2 causal")).toBe(1);
  expect(exchanges("attention 1; attention 3")).toBe(2);
  expect(exchanges("residual { layernorm; attention 2 }; tanh")).toBe(1);
  // Softmax weights other values than the ones that its gradient comes through; scores that are no softmax.
  expect(exchanges("dense 6; p = softmax(it @ transpose(it)); p @ it + p @ tanh(it)")).toBe(0);
  expect(exchanges("dense 6; relu(it @ transpose(it)) @ it")).toBe(0);
});
