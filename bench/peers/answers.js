// Milliseconds of an answer of onnxruntime: `node answers.js node|web MODEL.onnx THREADS SECONDS`. One line, the median.
import { readFileSync } from "node:fs";

const [runtime, file, threads, seconds] = process.argv.slice(2);
const ort = await import(runtime === "node" ? "onnxruntime-node" : "onnxruntime-web");
if (runtime === "web") ort.env.wasm.numThreads = Number(threads);
const session = await ort.InferenceSession.create(readFileSync(file), {
  executionProviders: [runtime === "node" ? "cpu" : "wasm"],
  intraOpNumThreads: Number(threads),
});
const numbers = Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i));
const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", numbers, [1, 3, 224, 224]) };
const times = [];
for (let i = 0; i < 3; i++) await session.run(feeds);
for (const end = performance.now() + 1000 * Number(seconds); performance.now() < end || times.length < 3; ) {
  const start = performance.now();
  await session.run(feeds);
  times.push(performance.now() - start);
}
console.log(times.toSorted((a, b) => a - b)[times.length >> 1]);
process.exit(0);
