// Proves that the command line chooses optimizers, layers and flags by name, and that events say which training they are of.

import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
beforeAll(() => {
  place.write(
    "a.dnn",
    `width = 8
model net(x: [2], core=relu, norm=false) { dense width; core; if norm { layernorm }; dense 3 }
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

test("a value of another kind than the program's own is refused by the setting's name, and nothing is trained", async () => {
  const said = async (set: string): Promise<string> => {
    const { code, err } = await place.run("train", "a.dnn", "--set", set, "--out", "none");
    expect([code, err.match(/error\[/g)]).toEqual([1, ["error["]]);
    expect(existsSync(place.path("none"))).toBe(false);
    return err;
  };
  expect(await said("rule=nonsense")).toMatch(/'rule' is an optimizer, and 'nonsense' is not[\s\S]*there are sgd, /);
  expect(await said("rule=adamm")).toContain("did you mean `adam`?");
  expect(await said("rule=cosine")).toContain("'rule' is an optimizer, and 'cosine' is not");
  expect(await said("rule=none")).toContain("'rule' is an optimizer, and 'none' is not");
  expect(await said("core=tahn")).toMatch(/'core' is a layer or function, and 'tahn' is not[\s\S]*did you mean `tanh`/);
  expect(await said("core=adam")).toContain("as in --set core=relu");
  for (const value of ["maybe", "1", "relu"])
    expect(await said(`norm=${value}`)).toMatch(/'norm' is true or false, and '.*' is not[\s\S]*--set norm=true/);
  for (const value of ["x", "true", "relu", ""])
    expect(await said(`width=${value}`)).toMatch(/'width' is a number, and '.*' is not[\s\S]*--set width=64/);
});
