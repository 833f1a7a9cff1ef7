// Proves that the command line chooses optimizers, layers and flags by name, and that events say which training they are of.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
beforeAll(() => {
  place.write(
    "a.dnn",
    `model net(x: [2], core=relu, norm=false) { dense 8; core; if norm { layernorm }; dense 3 }
data d = blobs(n=60, classes=3)
train net(rule=adam, core=relu, norm=false) on d {
  loss cross_entropy(net(x, core=core, norm=norm), label)
  optimizer rule lr=0.01
  epochs 1
}
`,
  );
});
afterAll(() => place.remove());

test("names and booleans are what they are in the program", async () => {
  const plain = await place.run("train", "a.dnn", "--out", "plain");
  expect(plain.code).toBe(0);
  const set = ["--set", "rule=sgd", "--set", "core=tanh", "--set", "norm=true"];
  const chosen = await place.run("train", "a.dnn", ...set, "--out", "chosen", "--json");
  expect(chosen.code).toBe(0);
  const names = (run: string): string[] => [...place.checkpoint(run).tensors.keys()];
  expect(names("plain").some((n) => n.includes("~adam"))).toBe(true);
  expect(names("chosen").some((n) => n.includes("~adam"))).toBe(false);
  expect(names("chosen").some((n) => n.includes("layernorm1"))).toBe(true);
  for (const event of chosen.events) expect(event).toMatchObject({ training: "net" });
  const step = chosen.events.find((e) => e.event === "step");
  expect(step!.examplesPerSecond).toBeGreaterThan(0);
  expect(step!.seconds).toBeGreaterThanOrEqual(0);
});

test("a name that is no optimizer is refused as one", async () => {
  const { code, err } = await place.run("train", "a.dnn", "--set", "rule=nonsense", "--out", "none");
  expect(code).not.toBe(0);
  expect(err).toContain("there is no optimizer called");
});
