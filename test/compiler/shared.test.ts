// Proves that a table computes nothing twice that it can keep, and keeps nothing that has changed in between; and that the reverse
// scan of a recurrent cell reads its gates instead of computing them again.

import { expect, test } from "vitest";
import type { Buffer } from "../../compiler/loops/storage.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import type { WasmCommand, WasmKernel } from "../../compiler/targets/wasm/schedule/command.ts";
import { shareResults } from "../../compiler/targets/wasm/shared.ts";
import { compileText } from "../support/engine.ts";

const nest = { label: "n", span: undefined, loops: [], reduces: [], accumulators: [], stores: [] };
const kernel = (number: number, reads: readonly string[], writes: string): WasmKernel => ({
  kind: "kernel",
  kernel: number,
  units: { constant: 1, perBatch: 0, divisor: 1 },
  buffers: [...reads, writes],
  writes: [writes],
  rows: false,
  word: 0,
  nest,
});
const buffers = new Map<string, Buffer>(
  ["a", "p", "q", "out", "more"].map((name) => [
    name,
    { name, size: 4, dtype: "f32", role: ["p", "q"].includes(name) ? "temporary" : "parameter" },
  ]),
);
const shown = (table: readonly WasmCommand[]): string[] =>
  table.map((c) => (c.kind === "loop" ? `loop ${shown(c.body).join(", ")}` : `${c.kernel} ${c.buffers.join(" ")}`));

test("an operand that two products pack alike is packed once, and both read it", () => {
  const table = [kernel(1, ["a"], "p"), kernel(2, ["p"], "out"), kernel(1, ["a"], "q"), kernel(3, ["q"], "more")];
  expect(shown(shareResults(table, buffers))).toEqual(["1 a p", "2 p out", "3 p more"]);
  const loop: WasmCommand = { kind: "loop", length: 2, reverse: false, body: [kernel(3, ["q"], "more")] };
  expect(shown(shareResults([...table.slice(0, 3), loop], buffers))).toEqual(["1 a p", "2 p out", "loop 3 p more"]);
});

test("what was packed before its operand changed is packed again", () => {
  const again = [kernel(1, ["a"], "q"), kernel(3, ["q"], "more")];
  for (const change of [
    kernel(4, ["p"], "a"),
    { kind: "loop", length: 2, reverse: false, body: [kernel(4, ["p"], "a")] },
  ] as const) {
    const table = [kernel(1, ["a"], "p"), change, ...again];
    expect(shareResults(table, buffers)).toEqual(table);
  }
});

test("a result that lasts, or that something else writes too, is never shared", () => {
  const lasting = [kernel(1, ["a"], "out"), kernel(1, ["a"], "more")];
  expect(shareResults(lasting, buffers)).toEqual(lasting);
  const twice = [kernel(1, ["a"], "p"), kernel(1, ["a"], "q"), kernel(5, ["a"], "q")];
  expect(shareResults(twice, buffers)).toEqual(twice);
});

test("the gradient of an LSTM reads its gates and computes none of them again", () => {
  const text = `model net(x: [6, 32]) { lstm 32; last; dense 2 }
train net on d { loss mse(net(x), 0.5); optimizer sgd lr=0.1; batch 8 }`;
  const fields = [{ name: "x", shape: [6, 32] }];
  const entries = compileText(text, fields, 8).entries.map((e) => ({
    ...e,
    parts: e.parts.map((p) => ({ ...p, fields: [] })),
  }));
  const { kernels } = wasmTarget.plan(
    { entries: entries.filter((e) => e.name === "train"), batch: 8 },
    { shared: false },
  );
  const gates = kernels.flatMap((k) => k.nest.match(/\b(sigmoid|tanh)\(/g) ?? []);
  // Three gates, the candidate and the state, each once.
  expect(gates.length).toBe(5);
});
