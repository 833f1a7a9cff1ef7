// Proves that a training starts from the weights of another run as far as they fit, lists what does not, and warns of parts that
// stay as they were drawn.

import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
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

test("tensors that another tool wrote under the names of the program are a start, and no run", async () => {
  const values = Float32Array.from({ length: 32 }, (_, i) => i / 32);
  const tensors = new Map([["net.dense1.weight", { dtype: "F32" as const, shape: [2, 16], values }]]);
  place.write("plain.safetensors", writeSafetensors({ tensors, metadata: new Map() }));
  const { code, err } = await place.run(
    "train",
    "pre.dnn",
    "--weights",
    "plain.safetensors",
    "--out",
    "p",
    "--steps",
    "1",
  );
  expect([code, err]).toEqual([0, expect.stringContaining("from plain.safetensors: 1 of 4 tensors")]);
  expect(Math.abs((weightOf("p", "net.dense1.weight")[31] ?? 0) - 31 / 32)).toBeLessThan(0.1);
  const used = await place.run("predict", "pre.dnn", "--weights", "plain.safetensors", "--input", "[0, 1]");
  expect([used.code, used.err]).toEqual([1, expect.stringContaining("--weights WEIGHTS.safetensors` makes one")]);
});

test.each([
  ["net.pth", "PyTorch", "detach().T"],
  ["net.keras", "Keras", "get_weights()"],
  ["hf://bert/model", "an address", "download it"],
  ["pre.dnn", "is a program", "`dnn train pre.dnn` makes a run"],
])("%s in the place of weights is answered with what to write", async (weights, what, way) => {
  for (const words of [["train"], ["predict", "--input", "[0, 1]"]]) {
    const { code, err } = await place.run(words[0] ?? "", "pre.dnn", "--weights", weights, ...words.slice(1));
    expect([code, err]).toEqual([1, expect.stringContaining("error[weights/other-tool]")]);
    expect(err).toContain(what);
    expect(err).toContain(way);
  }
});

test("a run in the place of a program, of rows or of a verb is told from them", async () => {
  const said = async (...words: string[]): Promise<string> => {
    const { code, err } = await place.run(...words);
    expect(code).not.toBe(0);
    return err;
  };
  expect(await said("predict", "run", "--input", "[0, 1]")).toContain(
    "dnn predict pre.dnn --input '[0, 1]' --weights run",
  );
  expect(await said("predict", "run", "--weights", "run", "--input", "[0, 1]")).toContain("trained from pre.dnn");
  expect(await said("predict", "pre.dnn", "--weights", "run", "--input", "run")).toContain("`--input` takes rows");
  expect(await said("report", "run/epoch-2.safetensors")).toContain("name its folder: run");
  const pair = await said("predict", "pre.dnn", "--weights", "run", "--input", "x=0,1");
  expect(pair).toContain(`--input '{"x": [0, 1]}'`);
  expect(await said("./run")).toContain("`dnn report ./run`");
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

test("paths that are missing, exist already or cannot be written are errors before any data is read", async () => {
  const text = `model m(x: [2]) { dense 2 }
data d = csv("missing.csv", label="k")
train first on d { loss cross_entropy(m(x), k); epochs 1 }
`;
  place.write("early.dnn", text);
  place.write("two.dnn", text + text.split("\n")[2]!.replace("first", "second"));
  place.write("afile", "text\n");
  mkdirSync(place.path("two/second"), { recursive: true });
  place.write("two/second/latest", "1");
  for (const [words, said] of [
    [["train", "early.dnn", "--weights", "nowhere"], "there is no run nowhere"],
    [["train", "early.dnn", "--weights", "afile"], "afile has 5 bytes"],
    [["train", "early.dnn", "--out", "run"], "run already holds a run"],
    [["train", "early.dnn", "--out", "afile"], "--out afile: it is a file"],
    [["train", "early.dnn", "--out", "afile/b"], "--out afile/b: a part of its path is a file"],
    [["train", "two.dnn", "--out", "two"], "two/second already holds a run"],
    [["lr-find", "early.dnn", "--out", "afile/x.svg"], "--out afile/x.svg: a part of its path is a file"],
    [["bench", "early.dnn", "--out", "afile/x.html"], "--out afile/x.html: a part of its path is a file"],
    [["data", "early.dnn", "--out", "afile/x.html"], "--out afile/x.html: a part of its path is a file"],
  ] as const) {
    const { code, err } = await place.run(...words);
    expect([words, code === 0, err]).toEqual([words, false, expect.stringContaining(said)]);
    expect(err).not.toContain("missing.csv");
  }
});

test("moving averages of the weights begin with those that a training starts from, of a run or of the training before it", async () => {
  const still = (name: string): string =>
    `train ${name} on d { loss cross_entropy(net(x), label); optimizer sgd lr=0; ema 0.9; batch 16; epochs 1 }\n`;
  const model = `model net(x: [2]) { dense 16; relu; dense 3 }\n${head}`;
  place.write("still.dnn", model + still("net"));
  place.write(
    "after.dnn",
    `${model}train first on d { loss cross_entropy(net(x), label); epochs 2 }\n${still("second")}`,
  );
  expect((await place.run("train", "still.dnn", "--weights", "run", "--out", "still")).code).toBe(0);
  expect((await place.run("train", "after.dnn", "--out", "after")).code).toBe(0);
  for (const [run, from] of [
    ["still", "run"],
    ["after/second", "after/first"],
  ] as const)
    for (const name of ["net.dense1.weight", "net.dense2.weight", "net.dense2.bias"]) {
      const [weights, averages] = [weightOf(from, name), weightOf(run, `${name}~ema`)];
      // Nothing moves: shares of one number, rounded at each of three steps.
      for (const [i, w] of weights.entries()) expect(averages[i]).toBeCloseTo(w, 6);
      expect(weightOf(run, name)).toEqual(weights);
    }
});
