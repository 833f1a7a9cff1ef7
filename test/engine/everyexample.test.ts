// Proves that examples train on a GPU (software) with what every device has as they do on the processor: in a page, by the losses of three
// steps; and here, by all that they have learned, from temporaries that are no numbers.
//
// In `npm test` there is one example; EXAMPLES=all asks for every one, EXAMPLES=lenet,charlm for some, WHERE=page or WHERE=here for one way,
// ROWS=2 for smaller batches than of 16 rows.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differenceOf, roundedOff, type Tensors } from "../../bench/gpu/rounding.ts";
import { verb as build } from "../../cli/verbs/models/build.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { BASELINE } from "../../compiler/targets/wgsl/program.ts";
import type { Prepared } from "../../project/train/job.ts";
import { bytesAsNumbers, memoryOf } from "../../runtime/data/numbers.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Engine, Numbers } from "../../runtime/engine.ts";
import { Session } from "../../runtime/train/session.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { TARGETS } from "../examples/targets.ts";
import { softwareGpu } from "../support/gpu.ts";
import { hasBrowser, type OpenPage, openPage } from "../support/page.ts";
import { exampleFile, prepareExample } from "../support/prepared.ts";

const STEPS = 3;
/** A software GPU takes as long as the batch is large. */
const MOST_ROWS = Number(process.env.ROWS ?? 16);
const { EXAMPLES = "xor", WHERE } = process.env;
const names = EXAMPLES === "all" ? Object.keys(TARGETS) : EXAMPLES.split(",");

const gpu = await softwareGpu();
const folder = mkdtempSync(join(tmpdir(), "dnn-examples-"));
let open: OpenPage | undefined;
beforeAll(async () => {
  if (hasBrowser && WHERE !== "here") open = await openPage(folder, true);
});
afterAll(async () => {
  await open?.close();
  rmSync(folder, { recursive: true });
});

interface Learned {
  readonly losses: readonly number[];
  readonly tensors: ReadonlyMap<string, Numbers>;
}

/** `change` is what becomes of the first values. */
async function train(
  engine: Engine,
  { session, columns }: Prepared,
  change?: (values: Numbers) => Numbers,
): Promise<Learned> {
  let opened = await Session.open(engine, session, columns);
  if (change) {
    const tensors = new Map([...(await opened.tensors())].map(([name, values]) => [name, change(values)] as const));
    opened = await Session.open(engine, session, columns, { tensors });
  }
  const losses: number[] = [];
  for await (const event of opened.run()) if (event.kind === "stretch") losses.push(...event.losses.flat());
  const tensors = await opened.tensors();
  await engine.stop();
  return { losses, tensors };
}

/** An example with few rows in a batch. */
async function prepared(name: string): Promise<Prepared> {
  const whole = await prepareExample(name, STEPS, []);
  return whole.session.batch <= MOST_ROWS ? whole : prepareExample(name, STEPS, [], { batch: `${MOST_ROWS}` });
}

const onProcessor = ({ entries, sizes, session }: Prepared): Promise<Engine> =>
  WasmEngine.start(planWasm(entries, sizes, session.batch, false), 1);

for (const name of names) {
  test.skipIf(!hasBrowser || WHERE === "here")(
    `${name} trains in a page on a GPU with what every device has, with the losses of the processor`,
    async () => {
      const made = await prepared(name);
      const { losses } = await train(await onProcessor(made), made);
      const others = await roundings(made);
      const there = await trainInPage(name, made);
      expect(there?.device).toMatch(/^gpu:/);
      expect(there?.binding).toBe(BASELINE.maxStorageBufferBindingSize);
      expect(there?.losses).toHaveLength(losses.length);
      // The first is what the kernels make of the same numbers; rounding moves the later ones further.
      const lost = (all: readonly number[]): Tensors => new Map(all.map((loss, i) => [`loss ${i}`, [loss]]));
      const rounded = others.map((other) => lost(other.losses));
      const { worst, tensor } = differenceOf(lost(losses), rounded, lost(there?.losses ?? []), 1e-4);
      expect(worst, tensor).toBeLessThan(1e-4);
    },
    3_600_000,
  );

  test.skipIf(typeof gpu === "string" || WHERE === "page")(
    `${name} learns here on a GPU what it learns on the processor`,
    async () => {
      if (typeof gpu === "string") return;
      const made = await prepared(name);
      const { entries, sizes, session } = made;
      const here = await train(await onProcessor(made), made);
      const rounded = (await roundings(made)).map((other) => other.tensors);
      const plan = planWgsl(entries, sizes, session.batch, BASELINE);
      const engine = await startGpu(await gpu.again(), plan);
      for (const b of plan.buffers.filter(({ role, dtype }) => role === "temporary" && dtype === "f32"))
        await engine.write(b.name, new Float32Array(b.size).fill(Number.NaN));
      const there = await train(engine, made);
      const { worst, tensor } = differenceOf(here.tensors, rounded, there.tensors, 1e-3);
      expect(worst, tensor).toBeLessThan(1e-3);
      expect(there.losses.every(Number.isFinite)).toBe(true);
    },
    3_600_000,
  );
}

/** The same from first values that are off by rounding, each time others. */
async function roundings(made: Prepared): Promise<Learned[]> {
  const all: Learned[] = [];
  for (const seed of [5, 6, 7]) {
    const random = new Random(seed);
    all.push(await train(await onProcessor(made), made, (values) => roundedOff(values, random)));
  }
  return all;
}

interface There {
  readonly device: string;
  readonly losses: readonly number[];
  readonly binding?: number;
}

async function trainInPage(name: string, { training, columns, sizes, session }: Prepared): Promise<There | undefined> {
  const own = join(folder, name);
  mkdirSync(own);
  const batch = `batch=${training.batch}`;
  const only = training.name;
  await build.run([exampleFile(name)], { target: "wgsl", out: join(own, "wgsl"), data: [], set: [batch], only });
  for (const { name: field, train, heldout } of columns) {
    const unit = sizes.fields.find((f) => f.name === field)?.byteUnit;
    for (const [part, values] of Object.entries({ train, heldout })) {
      const numbers = values instanceof Uint8Array ? bytesAsNumbers(values, unit) : values;
      writeFileSync(join(own, `${field}.${part}`), memoryOf(numbers));
    }
  }
  const request = JSON.stringify({ name, target: "wgsl", steps: STEPS, epochs: session.epochs, isBaseline: true });
  const text = `import("/test/support/inpage.ts").then((m) => m.lossesThere(${request}))`;
  return open?.page.evaluate<There | undefined>(text).finally(() => rmSync(own, { recursive: true }));
}
