// Proves that rows fit the chosen model: a field of the data where the training gave it one, else the numbers of the
// model's header as they enter it.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const AUTOENCODER = `model decoder(z: [N]) { dense 64 }

model net(x: [64]) { dense 2; decoder }

data digits = digits(n=64, heldout=8, size=8x8) { image = normalize(image) }

train net on digits {
  x = flat(image)
  loss mse(net(x), x)
  epochs 1
}
`;

const GAN = `model G(z: [3], label: class 2) { concat(it, onehot(label)); dense 2 }

model F(z: [3]) { dense 2 }

model D(x: [2], label: class 2) { concat(it, onehot(label)); dense 8; tanh; dense 1 }

data points = moons(n=64) { x = normalize(x) + 5 }

train gan on points {
  step D { minimize bce(D(x, label), 1) + bce(D(G(normal([3]), label), label), 0) }
  step G { minimize bce(D(G(normal([3]), label), label), 1) }
  step F { minimize bce(D(F(normal([3])), label), 1) }
  epochs 1
}
`;

const SHARED = `code = dense 4

model inner(x: [4]) { dense 3 }

model net(x: [2]) { code; inner }

data points = moons(n=64)

train net on points { loss sum(net(x)^2); epochs 1 }
`;

const CLASSIFIER = `model net(x: [64]) { dense 10 }

data digits = digits(n=64, heldout=8, size=8x8)

train net on digits { loss cross_entropy(net(flat(image)), label); epochs 1 }
`;

beforeAll(async () => {
  for (const [name, text] of Object.entries({ ae: AUTOENCODER, gan: GAN, shared: SHARED, classifier: CLASSIFIER })) {
    place.write(`${name}.dnn`, text);
    const { code, err } = await place.run("train", `${name}.dnn`, "--out", name);
    expect([code, err]).toEqual([0, expect.not.stringContaining("error")]);
  }
}, 60_000);

const predict = (name: string, model: string, input: string) =>
  place.run("predict", `${name}.dnn`, "--weights", name, "--model", model, "--input", input, "--json");

const outputs = async (name: string, model: string, input: string): Promise<number[][]> => {
  const { code, err, events } = await predict(name, model, input);
  expect([code, err]).toEqual([0, ""]);
  return events.map((e) => e.output as number[]);
};

const weightsOf = (name: string, path: string): number[] => {
  const tensor = place.checkpoint(name).tensors.get(path)!;
  return Array.from(tensor.values as Float32Array);
};

/** x W + b, by hand. */
function linear(name: string, layer: string, x: readonly number[]): number[] {
  const [w, b] = [weightsOf(name, `${layer}.weight`), weightsOf(name, `${layer}.bias`)];
  return b.map((shift, j) => x.reduce((sum, value, i) => sum + value * w[i * b.length + j]!, shift));
}

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(wanted[i]!, 4);
}

test("a decoder takes its code by name, as a row, or as rows, in the size that the training solved", async () => {
  const [byName] = await outputs("ae", "decoder", '{"z": [1, -2]}');
  expectNear(byName!, linear("ae", "decoder.dense1", [1, -2]));
  expect(await outputs("ae", "decoder", "[1, -2]")).toEqual([byName]);
  const rows = await outputs("ae", "decoder", "[[1, -2], [0.5, 3]]");
  expect(rows[0]).toEqual(byName);
  expectNear(rows[1]!, linear("ae", "decoder.dense1", [0.5, 3]));
});

test("an input that the training made of a field takes the numbers that enter the model", async () => {
  const x = Array.from({ length: 64 }, (_, i) => Math.sin(i));
  const [found] = await outputs("ae", "net", JSON.stringify(x));
  expectNear(found!, linear("ae", "decoder.dense1", linear("ae", "net.dense1", x)));
  const { code, events } = await predict("classifier", "net", JSON.stringify(x));
  expect([code, Object.keys(events[0]!)]).toEqual([0, ["class", "label", "probability", "probabilities"]]);
});

test("a generator takes noise and a class, and its points are no classes; the critic's points are prepared as the data", async () => {
  const [made] = await outputs("gan", "G", '{"z": [1, 2, 3], "label": 1}');
  expectNear(made!, linear("gan", "G.dense1", [1, 2, 3, 0, 1]));
  const [unasked] = await outputs("gan", "F", '{"z": [1, 2, 3]}');
  expectNear(unasked!, linear("gan", "F.dense1", [1, 2, 3]));
  const [first, second] = await outputs("gan", "D", '[{"x": [0, 0], "label": 0}, {"x": [0, 0], "label": 1}]');
  expect(first).not.toEqual(second);
  const raw = linear("gan", "D.dense2", linear("gan", "D.dense1", [0, 0, 1, 0]).map(Math.tanh));
  expect(Math.abs(first![0]! - raw[0]!)).toBeGreaterThan(1e-3);
});

test("a model reads the weights of another model and of a binding that it uses", async () => {
  const [found] = await outputs("shared", "net", "[1, -2]");
  expectNear(found!, linear("shared", "inner.dense1", linear("shared", "dense1", [1, -2])));
});

test("a row without one of the inputs, or of another size, is refused", async () => {
  const bare = await predict("gan", "G", "[1, 2, 3]");
  expect([bare.code, bare.err]).toEqual([1, expect.stringContaining("a row has no value for the input 'label'")]);
  const near = await predict("gan", "G", '{"z": [1, 2, 3], "lable": 1}');
  expect([near.code, near.err]).toEqual([1, expect.stringContaining('it has "lable": did you mean "label"?')]);
  // The name of another input is no slip.
  const other = await predict("gan", "G", '{"z": [1, 2, 3]}');
  expect(other.err).toContain("hint: it has z");
  const long = await predict("ae", "decoder", "[1, 2, 3]");
  expect([long.code, long.err]).toEqual([
    1,
    expect.stringContaining("'z' is [2], which is 2 numbers, and a row has 3"),
  ]);
});

test("a model without parameters is used beside one with weights", async () => {
  const program = `model twice(z: [3]) { 2 * z }\n\n${SHARED}`;
  const file = place.write("twice.dnn", program);
  expect((await place.run("train", file, "--out", "twice")).code).toBe(0);
  const { code, out, err } = await place.run(
    "predict",
    file,
    "--weights",
    "twice",
    "--model",
    "twice",
    "--input",
    "[1, 3, 5]",
  );
  expect(code, err).toBe(0);
  expect(out.trim().split(/\s+/).map(Number)).toEqual([2, 6, 10]);
});
