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

const CAUSAL = "index(s, -1) <= index(s, -2)";
/** Values that sum up what a mask leaves of the products. */
const masked = (weights: string): string => `s = it @ transpose(it); ${weights} @ it`;

test.each([
  ["attention 2 causal", 0],
  [masked(`softmax(s, where=${CAUSAL})`), 0],
  [masked(`softmax(s, where=${CAUSAL} + 2)`), 2],
  [masked("softmax(s, where=index(s, -1) < index(s, -2))"), -1],
  [masked(`(s * (${CAUSAL}))`), 0],
])("%s takes steps up to its row and %i more, and rows from so many before their step on", (body, offset) => {
  const sides = sidesOf(body);
  expect(sides.length).toBeGreaterThanOrEqual(3);
  expect(new Set(sides.map((s) => s?.kind))).toEqual(new Set(["upTo", "from"]));
  expect(new Set(sides.map((s) => s?.offset))).toEqual(new Set([offset]));
});

test("causal attention does so in all of its sums and products", () => {
  const sides = sidesOf("attention 2 causal");
  expect(sides.filter((s) => s?.kind === "upTo").length).toBe(4);
  expect(sides.filter((s) => s?.kind === "from").length).toBe(2);
});

test("attention to everything takes all steps", () => {
  for (const body of ["attention 2", "relu(it @ transpose(it)) @ it"])
    expect(new Set(sidesOf(body)), body).toEqual(new Set([undefined]));
});

test("what a mask replaces by a number, which may be no lower than the rest, is taken into account", () => {
  for (const number of ["-2", "0.5"]) expect(sidesOf(masked(`where(${CAUSAL}, s, ${number})`))).toContain(undefined);
  expect(sidesOf(masked(`softmax(where(${CAUSAL}, s, -1e30))`)).slice(0, 3)).toEqual([undefined, undefined, undefined]);
});
