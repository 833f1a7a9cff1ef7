// Proves what cells compute: running freely on their own answers, inside other cells, from states that are given, without
// states; each against the same sequence written out by hand or run in one piece.

import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";

const STEPS = 6;
const field = [{ name: "x", shape: [STEPS, 2] }];

/** Values of `keep.y` after a step that updates it, on one example. */
async function kept(definitions: string, lines: string, size: string): Promise<number[]> {
  const text = `${definitions}
model keep(x: [${STEPS}, 2]) { param y: [${size}] = 0; y }
train keep on d { step { ${lines} }; batch 1 }`;
  const engine = await startEngine(compileText(text, field, 1));
  engine.set("seed", 3);
  await engine.run("initialise");
  if (engine.has("x")) engine.view("x").set(Float32Array.from({ length: STEPS * 2 }, (_, i) => Math.sin(1.3 * i)));
  await engine.run("train");
  return [...engine.view("keep.y")];
}

const close = (found: readonly number[], wanted: readonly number[]): void => {
  expect(found).toHaveLength(wanted.length);
  found.forEach((v, i) => {
    expect(Math.abs(v - wanted[i]!), `[${i}]`).toBeLessThan(1e-6);
  });
};

test("a cell without an input runs `steps` steps, on its own states", async () => {
  const fibonacci = "cell fibonacci() { state a: [], b: [] = 1; next = a + b; a = b; b = next; a }";
  const found = await kept(fibonacci, "update keep.y = mean(fibonacci()(none, steps=10), over=batch)", "10");
  close(found, [1, 1, 2, 3, 5, 8, 13, 21, 34, 55]);
});

// Says the class after the one before it, so that what was said before decides what comes next.
const successor = `cell successor(V) {
  state said: [] of V = 2
  wanted = it
  said = if given(wanted) then wanted else argmax(onehot(said, V) @ (index(eye(V), 1) == index(eye(V), 0) + 1))
  onehot(said, V) @ index(zeros([V]), 0)
}`;

test("it goes on from its own answers when running freely, and otherwise from the given ones", async () => {
  const free = "update keep.y = mean(successor(9)(none, steps=6), over=batch)";
  close(await kept(successor, free, "6"), [3, 4, 5, 6, 7, 8]);
  const told = "word = argmax(onehot(5 * (x > 0)[:, 0], 9)); update keep.y = mean(successor(9)(word), over=batch)";
  const signs = Array.from({ length: STEPS }, (_, t) => (Math.sin(1.3 * 2 * t) > 0 ? 5 : 0));
  close(await kept(successor, told, "6"), signs);
});

test("inside another cell a cell advances one step, with a state of its own", async () => {
  const cells = `cell total() { state s: [2]; s = s + it; s }
inner = total()
cell around(k) { inner -> h; k * h }
cell twice() { a = total()(it); b = total()(2 * it); a + b }`;
  const plain = await kept(cells, "update keep.y = mean(total()(x), over=batch)", "6, 2");
  const sums: number[] = [];
  for (let i = 0; i < 2 * STEPS; i++) sums.push(Math.sin(1.3 * i) + (sums[i - 2] ?? 0));
  close(plain, sums);
  close(
    await kept(cells, "update keep.y = mean(around(3)(x), over=batch)", "6, 2"),
    sums.map((v) => 3 * v),
  );
  // Two cells in one have each a state.
  close(
    await kept(cells, "update keep.y = mean(twice()(x), over=batch)", "6, 2"),
    sums.map((v) => 3 * v),
  );
});

test.each(["rnn", "lstm", "gru", "gru_after"])(
  "%s goes on from the states that it is given as if it had never stopped",
  async (cell) => {
    const layer = `r = ${cell}(3)`;
    const from = cell === "lstm" ? "h=first.h c=first.c" : "h=first.h";
    const whole = await kept(layer, "update keep.y = mean(r(x), over=batch)[3:]", "3, 3");
    const pieces = await kept(
      layer,
      `first = r(x[0:3]); update keep.y = mean(r(x[3:], ${from.replaceAll(" ", ", ")}), over=batch)`,
      "3, 3",
    );
    expect(whole.some((v) => Math.abs(v) > 0.05)).toBe(true);
    close(pieces, whole);
    const fresh = await kept(layer, "update keep.y = mean(r(x[3:]), over=batch)", "3, 3");
    expect(Math.max(...fresh.map((v, i) => Math.abs(v - whole[i]!)))).toBeGreaterThan(1e-3);
  },
);

test("a state begins at its start, is read as it was, and its last value is a field", async () => {
  const delay = "cell delay() { state before: [2] = 7; out = before; before = it; out }";
  const wave = Array.from({ length: 2 * STEPS }, (_, i) => Math.sin(1.3 * i));
  close(await kept(delay, "update keep.y = mean(delay()(x), over=batch)", "6, 2"), [7, 7, ...wave.slice(0, -2)]);
  close(await kept(delay, "y = delay()(x); update keep.y = mean(y.before, over=batch)", "2"), wave.slice(-2));
});

test("`each` does the same at every step", async () => {
  const block = "w = dense(2)";
  const each = await kept(block, "update keep.y = mean(each({ w; tanh })(x), over=batch)", "6, 2");
  close(each, await kept(block, "update keep.y = mean(tanh(w(x)), over=batch)", "6, 2"));
});
