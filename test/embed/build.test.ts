// Proves that a built module answers as `dnn predict` does, to the bit, in Node and in a page with a strict policy; that it is small,
// needs nothing beside it, and that no name in the data breaks it or its types.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Prediction, Row } from "../../embed/index.node.ts";
import { Place } from "../cli/dnn.ts";
import { plainJpeg } from "../data/rawpictures.ts";
import { hasBrowser } from "../support/page.ts";
import { openModules } from "./modulepage.ts";
import { answersOf, CASES, pixels, trainAll } from "./trained.ts";

const place = new Place();
afterAll(() => place.remove());
beforeAll(() => trainAll(place), 120_000);

interface Module {
  load(): Promise<{ batch(rows: readonly Row[]): Promise<Prediction[]>; dispose(): Promise<void> }>;
}

async function build(name: string, weights: string, ...more: string[]): Promise<string> {
  const file = `built/${name}.mjs`;
  const { code, err } = await place.run("build", `${name}.dnn`, "--weights", weights, "--out", file, ...more);
  expect([code, err]).toEqual([0, expect.stringContaining("built as")]);
  return place.path(file);
}

async function answers(file: string, rows: readonly Row[]): Promise<Prediction[]> {
  const { load } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Module;
  const net = await load();
  return net.batch(rows).finally(() => net.dispose());
}

for (const { name, weights = name, rows } of CASES)
  test(`${name}: a built module answers as \`dnn predict\`, with its weights beside it or in it`, async () => {
    const wanted = await answersOf(place, name, JSON.stringify(rows), weights);
    expect(await answers(await build(name, weights), rows)).toEqual(wanted);
    place.write(`${name}.one.dnn`, readFileSync(place.path(`${name}.dnn`)));
    const one = await build(`${name}.one`, weights, "--single-file");
    expect(await answers(one, rows)).toEqual(wanted);
    expect(readdirSync(place.path("built"))).not.toContain(`${name}.one.bin`);
    expect(readFileSync(one, "utf8")).not.toMatch(/^import |\bimport\(|\brequire\(/m);
  });

test("pictures are read from the bytes of their files, as the command reads the file", async () => {
  const wanted = await answersOf(place, "pictures", "picture.png");
  expect(await answers(await build("pictures", "pictures"), [{ image: place.bytes("picture.png") }])).toEqual(wanted);
  place.write("picture.jpg", plainJpeg(9, 12, [200, 30, 60]));
  const photo = [{ image: place.bytes("picture.jpg") }];
  const ofPhoto = await answersOf(place, "pictures", "picture.jpg");
  expect(await answers(await build("pictures", "pictures"), photo)).toEqual(ofPhoto);
  mkdirSync(place.path("alone"));
  place.write("alone/one.mjs", readFileSync(await build("pictures", "pictures", "--single-file")));
  expect(await answers(place.path("alone/one.mjs"), photo)).toEqual(ofPhoto);
});

test("weights of 16 bits are half as large and answer nearly the same", async () => {
  const whole = await answers(await build("pictures", "pictures"), [{ image: pixels }]);
  place.write("half.dnn", readFileSync(place.path("pictures.dnn")));
  const half = await answers(await build("half", "pictures", "--f16"), [{ image: pixels }]);
  expect(half).not.toEqual(whole);
  for (const [i, p] of half[0]!.probabilities!.entries()) expect(p).toBeCloseTo(whole[0]!.probabilities![i]!, 3);
});

test("a wrong row is refused with a code, and what is no picture says so", async () => {
  const file = await build("regression", "regression");
  await expect(answers(file, [{ x: [1] }])).rejects.toMatchObject({ name: "DnnError", code: "input/mismatch" });
  await expect(answers(file, [{ x: place.bytes("picture.png") }])).rejects.toMatchObject({ code: "input/mismatch" });
  const { code, err } = await place.run("build", "two.dnn", "--weights", "regression", "--out", "other.js");
  expect([code, err]).toEqual([2, expect.stringContaining("use the program that the weights came from")]);
});

const HOSTILE = [
  "*/ alert(1) /*",
  '"; alert(1); "',
  "</script><script>alert(1)</script>",
  "`${alert(1)}`",
  "\u2028new",
  "__proto__",
  "\\",
];

test("names of classes and columns are texts in the module and in its types, whatever they say", async () => {
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const header = [cell("*/ evil: any; /*"), cell('a"b'), "kind"].join(",");
  const lines = HOSTILE.flatMap((name, i) => [`${i},1,${cell(name)}`, `${i},2,${cell(name)}`]);
  place.write("hostile.csv", `${[header, ...lines].join("\n")}\n`);
  place.write(
    "hostile.dnn",
    `model net(x: [2]) { dense ${HOSTILE.length} }\ndata d = csv("hostile.csv", label="kind")\ntrain net on d { loss cross_entropy(net(x), label); epochs 1; batch 4 }\n`,
  );
  const { code, err } = await place.run("train", "hostile.dnn", "--out", "hostile");
  expect([code, err]).toEqual([0, expect.anything()]);
  const file = await build("hostile", "hostile", "--single-file");
  const [answer] = await answers(file, [[1, 2]]);
  expect(HOSTILE).toContain(answer?.label);
  expect(readFileSync(file, "utf8")).not.toContain("</script");
  const types = readFileSync(file.replace(/mjs$/, "d.mts"), "utf8");
  expect(
    types
      .match(/^export type Label = (.*);$/m)![1]!
      .split(" | ")
      .map((t) => JSON.parse(t))
      .toSorted(),
  ).toEqual(HOSTILE.toSorted());
}, 60_000);

test("the types of a module hold a program to its classes and shapes", async () => {
  await build("table", "table");
  await build("pictures", "pictures");
  mkdirSync(place.path("typed"), { recursive: true });
  writeFileSync(
    place.path("built", "use.mts"),
    `import { load, type Label } from "./table.mjs";
import { load as open } from "./pictures.mjs";
const net = await load();
const label: Label = (await net.predict({ width: 1, height: "2", colour: 3 })).label;
const named: "rose" | "lily" = label;
await net.predict([1, 2, 3]);
await (await open()).predict({ image: new Float32Array(64) });
const { device, fallback } = await open({ device: "auto", threads: 2, gpu: { requestAdapter: async () => null } });
const said: string = fallback ?? device;
// @ts-expect-error no such class
const none: Label = "tulip";
// @ts-expect-error no such input
await (await open()).predict({ picture: 1 });
// @ts-expect-error no such device
await open({ device: "npu" });
export { named, none, said };
`,
  );
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const flags = [
    "--noEmit",
    "--ignoreConfig",
    "--strict",
    "--target",
    "es2024",
    "--module",
    "nodenext",
    "--lib",
    "esnext,dom",
    "--types",
    "",
  ];
  const { stdout } = spawnSync(process.execPath, [tsc, ...flags, place.path("built", "use.mts")], { encoding: "utf8" });
  expect(stdout).toBe("");
}, 60_000);

/** Bytes of all files of a module but its types, each compressed. */
const sizeOf = (file: string): number =>
  ["mjs", "bin", "threads.mjs"]
    .map((ending) => file.replace(/mjs$/, ending))
    .filter((path) => existsSync(path))
    .reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);

const SIZES = [
  { name: "xor", most: 8, singleMost: 8, bothMost: 15.2, more: [] },
  {
    name: "lenet",
    most: 245,
    // The decoder of JPEG files stands in it, too.
    singleMost: 292.9,
    bothMost: 260,
    more: ["--data", "digits=digits(n=64, heldout=8)", "--epochs", "1", "--set", "batch=64"],
  },
] as const;

test.each(SIZES)(
  "$name is at most $most KB compressed, $singleMost in one file, and $bothMost with the GPU and threads",
  async ({ name, most, singleMost, bothMost, more }) => {
    place.write(`${name}.dnn`, readFileSync(new URL(`../../examples/${name}.dnn`, import.meta.url)));
    expect((await place.run("train", `${name}.dnn`, "--out", name, ...more)).code).toBe(0);
    expect(sizeOf(await build(name, name))).toBeLessThanOrEqual(most * 1024);
    expect(sizeOf(await build(name, name, "--target", "wasm,wgsl", "--threads"))).toBeLessThanOrEqual(bothMost * 1024);
    rmSync(place.path("built"), { recursive: true });
    expect(sizeOf(await build(name, name, "--single-file"))).toBeLessThanOrEqual(singleMost * 1024);
  },
  60_000,
);

/** Forbids all but scripts of this origin and WebAssembly. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

test.skipIf(!hasBrowser)(
  "in a page with a strict policy a module gives the answers of Node, with no request to anywhere else",
  async () => {
    const file = await build("pictures", "pictures");
    const photo = plainJpeg(9, 12, [200, 30, 60]);
    const wanted = await answers(file, [{ image: pixels }, { image: photo }]);
    const script = `import { load } from "/pictures.mjs"; const net = await load(); const drawn = await net.predict({ image: ${JSON.stringify(pixels)} }); const photo = await net.predict({ image: Uint8Array.of(${photo}).buffer }); globalThis.answers = [drawn, photo];`;
    const texts = {
      "index.html": '<!doctype html><script type="module" src="/main.mjs"></script>',
      "main.mjs": script,
    };
    const headers = { "Content-Security-Policy": POLICY };
    const { page, wrong, requests, close } = await openModules(place.path("built"), { texts, headers });
    try {
      // Waiting inside of the page would evaluate texts, which the policy forbids.
      const answered = () => page.evaluate("globalThis.answers !== undefined");
      await expect
        .poll(answered, { timeout: 20_000 })
        .toBe(true)
        .catch(() => {});
      expect(wrong).toEqual([]);
      const [drawn, ofPhoto] = (await page.evaluate("globalThis.answers")) as Prediction[];
      expect(drawn).toEqual(wanted[0]);
      // The exponential function of another version of V8 may differ in its last bit.
      const rounded = ({ probabilities = [], label }: Prediction) => [label, ...probabilities.map(Math.fround)];
      expect(rounded(ofPhoto!)).toEqual(rounded(wanted[1]!));
      expect(requests).toEqual(["/", "/main.mjs", "/pictures.mjs", "/pictures.bin", "/pictures.jpeg.wasm"]);
    } finally {
      await close();
    }
  },
  60_000,
);

test("bundlers find the worker of `dnn-lang/browser`: its address is written out where it is made", () => {
  const entry = new URL("../../runtime/browser.ts", import.meta.url);
  const workers = [
    ...readFileSync(entry, "utf8").matchAll(/new Worker\((?:new URL\("([^"]+)", import\.meta\.url\))?/g),
  ];
  expect(workers.map(([, path]) => path)).toEqual(["./wasm/worker.browser.js"]);
  expect(existsSync(new URL("./wasm/worker.browser.ts", entry))).toBe(true);
});

test("an error that a program does not catch shows its message, not the module's text", async () => {
  const file = await build("regression", "regression");
  const use = `import { load } from ${JSON.stringify(pathToFileURL(file).href)}; const net = await load(); await net.predict({ x: [1] });`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", use], { encoding: "utf8" });
  expect([status, stderr]).toEqual([1, expect.stringContaining("DnnError")]);
  expect(stderr.slice(0, stderr.indexOf("DnnError")).length).toBeLessThan(1000);
});
