// Proves that a built module answers on a GPU and on threads as on one thread, in Node and in a page, and says why where it does not run
// on what was wished for.

import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Prediction, Row } from "../../embed/index.node.ts";
import { Place } from "../cli/dnn.ts";
import { nullGpu, softwareGpu } from "../support/gpu.ts";
import { hasBrowser } from "../support/page.ts";
import { askThere, ISOLATION, openModules } from "./modulepage.ts";
import { answersOf, CASES, trainAll } from "./trained.ts";

const place = new Place();
afterAll(() => place.remove());

/** Answers of `dnn predict`, by the names of the cases. */
const wanted = new Map<string, Prediction[]>();

beforeAll(async () => {
  await trainAll(place);
  for (const { name, weights = name, rows } of CASES) {
    const flags = ["--target", "wasm,wgsl", "--threads", "--out", `built/${name}.mjs`];
    const { code, err } = await place.run("build", `${name}.dnn`, "--weights", weights, ...flags);
    expect([code, err]).toEqual([0, expect.stringContaining(`${name}.threads.mjs`)]);
    wanted.set(name, await answersOf(place, name, JSON.stringify(rows), weights));
  }
}, 120_000);

const found = await softwareGpu();
const noGpu = typeof found === "string";
/** A source of adapters, as a page's `navigator.gpu`. */
const gpu = async (): Promise<GPU> => {
  if (typeof found === "string") throw new Error(found);
  return (await found.again()).instance;
};

interface Module {
  load(options?: object): Promise<{
    readonly device: string;
    readonly threads: number;
    readonly fallback: string | undefined;
    batch(rows: readonly Row[]): Promise<Prediction[]>;
    dispose(): Promise<void>;
  }>;
}

async function ask(name: string, rows: readonly Row[], options: object) {
  const { load } = (await import(/* @vite-ignore */ pathToFileURL(place.path(`built/${name}.mjs`)).href)) as Module;
  const net = await load(options);
  const { device, threads, fallback } = net;
  return { device, threads, fallback, answers: await net.batch(rows).finally(() => net.dispose()) };
}

/** All cases in a page, too: a software driver takes seconds for each. */
const isLong = process.env.SHIPPED !== undefined;

/** Kernels of a GPU add in an order of their own. */
const TOLERANCE = 2e-5;

/** The exponential function of another version of V8 may differ in its last bit. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, v) => (typeof v === "number" ? Math.fround(v) : v)));

/** All numbers of an answer, in order. */
const numbersIn = (value: unknown): readonly number[] =>
  typeof value === "number"
    ? [value]
    : typeof value === "object" && value
      ? Object.values(value).flatMap(numbersIn)
      : [];

function expectClose(there: readonly unknown[], wanted: readonly unknown[]): void {
  const [a, b] = [numbersIn(there), numbersIn(wanted)];
  expect(a.length).toBe(b.length);
  expect(a.length).toBeGreaterThan(0);
  for (const [i, value] of b.entries())
    expect(Math.abs(a[i]! - value), `number ${i}`).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(value)));
}

for (const { name, rows } of CASES) {
  test(`${name}: one thread and three give the bits of \`dnn predict\``, async () => {
    const one = await ask(name, rows, { device: "cpu", threads: 1 });
    expect(one).toEqual({ device: "cpu:relaxed", threads: 1, fallback: undefined, answers: wanted.get(name) });
    expect(await ask(name, rows, { device: "cpu", threads: 3 })).toEqual({ ...one, threads: 3 });
  });

  test.skipIf(noGpu)(`${name}: the GPU gives what \`dnn predict\` gives`, async () => {
    const there = await ask(name, rows, { device: "gpu", gpu: await gpu() });
    expect(there).toMatchObject({ device: expect.stringMatching(/^gpu:/), fallback: undefined });
    expectClose(there.answers, wanted.get(name)!);
  });

  test.runIf(noGpu || isLong)(`${name}: its kernels are accepted by a compiler of WGSL`, async () => {
    const { instance } = await nullGpu();
    expect(await ask(name, rows, { device: "gpu", gpu: instance })).toMatchObject({ fallback: undefined });
  });
}

test("a GPU that is not there is refused where it is asked for, and said where it is not", async () => {
  const [row] = CASES[0]!.rows;
  await expect(ask("pictures", [row!], { device: "gpu" })).rejects.toMatchObject({
    name: "DnnError",
    code: "machine/no-gpu",
    message: "there is no GPU to use: WebGPU is not available here",
    hint: 'load({ device: "auto" }) runs it',
  });
  const none = { requestAdapter: async () => null };
  expect(await ask("pictures", [row!], { gpu: none, threads: 1 })).toMatchObject({
    device: "cpu:relaxed",
    fallback: "no GPU: there is no adapter",
  });
  if (!noGpu)
    expect((await ask("pictures", [row!], { gpu: await gpu() })).fallback).toMatch(
      /SwiftShader.* computes on the processor/,
    );
});

test("10,000 predictions of a module leave the memory as it was", async () => {
  const { load } = (await import(/* @vite-ignore */ pathToFileURL(place.path("built/two.mjs")).href)) as Module;
  const net = await load({ device: "cpu", threads: 1 });
  const predict = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await net.batch([{ z: [i / count, -1, 2], label: i % 2 }]);
  };
  await predict(2000);
  const before = process.memoryUsage();
  await predict(10_000);
  const after = process.memoryUsage();
  await net.dispose();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * 2 ** 20);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(64 * 2 ** 20);
});

test("a module that was built without threads or a GPU says so", async () => {
  const { code } = await place.run("build", "two.dnn", "--weights", "two", "--out", "built/plain.mjs");
  expect(code).toBe(0);
  const { rows } = CASES.find(({ name }) => name === "two")!;
  expect(await ask("plain", rows, { threads: 4 })).toMatchObject({ threads: 1, fallback: /--threads/ });
  await expect(ask("plain", rows, { device: "gpu" })).rejects.toThrow("the module has no kernels for one");
  const { err } = await place.run(
    "build",
    "two.dnn",
    "--weights",
    "two",
    "--out",
    "x.js",
    "--target",
    "wgsl",
    "--threads",
  );
  expect(err).toContain("--target wasm,wgsl");
});

test.skipIf(!hasBrowser)(
  "an isolated page runs it on the GPU and on threads, with the answers of Node",
  async () => {
    const { page, wrong, close } = await openModules(place.path("built"), { headers: ISOLATION });
    try {
      for (const { name, rows } of isLong ? CASES : CASES.slice(0, 1)) {
        const file = `${name}.mjs`;
        const threaded = await askThere(page, { file, rows, options: { device: "cpu", threads: 2 } });
        expect(threaded).toMatchObject({ device: "cpu:relaxed", threads: 2 });
        expect([name, rounded(threaded.answers)]).toEqual([name, rounded(wanted.get(name))]);
        const there = await askThere(page, { file, rows, options: { device: "gpu" } });
        expect(there.device).toMatch(/^gpu:/);
        expectClose(there.answers, wanted.get(name)!);
      }
      expect(wrong).toEqual([]);
    } finally {
      await close();
    }
  },
  120_000,
);

test.skipIf(!hasBrowser)(
  "a page without WebGPU that cannot share memory runs it on one thread, and says why",
  async () => {
    const { page, wrong, close } = await openModules(place.path("built"), { hasGpu: false });
    try {
      const { rows } = CASES[0]!;
      const there = await askThere(page, { file: "pictures.mjs", rows, options: { threads: 4 } });
      expect({ ...there, answers: rounded(there.answers) }).toEqual({
        device: "cpu:relaxed",
        threads: 1,
        fallback: expect.stringMatching(/^no GPU: .*; one thread: the page is not isolated from other origins$/),
        answers: rounded(wanted.get("pictures")),
      });
      // The browser's own words, at the request for an adapter.
      expect(wrong.filter((text) => text !== "No available adapters.")).toEqual([]);
    } finally {
      await close();
    }
  },
  60_000,
);

test.skipIf(!hasBrowser)(
  "in a page a thread that fails is said by every call, and two models do not see each other",
  async () => {
    const { page, close } = await openModules(place.path("built"), { headers: ISOLATION });
    try {
      const row = JSON.stringify(CASES[0]!.rows[0]);
      const said = await page.evaluate(`(async () => {
        const threads = [];
        const Original = Worker;
        globalThis.Worker = class extends Original { constructor(...given) { super(...given); threads.push(this); } };
        const { load } = await import("/pictures.mjs");
        const failing = await load({ device: "cpu", threads: 2 });
        globalThis.Worker = Original;
        const other = await load({ device: "cpu", threads: 2 });
        const before = await failing.predict(${row});
        threads[1].dispatchEvent(new ErrorEvent("error", { message: "out of memory" }));
        const errors = [];
        for (const _ of [1, 2]) await failing.predict(${row}).catch((error) => errors.push(error.message));
        await failing.dispose();
        const after = await other.predict(${row});
        await other.dispose();
        return { errors, isSame: JSON.stringify(before) === JSON.stringify(after) };
      })()`);
      const stopped = "the engine stopped: out of memory";
      expect(said).toEqual({ errors: [stopped, stopped], isSame: true });
    } finally {
      await close();
    }
  },
  60_000,
);
