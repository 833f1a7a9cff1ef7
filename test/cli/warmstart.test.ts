// Proves that a training starts from the weights of another run as far as they fit, lists what does not, and warns of parts that
// stay as they were drawn.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
const head = "data d = blobs(n=60, classes=3)\n";
const both = `trunk = dense 16
model pre(x: [2]) { trunk; relu; dense 3 }
model fine(x: [2]) { trunk; relu; dense 3 }
${head}train pre on d { loss cross_entropy(pre(x), label); epochs 1 }
train fine on d { loss cross_entropy(fine(x), label); freeze trunk; epochs 1 }
`;

beforeAll(async () => {
  place.write(
    "pre.dnn",
    `model net(x: [2]) { dense 16; relu; dense 3 }\n${head}train net on d { loss cross_entropy(net(x), label); epochs 2 }\n`,
  );
  place.write(
    "adam.dnn",
    `model net(x: [2]) { dense 16; relu; dense 3 }\n${head}train net on d { loss cross_entropy(net(x), label); optimizer adam; epochs 3 }\n`,
  );
  place.write(
    "head.dnn",
    `model other(x: [2]) { dense 16; relu; dense 8; relu; dense 3 }\n${head}train other on d { loss cross_entropy(other(x), label); freeze other.dense1; epochs 1 }\n`,
  );
  place.write("both.dnn", both);
  expect((await place.run("train", "pre.dnn", "--out", "run")).code).toBe(0);
});
afterAll(() => place.remove());

const weightOf = (run: string, name: string): number[] => [
  ...(place.checkpoint(run).tensors.get(name)!.values as Float32Array),
];

test("another optimizer starts from the weights, and not from its states", async () => {
  const refused = await place.run("train", "adam.dnn", "--resume", "run");
  expect(refused.code).not.toBe(0);
  expect(refused.err).toContain("--weights run");
  const { code, err } = await place.run("train", "adam.dnn", "--weights", "run", "--out", "adam");
  expect(err).toContain("from run: 4 of 4 tensors");
  expect(code).toBe(0);
});

test("a model of another name and head takes the layers that fit, and the rest is listed", async () => {
  const { code, err } = await place.run("train", "head.dnn", "--weights", "run", "--out", "head");
  expect(err).toContain("from run: 2 of 6 tensors");
  expect(err).toContain("of another size, start as they are declared: other.dense2.weight [16, 8], there [16, 3]");
  expect(err).toContain("not in it, start as they are declared: other.dense3.weight");
  expect(err).not.toContain("frozen-untrained");
  expect(code).toBe(0);
  expect(weightOf("head", "other.dense1.weight")).toEqual(weightOf("run", "net.dense1.weight"));
});

test("weights of which none fits are refused", async () => {
  place.write(
    "none.dnn",
    `model net(x: [2]) { dense 5; relu; dense 4; relu; dense 3 }\n${head}train net on d { loss cross_entropy(net(x), label) }\n`,
  );
  const { code, err } = await place.run("train", "none.dnn", "--weights", "run", "--out", "none");
  expect(code).not.toBe(0);
  expect(err).toContain("weights/nothing-fits");
});

test("--weights and --resume exclude each other", async () => {
  const { err } = await place.run("train", "pre.dnn", "--weights", "run", "--resume", "run");
  expect(err).toContain("exclude each other");
});

test("a frozen trunk that nothing has trained is warned of, and one that was trained is not", async () => {
  expect((await place.run("check", "both.dnn")).out).toContain("no problems");
  const whole = await place.run("train", "both.dnn", "--out", "whole");
  expect(whole.err).not.toContain("frozen-untrained");
  const alone = await place.run("train", "both.dnn", "--only", "fine", "--out", "alone");
  expect(alone.err).toContain("nothing has trained 'trunk' before");
  const after = await place.run("train", "both.dnn", "--only", "fine", "--weights", "whole/pre", "--out", "after");
  expect(after.err).not.toContain("frozen-untrained");
  expect(weightOf("after/fine", "dense1.weight")).toEqual(weightOf("whole/pre", "dense1.weight"));
});

test("a layer inside a model is frozen by the name that summary prints, a single parameter too", async () => {
  place.write(
    "inner.dnn",
    `model net(x: [2]) { dense 4; relu; dense 3 }\n${head}train a on d { loss cross_entropy(net(x), label); epochs 1 }
train b on d { loss cross_entropy(net(x), label); freeze net.dense1 net.dense2.bias; epochs 1 }\n`,
  );
  const { code } = await place.run("train", "inner.dnn", "--out", "inner");
  expect(code).toBe(0);
  for (const name of ["net.dense1.weight", "net.dense1.bias", "net.dense2.bias"])
    expect(weightOf("inner/b", name)).toEqual(weightOf("inner/a", name));
  expect(weightOf("inner/b", "net.dense2.weight")).not.toEqual(weightOf("inner/a", "net.dense2.weight"));
  place.write(
    "wrong.dnn",
    place.bytes("inner.dnn").length > 0
      ? new TextDecoder().decode(place.bytes("inner.dnn")).replace("net.dense1 ", "net.dense4 ")
      : "",
  );
  const wrong = await place.run("check", "wrong.dnn");
  expect(wrong.out).toContain("'net' has no layer or parameter 'dense4'");
  expect(wrong.out).toContain("dense1");
});

test("--version gives the version of the package", async () => {
  expect((await place.run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});
