// How long an editor waits for the mistakes of what was just typed: programs of a thousand lines over a real connection, 200
// changes of one character at places all over the text, each until the server has published what it says of it. Of many small
// programs in one file, of one training and its models, and of one model that is a thousand lines long. Beside the time on the clock
// stands that of the processor, which says the same on a machine that is busy with other things. `node bench/keystrokes.ts`.

import { Editor } from "../test/editor/client.ts";

const STEPS = 200;

/** A thousand lines: a block, a model, its data and training, again and again. */
function manyPrograms(): string {
  const one = (i: number): string =>
    `# Program ${i}.
block part${i}(width) {
  conv 3x3 width p1 nobias; batchnorm; relu
  conv 3x3 width p1 nobias; batchnorm; relu
}

model net${i}(image: [28, 28, 1]) {
  conv 5x5 8 p2; relu
  part${i} 8
  maxpool 2x2
  residual { part${i} 8 }
  flatten
  dense 64; relu
  dense 10
}

data digits${i} = digits()

train run${i} on digits${i} {
  loss cross_entropy(net${i}(image), label)
  metric accuracy(net${i}(image), label)
  optimizer adam lr=1e-3
  batch 64; epochs 3
}
`;
  return linesOf(one);
}

function linesOf(one: (i: number) => string): string {
  let text = "";
  for (let i = 0; text.split("\n").length < 1000; i++) text += `${one(i)}\n`;
  return text;
}

/** One model whose body fills the file. */
const longModel = (): string =>
  `model long(x: [64]) {\n${"  dense 64; relu\n  residual { dense 64; tanh }\n".repeat(499)}}\n`;

/** Forty blocks, one model that uses them all, one training. */
function oneTraining(): string {
  const blocks = linesOf(
    (i) => `# A block.\nblock part${i}(n) {\n${"  dense n; relu\n".repeat(19)}  residual { dense n; tanh }\n}\n`,
  );
  const count = (blocks.match(/^block/gm) ?? []).length;
  const uses = Array.from({ length: count }, (_, i) => `  part${i} 32`).join("\n");
  return `${blocks}model net(x: [784]) {\n${uses}\n  dense 10\n}\ndata d = digits()\ntrain net on d {\n  loss cross_entropy(net(flat(image)), label)\n}\n`;
}

export interface Keystrokes {
  readonly lines: number;
  readonly median: number;
  readonly p95: number;
  readonly slowest: number;
}

/** A character is put in at a place and, at the next change, taken out again. */
export async function measure(
  text: string,
  steps = STEPS,
  now: () => number = () => performance.now(),
): Promise<Keystrokes> {
  const editor = new Editor();
  await editor.start();
  const uri = "file:///nowhere/keystrokes.dnn";
  await editor.open(uri, text);
  await editor.diagnostics(uri);
  const lines = text.split("\n");
  const took: number[] = [];
  for (let i = 0; i < steps; i++) {
    const turn = i >> 1;
    const line = (turn * 379 + 7) % (lines.length - 1);
    const character = (turn * 13) % (lines[line]!.length + 1);
    const start = { line, character };
    const change =
      i % 2 === 0
        ? { range: { start, end: start }, text: "3" }
        : { range: { start, end: { line, character: character + 1 } }, text: "" };
    const began = now();
    await editor.change(uri, change);
    await editor.diagnostics(uri);
    took.push(now() - began);
  }
  await editor.stop();
  const sorted = took.toSorted((a, b) => a - b);
  return {
    lines: lines.length,
    median: sorted[steps >> 1]!,
    p95: sorted[Math.floor(steps * 0.95)]!,
    slowest: sorted.at(-1)!,
  };
}

export const texts = { "many programs": manyPrograms(), "one training": oneTraining(), "one long model": longModel() };

function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, text] of Object.entries(texts))
    for (const [what, now] of [
      ["clock", () => performance.now()],
      ["processor", processorTime],
    ] as const) {
      const { lines, median, p95, slowest } = await measure(text, STEPS, now);
      const shown = [median, p95, slowest].map((t) => `${t.toFixed(1)} ms`);
      console.log(
        `${name.padEnd(16)} ${lines} lines  ${what.padEnd(9)}  median ${shown[0]}  95% ${shown[1]}  slowest ${shown[2]}`,
      );
    }
}
