// Tests that plans and generated data are kept from command to command. Damage, another build, another input and a folder that is not the
// user's own all end in computing again.

import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serialize } from "node:v8";
import { afterAll, describe, expect, test } from "vitest";
import { compileTraining } from "../../compiler/compile.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { startEngine } from "../../project/engine.ts";
import { rememberIn } from "../../project/kept/keptfiles.node.ts";
import { packValue, unpackValue } from "../../project/kept/packing.node.ts";
import { plainText } from "../../project/kept/plaintext.ts";
import type { Remember } from "../../project/kept/remember.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { prepareExample } from "../support/prepared.ts";

const root = mkdtempSync(join(tmpdir(), "dnn-remember-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const freshFolder = (): string => join(root, String(++made));
const ALWAYS = { worth: 0, ofOne: 1e6, ofAll: 1e6 };

/** Counts how often a value is computed. */
function counting(remember: Remember) {
  let computed = 0;
  const value = { values: Float32Array.of(1, -0, Number.NaN), names: new Map([["a", undefined]]) };
  const ask = (inputs: unknown, found: unknown = value) =>
    remember("thing", inputs, () => {
      computed++;
      return found;
    });
  return { ask, value, computed: () => computed };
}

test("a value is computed once for its inputs and build, and comes back bit for bit", async () => {
  const folder = freshFolder();
  const first = counting(rememberIn(folder, "build", ALWAYS));
  expect(await first.ask({ n: 1 })).toBe(first.value);
  const later = counting(rememberIn(folder, "build", ALWAYS));
  expect(await later.ask({ n: 1 })).toEqual(first.value);
  expect(later.computed()).toBe(0);
  await later.ask({ n: 2 });
  expect(later.computed()).toBe(1);
  const other = counting(rememberIn(folder, "another build", ALWAYS));
  await other.ask({ n: 1 });
  expect(other.computed()).toBe(1);
});

test("a file with any damage counts as none, and is replaced", async () => {
  const folder = freshFolder();
  const { ask, computed, value } = counting(rememberIn(folder, "build", ALWAYS));
  await ask(1);
  const [name] = readdirSync(folder);
  const file = join(folder, name!);
  const whole = readFileSync(file);
  const damaged = [...whole.keys()]
    .filter((at) => at % 5 === 0)
    .map((at) => {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1;
      return bytes;
    });
  for (const bytes of [...damaged, whole.subarray(0, -1), Buffer.alloc(0), Buffer.concat([whole, Buffer.of(0)])]) {
    writeFileSync(file, bytes);
    const before = computed();
    expect(await ask(1)).toEqual(value);
    expect(computed()).toBe(before + 1);
    expect(readFileSync(file).equals(whole)).toBe(true);
  }
});

test("nothing is read from or put into a folder that others can write", async () => {
  const folder = freshFolder();
  const { ask, computed } = counting(rememberIn(folder, "build", ALWAYS));
  await ask(1);
  chmodSync(folder, 0o777);
  await ask(1);
  await ask(2);
  expect(computed()).toBe(3);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a folder that cannot be made, a value that is no plain data, and one that is too large are computed each time", async () => {
  writeFileSync(join(root, "file"), "");
  const blocked = counting(rememberIn(join(root, "file"), "build", ALWAYS));
  await blocked.ask(1);
  await blocked.ask(1);
  expect(blocked.computed()).toBe(2);
  const folder = freshFolder();
  const { ask, computed } = counting(rememberIn(folder, "build", ALWAYS));
  for (const value of [() => 1, { f: () => 1 }, new Uint8Array(2e6)])
    for (const _ of [1, 2]) expect(await ask(String(value), value)).toBe(value);
  expect(computed()).toBe(6);
  await ask({ made: new Date() }, 1);
  await ask({ made: new Date() }, 1);
  expect(computed()).toBe(8);
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
});

test("what was not used for longest makes room", async () => {
  const folder = freshFolder();
  const { ask, computed } = counting(rememberIn(folder, "build", { ...ALWAYS, ofAll: 3500 }));
  const value = new Uint8Array(1000);
  for (const n of [1, 2, 3]) {
    await ask(n, value);
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      const used = new Date(Date.now() - 1e6);
      utimesSync(file, used, used);
    }
  }
  await ask(1, value);
  await ask(4, value);
  expect([computed(), readdirSync(folder).length]).toEqual([4, 3]);
  await ask(1, value);
  expect(computed()).toBe(4);
});

describe("the text of plain data", () => {
  test("differs for whatever can make a difference", () => {
    const all: unknown[] = [
      0,
      -0,
      1,
      "1",
      [1],
      ["1"],
      { 1: 1 },
      null,
      undefined,
      [undefined],
      [],
      {},
      "",
      Number.NaN,
      Infinity,
      1n,
      true,
      [1, [2]],
      [[1], 2],
      new Map([[1, 2]]),
      new Set([1, 2]),
      [1, 2],
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: undefined },
      Int32Array.of(1),
      Float32Array.of(1),
      "a,b",
      ["a", "b"],
      ["a,b"],
      { a: "b" },
      ["a", "b", {}],
    ];
    const texts = all.map(plainText);
    expect(new Set(texts).size).toBe(all.length);
  });

  test("is the same however an array is stored", () => {
    const packed = [1, 2, 3];
    const holey = new Array(3);
    for (const [i, x] of packed.entries()) holey[i] = x;
    expect(serialize(holey).equals(serialize(packed))).toBe(false);
    expect(plainText(holey)).toBe(plainText(packed));
  });

  test("grows with what is held, not with the ways to it", () => {
    let shared: unknown = [1];
    for (let i = 0; i < 200; i++) shared = [shared, shared];
    expect(plainText(shared).length).toBeLessThan(2000);
  });

  test("is refused where an object may hold more than it shows", () => {
    for (const value of [() => 1, new Date(), /a/, new (class Own {})(), Promise.resolve(), Symbol("s")])
      expect(() => plainText([value])).toThrow("no plain data");
  });
});

describe("of the examples", () => {
  for (const name of ["charlm", "kmeans"])
    test(`the plan of ${name} is plain data and has the same key each time`, async () => {
      const plan = async () => {
        // As in a process of its own.
        forgetNodes();
        const { training, sizes } = await prepareExample(name, 1, []);
        const inputs = [compileTraining(training, { batch: training.batch }), sizes, training.batch, true] as const;
        return { key: plainText(inputs), plan: planWasm(...inputs) };
      };
      const [one, two] = [await plan(), await plan()];
      expect(one.key === two.key).toBe(true);
      expect(unpackValue(packValue(one.plan))).toEqual(two.plan);
    });

  test("generated data is plain data", async () => {
    const request = { name: "digits", positional: [3, 2], named: {}, seed: 1, base: "" };
    const dataset = await loadDataset(request, memoryFiles({}));
    expect(unpackValue(packValue(dataset))).toEqual(dataset);
  });

  test("an engine runs a plan that was kept", async () => {
    const { training, sizes } = await prepareExample("xor", 1, []);
    const { batch } = training;
    const entries = compileTraining(training, { batch });
    const asked: string[] = [];
    const remember: Remember = async (subject, inputs, compute) => {
      asked.push(`${subject} ${plainText(inputs).length > 100}`);
      return unpackValue(packValue(await compute())) as never;
    };
    const cpu = { enableWideVectors: () => false, threads: 1, spawnWorker: undefined, remember };
    const devices = { cpu: async () => cpu, findGpu: async () => "none" };
    const engine = await startEngine(devices, entries, sizes, batch, { device: "cpu", revectorize: false });
    await engine.run("initialise");
    expect(asked).toEqual(["plan true"]);
    await engine.stop();
  });
});
