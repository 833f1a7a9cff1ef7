// Proves that what JavaScript lets through is refused before anything starts, by the library and by built modules: options that are none,
// values that they do not take, and what is no run, no program and no picture. And that the planes of weights lose nothing.

import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { check, load, summary, train } from "../../embed/index.node.ts";
import { inPlanes, outOfPlanes } from "../../embed/planes.ts";
import { Random } from "../../runtime/data/random.ts";
import { Place } from "../cli/dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const PROGRAM = `model net(image: [4, 4, 1]) { conv 3x3 2; relu; flatten; dense 2 }
data digits = npz("absent.npz")
train net on digits { loss cross_entropy(net(image), label); epochs 1; batch 2 }
`;

const data = {
  image: Array.from({ length: 8 }, (_, i) => Array(4).fill(Array(4).fill([i]))),
  label: [0, 1, 0, 1, 0, 1, 0, 1],
};

type Loose = (
  ...given: unknown[]
) => Promise<{ predict(row: unknown): Promise<{ label?: string }>; dispose(): Promise<void> }>;
let modules: { readonly load: Loose };

beforeAll(async () => {
  place.write("net.dnn", PROGRAM);
  for (const seed of [1, 2])
    place.write(`${seed}.safetensors`, await train(place.path("net.dnn"), { data, seed, device: "cpu" }).bytes());
  for (const seed of [1, 2]) {
    const flags = ["--weights", `${seed}.safetensors`, "--out", `built/${seed}.mjs`];
    expect((await place.run("build", "net.dnn", ...flags)).code).toBe(0);
  }
  modules = (await import(/* @vite-ignore */ pathToFileURL(place.path("built/1.mjs")).href)) as typeof modules;
}, 60_000);

const refusal = (message: string, hint: string, code = "usage") =>
  expect.objectContaining({
    name: "DnnError",
    code,
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });

/** Gives the error of a call, at once or of its promise. */
async function thrown(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return undefined;
}

test.each([
  [{ threads: 1.5 }, "threads is 1.5", "a whole number from 1 to 64"],
  [{ threads: -1 }, "threads is -1", "a whole number from 1 to 64"],
  [{ threads: "2" }, 'threads is "2"', "a whole number from 1 to 64"],
  [{ device: "npu" }, 'device is "npu"', '"cpu" or "gpu" or "auto"'],
  [{ treads: 2 }, "no option 'treads'", ""],
  [{ toString: 2 }, "no option 'toString'", "its options are"],
  ["cpu", "takes its options as an object", "its options are"],
  [null, "takes its options as an object", "its options are"],
])("`load` refuses the options %j, of a run and of a built module", async (options, message, hint) => {
  expect(await thrown(() => load(place.path("1.safetensors"), options as never))).toEqual(refusal(message, hint));
  expect(await thrown(() => modules.load(options))).toEqual(refusal(message, hint));
});

test.each([
  [{ epoch: 1 }, "no option 'epoch'", "did you mean epochs?"],
  [{ batch: 4 }, "no option 'batch'", '{ set: { "batch": VALUE } }'],
  [{ epochs: 0 }, "epochs is 0", "from 1"],
  [{ epochs: "2" }, 'epochs is "2"', "from 1"],
  [{ steps: -5 }, "steps is -5", "from 1"],
  [{ seed: 1.5 }, "seed is 1.5", "from 0"],
  [{ split: 2 }, "split is 2", "up to 1"],
  [{ data: null }, "data is null", "a list for each field"],
  [{ data: [] }, "data is []", "a list for each field"],
  [{ onNote: 5 }, "onNote is 5", "a function"],
  [{ lr: 2 }, "no option 'lr'", '{ set: { "optimizer.lr": VALUE } }'],
  [{ gpu: true }, "no option 'gpu'", '{ device: "gpu" }'],
  [{ device: "webgpu" }, 'device is "webgpu"', '"cpu" or "gpu" or "auto"'],
  [{ data: [{ x: [1, 2], label: "a" }] }, "data is [", '{ x: [[1,2], ...], label: ["a", ...] }'],
  [{ data: [[1, 2]] }, "data is [[1,2]]", "a list for each field"],
  [{ data: "people.jsonl" }, 'data is "people.jsonl"', "a list for each field"],
  [{ set: "optimizer.lr=0.1" }, 'set is "optimizer.lr=0.1"', '{ "optimizer.lr": "0.1" }'],
  [{ set: { optimizer: { lr: 0.1 } } }, "set is {", '"optimizer.lr": 0.01'],
])("`train` refuses the options %j", async (options, message, hint) => {
  expect(await thrown(() => train(place.path("net.dnn"), options as never))).toEqual(refusal(message, hint));
});

test.each([undefined, 5, {}, "", "net.dnn"])("`load` refuses %j, which is no run", async (run) => {
  expect(await thrown(() => load(run as never))).toEqual(refusal("`load` takes a run", "`dnn train FILE` makes a run"));
});

test.each([
  [{ run: "runs/net-1" }, 'load("runs/net-1")'],
  ["https://example.org/net.safetensors", "arrayBuffer()"],
  ["./net.js", 'import { load } from "./net.js"'],
])("`load` says what to write in place of %j", async (run, hint) => {
  expect(await thrown(() => load(run as never))).toEqual(refusal("`load` takes a run", hint));
});

test("the text of a program and an address of the web are not taken for its path", async () => {
  for (const call of [check, summary, train]) {
    expect(await thrown(() => call(PROGRAM))).toEqual(refusal("this is the text of one", "({ text })"));
    expect(await thrown(() => call("https://example.org/net.dnn"))).toEqual(refusal("address of the web", "({ text:"));
  }
});

test("each call has its own options, and refuses those of others", async () => {
  const net = await load(place.path("1.safetensors"));
  const training = train(place.path("net.dnn"), { data, device: "cpu" });
  expect(await thrown(() => check(place.path("net.dnn"), { strict: true } as never))).toEqual(
    refusal("`check` has no option 'strict'", "it has none"),
  );
  expect(await thrown(() => summary(place.path("net.dnn"), { modl: "net" } as never))).toEqual(
    refusal("`summary` has no option 'modl'", "model"),
  );
  expect(await thrown(() => training.net({ epochs: 2 } as never))).toEqual(
    refusal("`net` has no option 'epochs'", "its options are"),
  );
  for (const [options, message, hint] of [
    [{ temp: 2 }, "`sample` has no option 'temp'", "its options are"],
    [{ length: "5" }, 'length is "5"', "from 1"],
    [{ temperature: -1 }, "temperature is -1", "from 0"],
    ["once", "`sample` takes its options as an object", "its options are"],
  ] as const)
    expect(await thrown(() => net.sample(options as never).next())).toEqual(refusal(message, hint));
  for (const [names, hint] of [
    ["net.dense1", '["net.dense1"]'],
    [[1], '["NAME"]'],
    [undefined, '["NAME"]'],
  ] as const)
    expect(await thrown(() => net.run(data.image[0]! as never, names as never))).toEqual(
      refusal("`run` takes a list of names", hint),
    );
  const unknown = (await thrown(() => net.run(data.image[0]! as never, ["zzzzz"]))) as { readonly hint: string };
  expect(unknown.hint).toMatch(/^it has image, net, net\.conv/);
  expect(unknown.hint).not.toContain("|");
  expect(await thrown(() => load(place.path("1.safetensors"), { model: "zzzzz" }))).toEqual(
    refusal("has no model zzzzz", "it has net"),
  );
  await net.dispose();
});

test("options of `predict` and `batch` are refused, by the library and by built modules, and the number that `map` hands over is none", async () => {
  for (const net of [await load(place.path("1.safetensors")), await modules.load()]) {
    const { image } = data;
    const asked = net as unknown as Record<"predict" | "batch", (row: unknown, more?: unknown) => Promise<unknown>>;
    const topK = refusal("`predict` has no option 'topK'", "`probabilities`");
    expect(await thrown(() => asked.predict({ image: image[0] }, { topK: 3 }))).toEqual(topK);
    expect(await thrown(() => asked.batch([{ image: image[0] }], { topK: 3 }))).toEqual(topK);
    const answers = await Promise.all(image.slice(0, 2).map((row, i) => asked.predict({ image: row }, i)));
    expect(await asked.batch(image.slice(0, 2))).toEqual(answers);
    await net.dispose();
  }
});

test("a built module says which Node it needs where WebAssembly lacks what it is made of", async () => {
  const cause = new WebAssembly.CompileError("simd opcode not available");
  const compile = vi.spyOn(WebAssembly, "compile").mockRejectedValue(cause);
  try {
    expect(await thrown(() => modules.load())).toEqual(
      expect.objectContaining({
        name: "DnnError",
        code: "machine/old",
        message: "Node 22 or a newer browser is needed",
      }),
    );
  } finally {
    compile.mockRestore();
  }
});

test("a training is no model and no list, and its data has the names and classes of the program", async () => {
  const program = { text: PROGRAM.replace('npz("absent.npz")', "digits(size=4x4)").replace("dense 2", "dense 10") };
  const running = train(program, { data }) as unknown as {
    predict(row: unknown): void;
    save(): void;
  } & Iterable<unknown>;
  expect(await thrown(() => running.predict(data.image[0]))).toEqual(refusal("has no answers yet", "training.net()"));
  expect(await thrown(() => running.save())).toEqual(refusal("has no `save`", "training.bytes()"));
  expect(await thrown(() => [...running])).toEqual(refusal("one after the other", "`for await"));
  const named = { pictures: data.image, label: data.label };
  expect(await thrown(() => train(program, { data: named }).bytes())).toEqual(
    refusal("data has pictures, label, and the training reads image, label", "data: { image, label }"),
  );
  const counted = {
    image: Array.from({ length: 10 }, () => data.image[0]!),
    label: Array.from({ length: 10 }, (_, i) => i + 1),
  };
  expect(await thrown(() => train(program, { data: counted }).bytes())).toEqual(
    refusal("label goes from 1 to 10", "label.map((k) => k - 1)"),
  );
});

test("rows in a list, the text of a row and no row are refused with the call that is right", async () => {
  const net = await load(place.path("1.safetensors"));
  for (const [row, message] of [
    [[{ image: data.image[0] }], "a list, which `batch` takes"],
    [data.image.slice(0, 2), "a list of 2 rows, which `batch` takes"],
    [JSON.stringify({ image: data.image[0] }), "its text: JSON.parse reads it"],
    [undefined, "this is undefined"],
    [null, "this is null"],
  ] as const)
    expect(await thrown(() => net.predict(row as never))).toEqual(
      refusal(message, "write { image }", "input/mismatch"),
    );
  await net.dispose();
});

test.each([undefined, 5, {}, { text: 5 }])("%j is no program", async (program) => {
  for (const call of [check, summary, train])
    expect(await thrown(() => call(program as never))).toEqual(refusal("takes the path of a program", "({ text })"));
});

test("a run and a program are found by an address of `import.meta.url`, and a run is taken as an ArrayBuffer", async () => {
  const address = pathToFileURL(place.path("1.safetensors"));
  const wanted = await using(load(place.path("1.safetensors")));
  expect(await using(load(address))).toEqual(wanted);
  expect(await using(load(Uint8Array.from(place.bytes("1.safetensors")).buffer))).toEqual(wanted);
  expect(await summary(pathToFileURL(place.path("net.dnn")))).toEqual(await summary(place.path("net.dnn")));
});

async function using(
  loading: Promise<{ predict(row: never): Promise<object>; dispose(): Promise<void> }>,
): Promise<object> {
  const net = await loading;
  return net.predict(new Float32Array(16).fill(3) as never).finally(() => net.dispose());
}

test("a module takes the weights of another training of its program, by path or as bytes, and no others", async () => {
  const other = (await import(/* @vite-ignore */ pathToFileURL(place.path("built/2.mjs")).href)) as typeof modules;
  const wanted = await using(other.load());
  expect(await using(modules.load())).not.toEqual(wanted);
  const bytes = place.bytes("built/2.bin");
  for (const weights of [bytes, place.path("built/2.bin"), pathToFileURL(place.path("built/2.bin"))])
    expect(await using(modules.load({ weights }))).toEqual(wanted);
  place.write("wider.dnn", PROGRAM.replace("3x3 2", "3x3 3"));
  place.write("wider.safetensors", await train(place.path("wider.dnn"), { data, device: "cpu" }).bytes());
  expect(
    (await place.run("build", "wider.dnn", "--weights", "wider.safetensors", "--out", "built/wider.mjs")).code,
  ).toBe(0);
  const turned = Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte ^ 1 : byte));
  const page = new TextEncoder().encode("<!doctype html>");
  for (const weights of [place.bytes("built/wider.bin"), bytes.subarray(0, -1), turned, page, new Uint8Array()])
    expect(await thrown(() => modules.load({ weights }))).toEqual(
      refusal("written with this module", "dnn build", "module/other-build"),
    );
  expect(await thrown(() => modules.load({ weights: place.path("none.bin") }))).toEqual(
    refusal("cannot load", "load({ weights })", "module/not-loaded"),
  );
});

test.each([
  ["digit.png", "given a text"],
  [{ width: 4, height: 4 }, "given an object of Object"],
  [Promise.resolve(1), "given a promise"],
  [new TextEncoder().encode("GIF89a"), "6 bytes that are no PNG, JPEG or WebP file"],
  [undefined, "given undefined"],
])("%j is no picture, and the message says what is taken, of a run and of a built module", async (image, message) => {
  const nets = [await load(place.path("1.safetensors")), await modules.load()];
  for (const net of nets) {
    expect(await thrown(() => net.predict({ image } as never))).toEqual(
      refusal(message, "getImageData", "input/mismatch"),
    );
    expect((await net.predict(new BigInt64Array(16) as never)).label).toMatch(/0|1/);
    await net.dispose();
  }
});

test.each([Uint16Array, Uint32Array])("weights in planes are the same weights, to the bit: %o", (Words) => {
  const random = new Random(3);
  for (const length of [0, 1, 2, 1000]) {
    const words = new Words(length).map(() => random.uniform() * 2 ** 32);
    expect(outOfPlanes(inPlanes(words), new Words(length))).toEqual(words);
  }
});
