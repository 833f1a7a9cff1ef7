// The verbs that use a trained model or show a program: what they print agrees with what the training said.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Outcome, Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

let trained: Outcome;
beforeAll(async () => {
  place.write("xor.dnn", xor.replace("epochs    6", "epochs    25"));
  trained = await place.run("train", "xor.dnn", "--json", "--out", "a");
  await place.run("train", "xor.dnn", "--seed", "2", "--out", "b");
}, 60_000);

test("eval gives the held-out figures that the training ended with", async () => {
  const { code, events } = await place.run("eval", "xor.dnn", "--weights", "a", "--json");
  expect(code).toBe(0);
  const { assessment, ...figures } = events[0]!;
  expect(figures).toEqual(trained.events.at(-1)!.heldout);
  expect(assessment).toMatchObject({ kind: "classes", part: "held out" });
});

test("several weights are one model: the mean of their outputs, not of their figures", async () => {
  const loss = async (weights: string): Promise<number> =>
    Number((await place.run("eval", "xor.dnn", "--weights", weights, "--json")).events[0]!.loss);
  const [a, b, both] = [await loss("a"), await loss("b"), await loss("a,b")];
  expect(await loss("a,a")).toBeCloseTo(a, 6);
  expect(both).toBeLessThan(Math.max(a, b));
  // The loss is convex in the output, so averaging outputs is at least as good as averaging losses.
  expect(both).toBeLessThan((a + b) / 2);
});

test("predict takes JSON rows, a CSV table and .npy, and names the likeliest class", async () => {
  const json = await place.run(
    "predict",
    "xor.dnn",
    "--weights",
    "a",
    "--input",
    "[[0,0],[0,1],[1,0],[1,1]]",
    "--json",
  );
  expect(json.events.map((e) => e.class)).toEqual([0, 1, 1, 0]);
  expect(Object.keys(json.events[0]!)).toEqual(["class", "label", "probability", "probabilities"]);
  place.write("rows.csv", "p,q\n0,1\n1,1\n");
  const csv = await place.run("predict", "xor.dnn", "--weights", "a", "--input", "rows.csv");
  expect(csv.out.split("\n").map((line) => line[0])).toEqual(["1", "0", undefined]);
  place.write("rows.npy", npy([3, 2], [1, 0, 0, 0, 1, 1]));
  const arrays = await place.run("predict", "xor.dnn", "--weights", "a", "--input", "rows.npy", "--json");
  expect(arrays.events.map((e) => e.class)).toEqual([1, 0, 0]);
});

test("rows of another shape and inputs that are none are refused", async () => {
  const wrong = await place.run("predict", "xor.dnn", "--weights", "a", "--input", "[1, 2, 3]");
  expect([wrong.code, wrong.err]).toEqual([
    1,
    expect.stringContaining("'x' is [2], which is 2 numbers, and a row has 3"),
  ]);
  const gone = await place.run("predict", "xor.dnn", "--weights", "a", "--input", "rows.json");
  expect([gone.code, gone.err]).toEqual([1, expect.stringContaining("error[data/file-not-found]")]);
  expect(gone.err).toContain("relative paths in --input start from the folder of the command");
  const number = await place.run("predict", "xor.dnn", "--weights", "a", "--input", '["a", 1]');
  expect([number.code, number.err]).toEqual([1, expect.stringContaining('"a" is not a number')]);
});

/** A NumPy array of 32-bit numbers. */
function npy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const header = `${dictionary.padEnd(117, " ")}\n`;
  const head = Uint8Array.of(0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length, 0);
  return Buffer.concat([head, new TextEncoder().encode(header), new Uint8Array(Float32Array.from(values).buffer)]);
}

test("every template passes check, and a character model that was trained samples text of its vocabulary", async () => {
  for (const name of ["mlp", "lenet", "charlm", "gan"]) {
    expect((await place.run("new", "--template", name, name)).code).toBe(0);
    expect((await place.run("check", `${name}/${name}.dnn`)).out).toBe("no problems\n");
  }
  const again = await place.run("new", "--template", "mlp", "mlp");
  expect([again.code, again.err]).toEqual([1, expect.stringContaining("error[new/exists]")]);
  await place.run("train", "charlm/charlm.dnn", "--epochs", "2", "--out", "charlm/run");
  const ask = ["sample", "charlm/charlm.dnn", "--weights", "charlm/run", "--prompt", "And ", "--length", "50"];
  const [first, second] = [await place.run(...ask), await place.run(...ask)];
  expect(first.code).toBe(0);
  expect([...first.out].length).toBe(4 + 50 + 1);
  expect(first.out).toBe(second.out);
  const corpus = new Set(readFileSync(place.path("charlm/corpus.txt"), "utf8"));
  expect([...first.out].every((c) => corpus.has(c))).toBe(true);
  const foreign = await place.run(...ask.with(5, "№"));
  expect([foreign.code, foreign.err]).toEqual([1, expect.stringContaining("error[data/unknown-character]")]);
  place.write("line.txt", "And the \n");
  for (const input of ["And the ", "line.txt"]) {
    const short = await place.run("predict", "charlm/charlm.dnn", "--weights", "charlm/run", "--input", input);
    expect([short.code, short.err]).toEqual([1, expect.stringContaining("characters at a time, and the text has 8")]);
    expect(short.err).toContain("--prompt 'And the '` writes on");
  }
}, 60_000);

test("a model whose input is of other sizes than the fields of its data is summarised on its own", async () => {
  place.write(
    "ring.dnn",
    "model G(z: [8]) { dense 2 }\nmodel D(x: [2]) { dense 1 }\ndata ring = gaussians(n=40)\ntrain D on ring { loss D(x)[0] + D(G(normal([8])))[0] }\n",
  );
  const { code, events } = await place.run("summary", "ring.dnn", "--json");
  expect(code).toBe(0);
  expect(events.map((e) => [e.model, e.params])).toEqual([
    ["G", 18],
    ["D", 3],
  ]);
});

test("summary counts what is published for LeNet-5 and gives the contract's keys", async () => {
  const { events } = await place.run("summary", "lenet/lenet.dnn", "--json");
  const [summary] = events;
  expect(Object.keys(summary!)).toEqual(["model", "params", "trainable", "macs", "depth", "layers"]);
  expect(summary).toMatchObject({ model: "lenet", params: 61706, trainable: 61706, macs: 416520, depth: 5 });
  const layers = summary!.layers as Record<string, unknown>[];
  expect(layers[0]).toEqual({
    name: "lenet.conv1",
    kind: "conv",
    output: "[28, 28, 6]",
    params: 156,
    macs: 117600,
    line: 3,
  });
  expect(layers.reduce((n, l) => n + Number(l.params), 0)).toBe(61706);
  const text = await place.run("summary", "lenet/lenet.dnn");
  expect(text.out).toContain("61,706");
  // As `freeze` and formulas name it.
  expect(text.out).toContain("lenet.conv1 ");
});

test("each layer has its row in a summary, whatever way it is named or nested, and rows add up to the total", async () => {
  place.write(
    "nested.dnn",
    `block pair(n) { a = dense(n)(it); relu(dense(n)(a)) }
fn through(layer, x) = relu(layer(x))
model part(x: [4]) { side = dense(2)(x); dense 3 }
model net(x: [4]) {
  param w: [3] = 1
  h = dense(8)(x)
  y = dense(3)(relu(h))
  both = [dense(2)(y), dense(1)(y)]
  z = through(dense(5), relu(dense(6)(y)))
  concat { branch { dense 7 }; branch { pair 4 } }
  concat(it, part(x))
  repeat 2 { dense 9; tanh }
  shared = dense 9
  shared(relu(shared(it))) + z[0] + both[0][0]
  sum(it) * y
}
`,
  );
  const { events } = await place.run("summary", "nested.dnn", "--model", "net", "--json");
  const layers = events[0]!.layers as { name: string; output: string; params: number; macs: number; line: number }[];
  const learned = layers.filter((l) => l.params > 0);
  expect(learned.map((l) => [l.name.replace(/\d+$/, ""), l.output, l.params, l.line])).toEqual([
    ["net.dense", "[8]", 40, 6],
    ["net.dense", "[3]", 27, 7],
    ["net.dense", "[2]", 8, 8],
    ["net.dense", "[1]", 4, 8],
    ["net.dense", "[6]", 24, 9],
    ["net.dense", "[5]", 35, 2],
    ["net.block1.dense", "[7]", 35, 10],
    ["net.block1.pair", "[4]", 40, 10],
    ["part", "[3]", 15, 11],
    ["net.dense", "[9]", 135, 12],
    ["net.dense", "[9]", 90, 12],
    ["net.dense", "[9]", 90, 14],
    ["net.w", "[3]", 3, 4],
  ]);
  // Each of a shared layer's uses costs its products, and its numbers are learned once.
  expect(layers.filter((l) => l.line === 14).map((l) => [l.params, l.macs])).toEqual([
    [90, 81],
    [0, 81],
    [0, 0],
  ]);
  for (const column of ["params", "macs"] as const)
    expect(layers.reduce((sum, l) => sum + l[column], 0)).toBe(events[0]![column]);
});

test("graph draws layers, or with --ops every operation once, in each of its formats", async () => {
  for (const format of ["dot", "mermaid", "svg", "html"]) {
    const layers = await place.run("graph", "lenet/lenet.dnn", "--format", format);
    expect([format, layers.code]).toEqual([format, 0]);
    for (const title of ["conv 5x5 6 p2", "avgpool 2x2", "dense 84", "48,120 parameters"])
      expect(layers.out).toContain(title);
    if (format === "html") continue;
    const { out } = await place.run("graph", "lenet/lenet.dnn", "--format", format, "--ops");
    expect(out.replace(/<title>.*?<\/title>|aria-label=".*?"/g, "").match(/contract/g)?.length).toBe(5);
    for (const name of ["image", "lenet.conv1.weight", "lenet.dense3.bias"]) expect(out).toContain(name);
  }
  const { out } = await place.run("graph", "lenet/lenet.dnn", "--gradients");
  expect(out.match(/contract/g)!.length).toBeGreaterThan(5);
});

test("graph takes the format from the ending of --out, and refuses one that it does not know", async () => {
  expect((await place.run("graph", "lenet/lenet.dnn", "--out", "drawn/lenet.svg")).code).toBe(0);
  expect(readFileSync(place.path("drawn/lenet.svg"), "utf8")).toContain("conv 5x5 6 p2");
  const { code, err } = await place.run("graph", "lenet/lenet.dnn", "--out", "lenet.png");
  expect([code, err]).toEqual([2, expect.stringContaining("FILE.svg takes a picture")]);
});

test("build writes a module that compiles, the plan and the kernels, and prints graphs after a pass", async () => {
  const { code, out } = await place.run(
    "build",
    "xor.dnn",
    "--target",
    "wasm",
    "--out",
    "built",
    "--print-after",
    "batch",
  );
  expect(code).toBe(0);
  const files = ["kernels.txt", "module.single.wasm", "module.wasm", "plan.json", "records.bin", "training.json"];
  expect(readdirSync(place.path("built")).sort()).toEqual(files);
  expect(WebAssembly.validate(readFileSync(place.path("built/module.wasm")))).toBe(true);
  const plan = JSON.parse(readFileSync(place.path("built/plan.json"), "utf8"));
  expect(plan.entries.map((e: { name: string }) => e.name)).toEqual(["initialise", "train", "evaluate"]);
  expect(out).toContain("# evaluate after batch");
  expect(out).toContain("= contract(x, xor.dense1.weight) [batch, 8]");
});

test("build writes a readable file for each kernel of a GPU, and what it computes", async () => {
  const { code } = await place.run("build", "xor.dnn", "--target", "wgsl", "--out", "shaders");
  expect(code).toBe(0);
  const { kernels, entries } = JSON.parse(readFileSync(place.path("shaders/plan.json"), "utf8"));
  expect(entries.map((e: { name: string }) => e.name)).toEqual(["initialise", "train", "evaluate"]);
  for (const { name } of kernels as { name: string }[]) {
    const text = readFileSync(place.path(`shaders/${name}.wgsl`), "utf8");
    expect(text).toMatch(/^\/\/ .+\n\/\/ .+/);
    expect(text).toContain("@compute @workgroup_size");
  }
});

test("fmt rewrites a file in its one layout, --check only says so", async () => {
  place.write("loose.dnn", "model m(x:[2]){\ndense   8 ;tanh\n  dense 2 }\n");
  const before = await place.run("fmt", "--check", "loose.dnn");
  expect([before.code, before.out]).toEqual([1, expect.stringContaining("loose.dnn")]);
  expect((await place.run("fmt", "loose.dnn")).code).toBe(0);
  expect((await place.run("fmt", "--check", "loose.dnn")).code).toBe(0);
  place.write("broken.dnn", "model m(x: [2]) { dense ( }\n");
  const broken = await place.run("fmt", "broken.dnn");
  expect([broken.code, broken.err]).toEqual([1, expect.stringContaining("error[syntax/")]);
  expect(readFileSync(place.path("broken.dnn"), "utf8")).toBe("model m(x: [2]) { dense ( }\n");
});

test("doctor tells the machine's parts, each on its line", async () => {
  const { code, out } = await place.run("doctor");
  expect(code).toBe(0);
  for (const part of ["node", "memory", "threads", "vectors", "gpu"]) expect(out).toMatch(new RegExp(`^${part} `, "m"));
  expect(existsSync(place.path("runs"))).toBe(false);
});

test("predict gives as many steps as a row has", async () => {
  place.write(
    "steps.dnn",
    `model next(name: [T] of V) { embed 4; attention 1 causal; dense 3 }
data people = names(n=400)
train next on people { loss mean(next(name)^2); epochs 1 }
`,
  );
  expect((await place.run("train", "steps.dnn", "--out", "steps")).code).toBe(0);
  const ask = (rows: string) => place.run("predict", "steps.dnn", "--weights", "steps", "--input", rows, "--json");
  const both = await ask('["kato", "oconnor"]');
  expect(both.events.map((e) => (e.output as number[][]).map((row) => row.length))).toEqual([
    new Array(4).fill(3),
    new Array(7).fill(3),
  ]);
  expect((await ask('["kato"]')).events[0]).toEqual(both.events[0]);
  expect((await ask("kato")).events[0]).toEqual(both.events[0]);
}, 30_000);

test("predict takes rows of different length where the data had them", async () => {
  place.write(
    "names.dnn",
    `model classify(name: [T] of V) { embed 8; gru 16; last; dense 18 }
data people = names(n=400)
train classify on people { loss cross_entropy(classify(name), label); epochs 2; optimizer adam }
`,
  );
  expect((await place.run("train", "names.dnn", "--out", "names")).code).toBe(0);
  const ask = (rows: string) => place.run("predict", "names.dnn", "--weights", "names", "--input", rows, "--json");
  const both = await ask('["kato", "oconnor"]');
  expect(both.events).toHaveLength(2);
  // Each row is as it is alone: what pads the shorter one says nothing.
  expect((await ask('["kato"]')).events[0]).toEqual(both.events[0]);
  const long = await ask('["kato", "anamelongerthananyinthedata"]');
  expect([long.code, long.err]).toEqual([1, expect.stringContaining("error[input/mismatch]")]);
  const capital = await ask('["kato", "Anna"]');
  expect([capital.code, capital.err]).toEqual([
    1,
    expect.stringContaining(`error[data/unknown-character]: --input: 'name': character 1, "A", is not among the 29`),
  ]);
  expect(capital.err).toContain('hint: it knows "a"');
}, 30_000);
