// A module of LeNet beside onnxruntime-web and TensorFlow.js with the same weights, as pages get them: bytes to send, the time until the first
// answer, and the time of an answer for one picture and for 64. `node bench/shipped.ts [--json]`, after `npm install --prefix bench/peers`.
// All run on one thread in one headless browser, in turns; what differs from our answers by more than 1e-4 ends it.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { rolldown } from "rolldown";
import { bundleText } from "../embed/build/bundle.node.ts";
import { makeArtifact } from "../embed/build/make.ts";
import { moduleFiles } from "../embed/build/write.ts";
import { train } from "../embed/index.node.ts";
import { machineHost } from "../project/machine.node.ts";
import { Sources } from "../project/source.ts";
import { chosenModel, modelGraph } from "../project/use/model/apply.ts";
import { openWeights } from "../project/use/model/weights.ts";
import { readSafetensors } from "../runtime/checkpoint/safetensors.ts";
import { openModules } from "../test/embed/modulepage.ts";
import { describeMachine } from "./machine.ts";
import { lenetInOnnx, type Weight } from "./onnx.ts";
import { showSpread, spreadOf } from "./statistics.ts";

const PEERS = fileURLToPath(new URL("peers/", import.meta.url));
const modules = join(PEERS, "node_modules");
if (!existsSync(modules)) throw new Error("first: npm install --prefix bench/peers");

const program = fileURLToPath(new URL("../examples/lenet.dnn", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dnn-bench-"));

/** Names of the ways, with the files that a page of each needs beside its script. */
const WAYS = {
  dnn: { title: "dnn", files: [] },
  onnx: { title: "onnxruntime-web", files: ["onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"] },
  tensorflow: {
    title: "TensorFlow.js (wasm)",
    files: ["@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm"],
  },
} as const;
type Way = keyof typeof WAYS;

/** Trains some steps, and puts a folder for each way with its script, weights and binaries under `folder`. */
async function prepareAll(): Promise<void> {
  const bytes = await train(program, { steps: 100, device: "cpu" }).bytes();
  const run = join(folder, "lenet.safetensors");
  writeFileSync(run, bytes);
  const { tensors } = readSafetensors(bytes, run);
  const weight = (name: string): Weight => {
    const found = tensors.get(`lenet.${name}`);
    if (!found) throw new Error(`there are no weights lenet.${name}`);
    return { shape: found.shape, values: found.values as Float32Array };
  };
  const opened = await openWeights(program, { weights: run, data: [] }, new Sources(machineHost()), () => {});
  const built = makeArtifact(modelGraph(opened, chosenModel(opened, undefined)));
  const files = await moduleFiles(built, "lenet.js", bundleText);
  for (const { name, contents } of files) put("dnn", name, contents);
  put("onnx", "lenet.onnx", lenetInOnnx(weight));
  const order = ["conv1", "conv2", "dense1", "dense2", "dense3"].flatMap((layer) => [
    `${layer}.weight`,
    `${layer}.bias`,
  ]);
  put(
    "tensorflow",
    "lenet.weights",
    Buffer.concat(order.map((name) => Buffer.from(weight(name).values.slice().buffer))),
  );
  for (const way of Object.keys(WAYS) as Way[]) {
    await bundle(way);
    for (const file of WAYS[way].files) copyFileSync(join(modules, file), join(folder, way, file.replace(/.*\//, "")));
  }
}

function put(way: Way, name: string, contents: string | Uint8Array): void {
  mkdirSync(join(folder, way), { recursive: true });
  writeFileSync(join(folder, way, name), contents);
}

/** The script of a way, in one file; our module is one already. */
async function bundle(way: Way): Promise<void> {
  if (way === "dnn") {
    copyFileSync(join(PEERS, "dnn.js"), join(folder, way, "main.js"));
    return;
  }
  const made = await rolldown({ input: join(PEERS, `${way}.js`), platform: "browser", logLevel: "silent" });
  await made.write({ file: join(folder, way, "main.js"), format: "esm", minify: true });
  await made.close();
}

/** Compressed, of all files that the page fetches: types, and the decoder of JPEG files, are not. */
const sizeOf = (way: Way): number =>
  readdirSync(join(folder, way))
    .filter((name) => !/\.d\.ts$|\.jpeg\.wasm$|\.map$/.test(name))
    .reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, way, name)), { level: 9 }).length, 0);

interface Times {
  /** Milliseconds, from the import to the first answer. */
  readonly first: number;
  /** Milliseconds of an answer, by the number of rows. */
  readonly one: number;
  readonly many: number;
  readonly answer: readonly number[];
}

const MANY = 64;

/** Runs in the page. A figure is the median of stretches of 50 ms. */
const MEASURE = `async (address) => {
  const image = Array.from({ length: 784 }, (_, i) => (i % 13) / 13);
  const began = performance.now();
  const { open } = await import(address);
  const predict = await open();
  const [answer] = await predict([image]);
  const first = performance.now() - began;
  const timed = async (rows) => {
    const times = [];
    for (let stretch = 0; stretch < 12; stretch++) {
      const from = performance.now();
      let count = 0;
      do { await predict(rows); count++; } while (performance.now() - from < 50);
      times.push((performance.now() - from) / count);
    }
    return times.slice(2).sort((a, b) => a - b)[5];
  };
  return { first, one: await timed([image]), many: await timed(Array.from({ length: ${MANY} }, () => image)), answer: Array.from(answer) };
}`;

const measure = (page: Page, way: Way): Promise<Times> => page.evaluate(`(${MEASURE})("/${way}/main.js")`);

const RUNS = 5;

async function measureAll(): Promise<ReadonlyMap<Way, readonly Times[]>> {
  const ways = Object.keys(WAYS) as Way[];
  const found = new Map<Way, Times[]>(ways.map((way) => [way, []]));
  for (let run = 0; run < RUNS; run++)
    for (const way of ways) {
      // A browser of its own: nothing is in its caches.
      const { page, wrong, close } = await openModules(folder, { hasGpu: false });
      const times = await measure(page, way).finally(close);
      const ours = found.get("dnn")?.[0] ?? times;
      const far = Math.max(...times.answer.map((v, i) => Math.abs(v - ours.answer[i]!)));
      if (!(far < 1e-4)) throw new Error(`${way} answers ${times.answer}, and dnn ${ours.answer}: ${wrong.join("; ")}`);
      found.get(way)?.push(times);
    }
  return found;
}

try {
  await prepareAll();
  const machine = describeMachine();
  const found = await measureAll();
  const spread = (way: Way, figure: "first" | "one" | "many") => spreadOf(found.get(way)!.map((t) => t[figure]));
  if (process.argv.includes("--json"))
    console.log(
      JSON.stringify({
        machine,
        sizes: Object.fromEntries([...found.keys()].map((way) => [way, sizeOf(way)])),
        found: Object.fromEntries(found),
      }),
    );
  else {
    console.log(
      `${machine.processor}, ${machine.cores} cores; ${machine.load.toFixed(1)} programs wanted a core in the minute before\n`,
    );
    console.log(
      `| LeNet in a page, one thread | KB, compressed | first answer, ms | one picture, ms | ${MANY} pictures, ms |\n| --- | --- | --- | --- | --- |`,
    );
    for (const way of found.keys())
      console.log(
        `| ${WAYS[way].title} | ${Math.round(sizeOf(way) / 1024)} | ${showSpread(spread(way, "first"), 0)} | ${showSpread(spread(way, "one"), 3)} | ${showSpread(spread(way, "many"), 2)} |`,
      );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
