// Proves by V8's own account that pairs of vectors become wide ones in the kernels where the time goes: products, functions
// made of exponentials, and the gates of recurrent cells. A kernel that reads after it stores, say, would drop out here.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CHILD = fileURLToPath(new URL("../support/revec.child.ts", import.meta.url));
/** Every function is optimised at once, one after the other, so that V8's account of them is whole. */
const FLAGS = [
  "--no-liftoff",
  "--wasm-num-compilation-tasks=1",
  "--experimental-wasm-revectorize",
  "--trace-wasm-revectorize",
];

/** For each function that V8 widened: how many pairs of each operation. */
function widened(trace: string): Map<string, number>[] {
  return trace
    .split(/Begin revec function /)
    .slice(1)
    .filter((part) => part.includes("Decided to vectorize"))
    .map((part) => {
      const counts = new Map<string, number>();
      for (const [, operation] of part.matchAll(/NewPackNode \d+: PackNode ([A-Za-z0-9]+(?:\[[^\]]*\])?)\(/g))
        counts.set(operation!, (counts.get(operation!) ?? 0) + 1);
      return counts;
    });
}

/** The functions that V8 widened in training steps of a network. */
const widenedIn = (...words: readonly string[]): Map<string, number>[] =>
  widened(execFileSync(process.execPath, [...FLAGS, CHILD, ...words], { encoding: "utf8", maxBuffer: 2 ** 28 }));

/** Those that have so many pairs of each operation at least. */
const having = (functions: readonly Map<string, number>[], least: Record<string, number>): Map<string, number>[] =>
  functions.filter((f) =>
    Object.entries(least).every(([name, n]) =>
      [...f].some(([operation, count]) => operation.includes(name) && count >= n),
    ),
  );

// Only on x64 does V8 widen vectors.
test.skipIf(process.arch !== "x64")("products, exponentials and gates run on wide vectors", () => {
  const functions = widenedIn("lstm 64; last; dense 256; sigmoid; dense 96; exp; dense 16", "[8, 64]");
  // A tile of 6 x 16: twelve pairs of accumulators.
  expect(having(functions, { Qfma: 12, LoadTransform: 5, Phi: 12 }).length, "tiles").toBeGreaterThanOrEqual(2);
  // 2^n by shifting into the exponent, the rest by a polynomial.
  expect(having(functions, { I32x4Shl: 1, Qfma: 8 }).length, "exponentials").toBeGreaterThanOrEqual(1);
  // Three sigmoids and two tanh of a gate.
  expect(having(functions, { F32x4Div: 3, I32x4Shl: 1, Qfma: 20 }).length, "gates").toBeGreaterThanOrEqual(1);
  expect(functions.length).toBeGreaterThanOrEqual(8);
});

test.skipIf(process.arch !== "x64")("products of six columns, which fill no whole vectors, run on wide ones", () => {
  // Four steps of five rows or more at a time.
  expect(having(widenedIn("dense 6", "[64]"), { Qfma: 20, LoadTransform: 20, Phi: 5 }).length).toBeGreaterThanOrEqual(
    1,
  );
});

test.skipIf(process.arch !== "x64")(
  "exponentials of scores that are masked by their positions run on wide vectors",
  () => {
    const functions = widenedIn("attention 2 causal; flatten; dense 1", "[32, 64]");
    expect(
      having(functions, { F32x4Le: 1, F32x4SConvertI32x4: 2, I32x4Shl: 1, Qfma: 8 }).length,
    ).toBeGreaterThanOrEqual(1);
  },
);

test.skipIf(process.arch !== "x64")("sums and maxima along rows run on wide vectors", () => {
  const functions = widenedIn("dense 96; softmax; dense 1", "[64]");
  // Four partial results, two pairs.
  expect(having(functions, { Phi: 4, F32x4Add: 2, Load: 2 }).length, "sums").toBeGreaterThanOrEqual(2);
  expect(having(functions, { Phi: 4, Qfma: 2, Load: 4 }).length, "sums of products").toBeGreaterThanOrEqual(2);
  expect(having(functions, { Phi: 8, F32x4Pmax: 2, F32x4Ne: 2 }).length, "maxima").toBeGreaterThanOrEqual(1);
});

test.skipIf(process.arch !== "x64")("what is divided by the size of the batch runs on wide vectors", () => {
  const functions = widenedIn("dense 96", "[64]", "sum(bce(net(x), 0.5))");
  expect(having(functions, { Store: 1, Splat: 1, F32x4Div: 2, I32x4Shl: 1 }).length).toBeGreaterThanOrEqual(1);
});
