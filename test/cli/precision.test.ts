// The precision of a training on the command line: its line, `--precision` and `--set` are one setting, which a run remembers, and a run
// in 16 bits that stopped goes on bit for bit, the scale of its loss included.

import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

// The factor makes its first gradients too large for 16 bits: some steps are left out, and the scale falls.
const program = (rest = "") => `model m(x: [2]) { dense 8; batchnorm; tanh; dropout 0.2; dense 8; tanh; dense 2 }
data points = xor(n=120)
train m on points {
  loss      300 * cross_entropy(m(x), label)
  metric    accuracy(m(x), label)
  optimizer adam lr=0.01
  schedule  cosine()
  batch     16
  epochs    10
  ${rest}
}
`;

beforeAll(async () => {
  place.write("m.dnn", program());
  place.write("written.dnn", program("precision f16"));
  expect((await place.run("train", "m.dnn", "--precision", "f16", "--out", "whole")).code).toBe(0);
}, 60_000);

const scaleOf = (run: string) => place.checkpoint(run).tensors.get("m~scale")?.values[0];

test("the line, the flag and the setting are one", async () => {
  for (const [run, ...words] of [
    ["line", "written.dnn"],
    ["set", "m.dnn", "--set", "precision=f16"],
    ["above", "written.dnn", "--precision", "f16"],
  ] as const) {
    expect((await place.run("train", ...words, "--out", run)).code).toBe(0);
    expect(differences(place.checkpoint("whole"), place.checkpoint(run))).toEqual([]);
  }
  expect(scaleOf("whole")).toBeLessThan(2 ** 16);
  expect((await place.run("train", "written.dnn", "--precision", "f32", "--out", "wide")).code).toBe(0);
  expect(scaleOf("wide")).toBeUndefined();
});

test("a run that stops while its scale falls goes on bit for bit, and remembers its precision", async () => {
  expect(
    (await place.run("train", "m.dnn", "--precision", "f16", "--steps", "2", "--epochs", "10", "--out", "part")).code,
  ).toBe(0);
  expect(scaleOf("part")).toBe(2 ** 14);
  expect(scaleOf("whole")).toBeLessThan(2 ** 14);
  expect((await place.run("train", "m.dnn", "--resume", "part")).code).toBe(0);
  expect(differences(place.checkpoint("whole"), place.checkpoint("part"))).toEqual([]);
});

test("a run does not change its precision on its way, and a new one starts from its weights", async () => {
  expect((await place.run("train", "m.dnn", "--steps", "2", "--out", "f32")).code).toBe(0);
  for (const [run, precision] of [
    ["f32", "f16"],
    ["line", "f32"],
  ] as const) {
    const { code, err } = await place.run(
      "train",
      "m.dnn",
      "--resume",
      run,
      "--precision",
      precision,
      "--epochs",
      "11",
    );
    expect(code).not.toBe(0);
    expect(err).toContain(`${run} was trained by another optimizer or in another precision`);
    expect(err).toContain(`--weights ${run}`);
    const started = await place.run(
      "train",
      "m.dnn",
      "--weights",
      run,
      "--precision",
      precision,
      "--steps",
      "1",
      "--out",
      `of-${run}`,
    );
    expect(started.code).toBe(0);
  }
});

test("words that are no precision are refused with those that are", async () => {
  const flag = await place.run("train", "m.dnn", "--precision", "bf16");
  expect(flag.err).toContain("f32 or f16");
  const set = await place.run("train", "m.dnn", "--set", "precision=half");
  expect(set.err).toContain("--set precision=half: f32 or f16 is needed");
  expect([flag.code, set.code]).toEqual([2, 2]);
});

test("an optimizer that asks for gradients elsewhere is refused by check and by train", async () => {
  place.write("ahead.dnn", program("precision f16").replace("adam lr=0.01", "nesterov lr=0.01"));
  for (const verb of ["check", "train"]) {
    const { code, err, out } = await place.run(verb, "ahead.dnn");
    expect(code).not.toBe(0);
    expect(err + out).toContain(
      "`nesterov` asks for gradients at other weights, and `precision f16` has them at the weights as they are",
    );
  }
});

test("an activation that 16 bits do not hold ends in an error that names the way out, and the way out is one", async () => {
  place.write(
    "large.dnn",
    `model m(x: [2]) { it * 300; dense 8; relu; it * 300; dense 8; it / 90000; tanh; dense 2 }
data points = xor(n=120)
train m on points { loss cross_entropy(m(x), label); optimizer sgd lr=0.01; batch 16; epochs 1 }
`,
  );
  const failed = await place.run("train", "large.dnn", "--precision", "f16", "--out", "halves");
  expect(failed.code).toBe(3);
  expect(failed.err).toContain("activations are kept in 16 bits, where numbers of 65520 and more are infinite");
  const [, flag, value] = /hint: (--precision) (f32) keeps them in 32 bits/.exec(failed.err)!;
  expect((await place.run("train", "large.dnn", flag!, value!, "--out", "whole numbers")).code).toBe(0);
  // In 32 bits nothing is said of 16.
  place.write(
    "none.dnn",
    "model m(x: [2]) { dense 2 }\ndata points = xor(n=120)\ntrain m on points { loss mean(m(x) / 0) }\n",
  );
  const other = await place.run("train", "none.dnn", "--out", "none");
  expect([other.code, other.err.includes("16 bits")]).toEqual([3, false]);
});
