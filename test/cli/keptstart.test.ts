// Tests of a start that finds what an earlier one kept: nothing is lowered, and what is described and planned is the same. What names a
// training's plan is another one wherever its lowered steps are others.

import { expect, test } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { compileTraining } from "../../compiler/compile.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { placeOf } from "../../project/data/place.ts";
import { startLasting } from "../../project/engine.ts";
import { packValue, unpackValue } from "../../project/kept/packing.node.ts";
import { plainText } from "../../project/kept/plaintext.ts";
import type { Remember } from "../../project/kept/remember.ts";
import { jobOf, type Prepared, prepare, prepareKept } from "../../project/train/job.ts";
import { originOf } from "../../project/train/outline.ts";
import { portOfThread } from "../../runtime/wasm/threadport.ts";
import { compileText } from "../support/engine.ts";
import { openText } from "../support/opened.ts";

const FIELDS: readonly Field[] = [
  { name: "x", shape: [4, 2] },
  { name: "label", shape: [], classes: 3 },
];

/** A program, and what is another one in each of its variants. */
const BASE = {
  body: "flatten; dense 5; tanh; dense 3",
  loss: "cross_entropy(net(x), label)",
  optimizer: "sgd lr=0.1",
  others: "batch 8; epochs 4",
};
const VARIANTS: readonly Partial<typeof BASE>[] = [
  {},
  { body: "flatten; dense 6; tanh; dense 3" },
  { body: "flatten; dense 5; relu; dense 3" },
  { body: "flatten; dense 5; tanh; dense 3 nobias" },
  { body: "flatten; dense 5; dropout 0.5; tanh; dense 3" },
  { body: "flatten; dense 5; dropout 0.25; tanh; dense 3" },
  { body: "flatten; dense 5; batchnorm; tanh; dense 3" },
  { body: "lstm 5; last; dense 3" },
  { body: "lstm 6; last; dense 3" },
  { body: "gru 5; last; dense 3" },
  { loss: "cross_entropy(net(x), label) * 2" },
  { loss: "mean(net(x)^2)" },
  { optimizer: "sgd lr=0.2" },
  { optimizer: "sgd lr=0.1 momentum=0.9" },
  { optimizer: "adam lr=0.1" },
  { others: "batch 9; epochs 4" },
  { others: "batch 8; epochs 4; clip 1" },
  { others: "batch 8; epochs 4; clip 2" },
  { others: "batch 8; epochs 4; precision f16" },
  { others: "batch 8; epochs 4; ema 0.9" },
  { others: "batch 8; epochs 4; ema 0.99" },
  { others: "batch 8; epochs 4; schedule cosine" },
  { others: "batch 8; epochs 5; schedule cosine" },
  { others: "batch 8; epochs 4; metric accuracy(net(x), label)" },
  { others: "batch 8; epochs 4; metric mean(net(x))" },
];

const textOf = ({ body, loss, optimizer, others }: typeof BASE): string =>
  `model net(x: [4, 2]) { ${body} }\ntrain net on rows { loss ${loss}; optimizer ${optimizer}; ${others} }\n`;

function namesOf(text: string): { origin: string; lowered: string } {
  // As in a process of its own.
  forgetNodes();
  const { training } = compileText(text, FIELDS, 80);
  const { batch } = training;
  return { origin: originOf(training), lowered: plainText([compileTraining(training, { batch }), batch]) };
}

test("a training is named the same each time, and otherwise wherever its lowered steps are others", () => {
  const all = VARIANTS.map((variant) => namesOf(textOf({ ...BASE, ...variant })));
  expect(namesOf(textOf(BASE)).origin).toBe(all[0]?.origin);
  expect(new Set(all.map((n) => n.lowered)).size).toBe(VARIANTS.length);
  expect(new Set(all.map((n) => n.origin)).size).toBe(VARIANTS.length);
});

const PROGRAM = `model net(x: [2]) { dense 8; tanh; dense 2 }
data points = xor(n=64)
train net on points { loss cross_entropy(net(x), label); optimizer adam; batch 16; epochs 2 }
`;

/** Keeps what it is asked for, and counts what it had to compute. */
function keeping() {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  const computed: string[] = [];
  const remember: Remember = async (subject, inputs, compute) => {
    const key = `${subject} ${plainText(inputs)}`;
    if (!kept.has(key)) {
      computed.push(subject);
      kept.set(key, packValue(await compute()));
    }
    return unpackValue(kept.get(key) as Uint8Array<ArrayBuffer>) as never;
  };
  return { remember, computed };
}

async function prepared(remember?: Remember): Promise<Prepared> {
  const opened = openText("net.dnn", PROGRAM);
  const { program } = opened;
  const [definition] = program.trains;
  if (!definition) throw new Error("the program has no training");
  const settings = { seed: 1, set: {}, data: [], epochs: undefined, steps: undefined };
  const data = await loadData(program, dataOf(program, definition), placeOf(opened), settings);
  return remember
    ? prepareKept(program, definition, data, settings, remember)
    : prepare(program, definition, data, settings);
}

test("a start that finds a plan lowers nothing, and has the same plan and description", async () => {
  const { remember, computed } = keeping();
  const cpu = { enableWideVectors: () => false, threads: 1, spawnWorker: undefined, remember };
  const devices = { cpu: async () => cpu, findGpu: async () => "none" };
  const options = { device: "cpu", revectorize: false } as const;
  const fresh = await prepared();
  for (const isFirst of [true, false]) {
    const again = await prepared(remember);
    const job = jobOf(again);
    const lowered: string[] = [];
    const watched = Object.defineProperty(job, "entries", {
      get: () => {
        lowered.push("entries");
        return again.entries;
      },
    });
    const { engine } = await startLasting(devices, watched, options);
    expect(lowered.length > 0).toBe(isFirst);
    expect(computed).toEqual(["outline", "plan"]);
    const { entries: _, training: __, origin: ___, ...described } = again;
    const { entries, training, ...expected } = fresh;
    expect(described).toEqual(expected);
    expect(engine).toMatchObject({ plan: planWasm(entries, fresh.sizes, training.batch, false) });
    await engine.stop();
    expect(plainText(again.entries)).toBe(plainText(entries));
  }
});

test("the first listener gets the failure of a thread that failed before it listened", () => {
  const listeners = new Map<string, (value: unknown) => void>();
  const port = portOfThread({
    ref: () => undefined,
    unref: () => undefined,
    postMessage: () => undefined,
    on: (event, listener) => listeners.set(event, listener),
    terminate: () => undefined,
  });
  listeners.get("error")?.(new Error("no memory"));
  listeners.get("exit")?.(1);
  const heard: unknown[] = [];
  port.onMessage((message) => heard.push(message));
  expect(heard).toEqual([{ kind: "failed", error: "Error: no memory" }]);
});
