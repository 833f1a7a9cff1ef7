// Proves that an import of a `.dnn` file in a bundler is the trained model, typed, and that what is wrong with it is shown with its lines.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import dnn from "../../embed/build/plugin.node.ts";
import { load, type Prediction, train } from "../../embed/index.node.ts";
import { Place } from "../cli/dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const PROGRAM = `model net(x: [2]) { dense 8; tanh; dense 3 }
data arms = spirals(n=60)
train net on arms { loss cross_entropy(net(x), label); epochs 1; batch 16 }
`;

beforeAll(async () => {
  mkdirSync(place.path("src"));
  place.write("arms.dnn", PROGRAM);
  place.write("arms.safetensors", await train(place.path("arms.dnn"), { device: "cpu" }).bytes());
}, 60_000);

const ROWS = `[[0.1, 0.4], [-1, 2]]`;

/** Bundles a module that imports a program: the bundle's path. */
async function bundled(request: string): Promise<string> {
  const text = `import net from ${JSON.stringify(request)};\nexport const answers = net.batch(${ROWS}.map((x) => ({ x })));\n`;
  place.write("src/main.js", text);
  const plugins = [dnn.rolldown({ root: place.path("."), types: "src/dnn.d.ts" })];
  const build = await rolldown({ input: place.path("src/main.js"), plugins, platform: "neutral", logLevel: "silent" });
  rmSync(place.path("built"), { recursive: true, force: true });
  await build.write({ dir: place.path("built"), format: "esm" });
  await build.close();
  return place.path("built/main.js");
}

/** Files of the bundle, those of assets without their hashes. */
const built = (): readonly string[] =>
  readdirSync(place.path("built"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name.replace(/-[\w-]{8}\./, "."))
    .toSorted();

async function answersIn(path: string): Promise<readonly Prediction[]> {
  const { answers } = (await import(`${pathToFileURL(path).href}?${Math.random()}`)) as {
    answers: Promise<readonly Prediction[]>;
  };
  return answers;
}

test("weights and the script of threads are assets beside the bundle, and `&inline` puts them into it", async () => {
  const request = "../arms.dnn?weights=arms.safetensors&threads";
  const beside = await answersIn(await bundled(request));
  expect(built()).toEqual(["arms.bin", "arms.threads.js", "main.js"]);
  expect(await answersIn(await bundled(`${request}&inline`))).toEqual(beside);
  expect(built()).toEqual(["main.js"]);
});

test("the import answers as the loaded run does, to the bit, and its types have the classes", async () => {
  const path = await bundled("../arms.dnn?weights=arms.safetensors");
  const answers = await answersIn(path);
  await using net = await load(place.path("arms.safetensors"));
  const rows = (JSON.parse(ROWS) as number[][]).map((x) => ({ x }));
  expect(answers).toEqual(await net.batch(rows));
  const use = (label: string): string =>
    `import net from "../arms.dnn?weights=arms.safetensors";\nconst { label } = await net.predict({ x: [1, 2] });\nexport const is = label === ${label};\n`;
  place.write("src/right.ts", use('"2"'));
  place.write("src/wrong.ts", use('"7"'));
  const flags =
    "--noEmit --ignoreConfig --strict --target es2024 --module esnext --moduleResolution bundler --lib esnext,dom";
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const types = (file: string): string => {
    const given = [tsc, ...flags.split(" "), "--types", "", "src/dnn.d.ts", file];
    return spawnSync(process.execPath, given, { cwd: place.path("."), encoding: "utf8" }).stdout;
  };
  expect(types("src/right.ts")).toBe("");
  expect(types("src/wrong.ts")).toContain(`'"7"' have no overlap`);
});

test.each([
  ["../arms.dnn", 'hint: "./arms.dnn?weights=runs/NAME-1" is the model with those of a run'],
  ["../arms.dnn?weights=runs/none-1", "runs/none-1"],
  ["../arms.dnn?weights=arms.safetensors&model=ned", "did you mean net?"],
  ["../arms.dnn?weights=arms.safetensors&target=cuda", "&target=wasm,wgsl"],
  ["../broken.dnn?weights=arms.safetensors", "2 |   dense 8; tanhh"],
])("the import %s ends the build and says why", async (request, words) => {
  place.write("broken.dnn", "model net(x: [2]) {\n  dense 8; tanhh\n}\n");
  await expect(bundled(request)).rejects.toThrow(words);
});
