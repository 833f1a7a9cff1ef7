// Proves that what is computed again instead of stored has the same meaning, nest by nest in f64; that attention moves little more than its
// operands and results and keeps nothing of the square of its length; and what is read in any other way is stored as before.

import { expect, test } from "vitest";
import type { Entry } from "../../compiler/compile.ts";
import { countTouched } from "../../compiler/loops/accesses.ts";
import { innerAxes } from "../../compiler/loops/nest.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import type { Lowered } from "../../compiler/loops/step.ts";
import { verifyLowered } from "../../compiler/loops/verify.ts";
import type { Piece } from "../../compiler/targets/wgsl/backend.ts";
import { chainShape } from "../../compiler/targets/wgsl/backend.ts";
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

/** Numbers that a piece moves, by buffer: each once. */
function moved({ accesses }: Piece): Map<string, number> {
  const all = new Map<string, number>();
  for (const access of [...accesses.reads, ...accesses.writes])
    all.set(access.buffer, Math.max(all.get(access.buffer) ?? 0, countTouched(access, Number.POSITIVE_INFINITY)));
  return all;
}

const total = (m: ReadonlyMap<string, number>): number => [...m.values()].reduce((a, b) => a + b, 0);

for (const precision of ["f32", "f16"])
  test(`attention over 1024 places in ${precision} moves little more than its operands and results, and stores no scores`, () => {
    const entries = entriesOf(`attention ${HEADS} causal`, LENGTH, WIDTH, precision);
    const { tables } = tabulate({ entries, batch: BATCH }, GPU);
    const table = tables[entries.findIndex((e) => e.name === "train")]!;
    const [forward] = table.flatMap((c) => (c.kind === "loop" ? [] : c.pieces.filter((p) => p.chain)));
    const [operands, results] = [3 * BATCH * LENGTH * WIDTH, BATCH * LENGTH * WIDTH];
    expect(total(moved(forward!))).toBeLessThan(1.3 * (operands + results));
    const plan = wgslTarget.plan({ entries, batch: BATCH }, {});
    for (const { name, size } of plan.buffers) expect(size, name).toBeLessThan((BATCH * HEADS * LENGTH * LENGTH) / 2);
  });
