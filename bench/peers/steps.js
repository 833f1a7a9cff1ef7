// Parts of the training steps that both libraries share: the networks' shapes, their start from a file of `bench/javascript.ts`, and the clock.

import { readFileSync } from "node:fs";

const NETWORKS = {
  mlp: { image: [128, 784], parameters: [[784, 512], [512], [512, 256], [256], [256, 10], [10]] },
  lenet: {
    image: [64, 28, 28, 1],
    parameters: [[5, 5, 1, 6], [6], [5, 5, 6, 16], [16], [400, 120], [120], [120, 84], [84], [84, 10], [10]],
  },
};

/** The parameters as pairs of a shape and its numbers, channels last; then the pictures and their classes. */
export function readStart(workload, file) {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  const numbers = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  const { image, parameters } = NETWORKS[workload];
  let at = 0;
  const take = (shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    at += size;
    return { shape, numbers: numbers.slice(at - size, at) };
  };
  const start = { parameters: parameters.map(take), image: take(image), labels: take(image.slice(0, 1)) };
  if (at !== numbers.length) throw new Error(`${workload} takes ${at} numbers, the file has ${numbers.length}`);
  return { ...start, labels: Int32Array.from(start.labels.numbers) };
}

/** Prints the losses of the first four steps, the last of them after three updates, and the median milliseconds of a step. */
export async function report(step, seconds) {
  const losses = [];
  while (losses.length < 4) losses.push(await step());
  for (const end = performance.now() + 300 * seconds; performance.now() < end; ) await step();
  const times = [];
  for (const end = performance.now() + 1000 * seconds; performance.now() < end || times.length < 3; ) {
    const start = performance.now();
    await step();
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify({ losses, ms: times.toSorted((a, b) => a - b)[times.length >> 1] }));
}
