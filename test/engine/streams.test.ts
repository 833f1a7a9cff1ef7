// Proves that each engine trains on a stream with the bits that it has on the same data in memory: the ring in its memory is written to
// while its steps run.

import { expect, test } from "vitest";
import { planWasm } from "../../compiler/compilewasm.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { memoryHost } from "../../project/memoryhost.ts";
import { type Prepared, prepare } from "../../project/train/job.ts";
import { endRows, rowsOf } from "../../project/train/streams.ts";
import type { Engine, Numbers } from "../../runtime/engine.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { Session } from "../../runtime/train/session.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { softwareGpu } from "../support/gpu.ts";
import { openText } from "../support/opened.ts";

const gpu = await softwareGpu();

const pictures = Object.fromEntries(
  Array.from({ length: 23 }, (_, i) => [
    `pets/${["cat", "dog"][i % 2]}/${i}.png`,
    encodePng({
      width: 3,
      height: 2,
      channels: 3,
      bytes: Uint8Array.from({ length: 18 }, (__, k) => (i * 37 + k * 11) % 256),
    }),
  ]),
);
const host = memoryHost({ library: {}, files: pictures });

async function trained(given: string, start: (prepared: Prepared) => Promise<Engine>): Promise<Map<string, Numbers>> {
  const opened = openText(
    "net.dnn",
    `model net(image: [H, W, C]) { flatten; dense 5; tanh; dense 2 }
data pets = images("pets", ${given}) { image = normalize(image) }
train net on pets { loss cross_entropy(net(image), label); batch 4; epochs 3 }
`,
  );
  const { program } = opened;
  const definition = program.trains[0]!;
  const data = await loadData(program, dataOf(program, definition), { base: "", files: host.files });
  const prepared = prepare(program, definition, data, { seed: 1, set: {}, data: [] });
  const engine = await start(prepared);
  const rows = await rowsOf(engine, prepared, data.dataset, host);
  const session = await Session.open(engine, prepared.session, rows);
  for await (const event of session.run()) expect(event.kind).not.toBe("diverged");
  const tensors = await session.tensors();
  endRows(rows);
  await engine.stop();
  return tensors;
}

const onThreads =
  (threads: number) =>
  ({ entries, sizes, session }: Prepared): Promise<Engine> =>
    WasmEngine.start(planWasm(entries, sizes, session.batch, threads > 1), threads, spawnWorker);

async function onGpu({ entries, sizes, session }: Prepared): Promise<Engine> {
  if (typeof gpu === "string") throw new Error(gpu);
  return startGpu(await gpu.again(), planWgsl(entries, sizes, session.batch));
}

const STREAMS = ["stream=true, buffer=1", "stream=true, buffer=8", "stream=true"];

test("on the processor, with one thread and with several", async () => {
  const inMemory = await trained("stream=false", onThreads(1));
  expect(inMemory.size).toBeGreaterThan(3);
  for (const given of STREAMS)
    for (const threads of [1, 2]) expect(await trained(given, onThreads(threads))).toEqual(inMemory);
});

test.skipIf(typeof gpu === "string")(
  "on a GPU",
  async () => {
    const inMemory = await trained("stream=false", onGpu);
    expect(await trained("stream=true, buffer=8", onGpu)).toEqual(inMemory);
  },
  120_000,
);
