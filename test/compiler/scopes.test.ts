// Scopes hold names that a program can write, and nothing else under a name of its own making.

import { expect, test, vi } from "vitest";
import { Scope } from "../../compiler/check/values/values.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const PROGRAM = `cell memory(n) {
  state h: [n] = 0
  state count = 0
  count = count + 1
  dense n; tanh
  h = it + h
}
block counted() {
  state seen = 0
  if training { seen = seen + 1 }
  it * (1 + 0 * seen)
}
schedule ramp(t, total, up=2) = if t < up then t / up else (total - t) / total
optimizer heavy(lr=0.1) {
  state v = 0
  v = 0.9 * v + grad
  param -= lr * v
}
model net(x: [2]) {
  reshape [2, 1]
  memory 4 h=1
  last
  counted
  batchnorm
  dense 3
}
data d = spirals(n=100)
train t on d {
  loss cross_entropy(net(x), label)
  optimizer heavy
  schedule ramp up=1
  epochs 4
  batch 10
}
`;

test("are set to names of the language, in cells, layers with states, optimizers and schedules", async () => {
  const set = vi.spyOn(Scope.prototype, "set");
  expect(await checkOpened(openText("scopes.dnn", PROGRAM))).toEqual([]);
  const names = [...new Set(set.mock.calls.map(([name]) => name))];
  expect(names).toEqual(expect.arrayContaining(["h", "count", "seen", "v", "up"]));
  expect(names.filter((name) => !/^[A-Za-z_]\w*$/.test(name))).toEqual([]);
});

test("know a state by its name below where it is declared, and in bodies within", () => {
  const outer = new Scope();
  outer.declareState("h", "net.memory.h");
  const inner = new Scope(outer);
  expect([inner.stateOf("h"), inner.declaresState("h"), outer.declaresState("h")]).toEqual([
    "net.memory.h",
    false,
    true,
  ]);
  expect([inner.stateOf("c"), inner.get("h")]).toEqual([undefined, undefined]);
});
