// Proves which steps attention goes without: those that a causal mask makes nothing of, forwards and backwards, and no others.

import { expect, test } from "vitest";
import type { Side } from "../../compiler/targets/wgsl/chains/bounds.ts";
import { sideOf } from "../../compiler/targets/wgsl/chains/bounds.ts";
import { tabulate } from "../../compiler/targets/wgsl/program.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { compileText } from "../support/engine.ts";

function sidesOf(body: string): (Side | undefined)[] {
  const text = `model net(x: [T, 8]) { dense 8; ${body} }
train net on d { loss mean(net(x) * net(x)); optimizer sgd lr=0.1; batch 2 }`;
  const { entries } = compileText(text, [{ name: "x", shape: [96, 8] }], 2);
  const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const { tables } = tabulate({ entries: bare, batch: 2 }, GPU);
  const table = tables[entries.findIndex((e) => e.name === "train")]!;
  const pieces = table.flatMap((c) => (c.kind === "loop" ? [] : c.pieces));
  return pieces.flatMap((p) => p.chain ?? []).map((s) => sideOf(s.nest, s.chain));
}

test("causal attention takes steps up to its row, and rows from their step on, in all of its sums and products", () => {
  const sides = sidesOf("attention 2 causal");
  expect(sides.length).toBe(6);
  expect(sides.filter((s) => s === "upTo").length).toBe(4);
  expect(sides.filter((s) => s === "from").length).toBe(2);
});

test("attention to everything takes all steps, and so do masks that leave more or that some value gets past", () => {
  const masked = (mask: string, made = "softmax(s, where=MASK) @ it"): string =>
    `s = it @ transpose(it); ${made.replace("MASK", mask)}`;
  const causal = "index(s, -1) <= index(s, -2)";
  expect(sidesOf(masked(causal))).not.toContain(undefined);
  for (const other of ["-2", "0.5"])
    expect(sidesOf(masked(causal, `where(MASK, s, ${other}) @ it`))).toContain(undefined);
  for (const body of [
    "attention 2",
    "relu(it @ transpose(it)) @ it",
    masked("index(s, -1) <= index(s, -2) + 2"),
    masked("index(s, -1) < index(s, -2)"),
  ])
    expect(
      sidesOf(body).filter((s) => s !== undefined),
      body,
    ).toEqual([]);
});
