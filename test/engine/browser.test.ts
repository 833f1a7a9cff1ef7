// Proves that what `dnn build` writes trains in a page as it does here, with the losses of the engine in Node: on the GPU (software),
// LeNet with the least that a device may have, on the processor with threads, and on one thread in a page that cannot share memory; and
// that a training whose GPU is taken away goes on.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verb as build } from "../../cli/verbs/models/build.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { BASELINE } from "../../compiler/targets/wgsl/program.ts";
import type { Prepared } from "../../project/train/job.ts";
import { Session } from "../../runtime/train/session.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { hasBrowser, openPage } from "../support/page.ts";
import { exampleFile, prepareExample } from "../support/prepared.ts";

const folder = mkdtempSync(join(tmpdir(), "dnn-page-"));
const LINES = "To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer. ";
const PROGRAMS = [
  { name: "lenet", steps: 3, batch: "16", data: [`digits=digits(n=800)`] },
  { name: "charlm", steps: 2, batch: "16", data: [`corpus=text("${join(folder, "corpus.txt")}", seq=16)`] },
  { name: "xor", steps: 60, batch: "16", data: [] },
] as const;
const prepared = new Map<string, Prepared>();

beforeAll(async () => {
  writeFileSync(join(folder, "corpus.txt"), `${LINES.repeat(100)}The quick brown fox jumps over the lazy dog.`);
  for (const { name, steps, batch, data } of PROGRAMS) {
    const file = exampleFile(name);
    for (const target of ["wasm", "wgsl"] as const)
      await build.run([file], { target, out: join(folder, name, target), data: [...data], set: [`batch=${batch}`] });
    const made = await prepareExample(name, steps, data, { batch });
    prepared.set(name, made);
    for (const c of made.columns) {
      writeFileSync(
        join(folder, name, `${c.name}.train`),
        new Uint8Array(c.train.buffer, c.train.byteOffset, c.train.byteLength),
      );
      writeFileSync(
        join(folder, name, `${c.name}.heldout`),
        new Uint8Array(c.heldout.buffer, c.heldout.byteOffset, c.heldout.byteLength),
      );
    }
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function lossesHere({ entries, sizes, session, columns }: Prepared): Promise<number[]> {
  const engine = await WasmEngine.start(planWasm(entries, sizes, session.batch, false), 1);
  const losses: number[] = [];
  for await (const event of (await Session.open(engine, session, columns)).run())
    if (event.kind === "stretch") losses.push(...event.losses.flat());
  return losses;
}

interface There {
  readonly device: string;
  readonly losses: readonly number[];
  readonly isolated: boolean;
  readonly binding?: number;
  readonly reopened: number;
}

/** As text: the test runner would rewrite an import in a function. */
const inPage = (page: Page, request: object): Promise<There | undefined> =>
  page.evaluate(`import("/test/support/inpage.ts").then((m) => m.lossesThere(${JSON.stringify(request)}))`);

interface Way {
  readonly title: string;
  readonly target: "wasm" | "wgsl";
  readonly isolated: boolean;
  readonly device: RegExp;
  readonly isBaseline?: boolean;
  /** The one program that goes this way: compiling kernels takes most of a software GPU's time. */
  readonly only?: "lenet" | "charlm";
}

const WAYS: readonly Way[] = [
  { title: "on the GPU", target: "wgsl", isolated: true, device: /^gpu:/, only: "charlm" },
  {
    title: "on a GPU with what every device has",
    target: "wgsl",
    isolated: true,
    device: /^gpu:/,
    isBaseline: true,
    only: "lenet",
  },
  { title: "on the processor with two threads", target: "wasm", isolated: true, device: /^cpu:/ },
  { title: "on one thread in a page without isolation", target: "wasm", isolated: false, device: /^cpu:/ },
];

for (const { name, steps } of PROGRAMS.filter((p) => p.name !== "xor"))
  for (const { title, target, isolated, device, isBaseline = false } of WAYS.filter((w) => (w.only ?? name) === name))
    test.skipIf(!hasBrowser)(
      `${name} trains in a page ${title} with the losses of the engine in Node`,
      async () => {
        const here = await lossesHere(prepared.get(name)!);
        const { page, close } = await openPage(folder, isolated);
        const there = await inPage(page, { name, target, steps, isBaseline }).finally(close);
        expect(there?.device).toMatch(device);
        expect(there?.isolated).toBe(isolated);
        expect(there?.losses).toHaveLength(steps);
        if (isBaseline) expect(there?.binding).toBe(BASELINE.maxStorageBufferBindingSize);
        here.forEach((loss, i) => {
          expect(Math.abs(there!.losses[i]! / loss - 1), `step ${i + 1}`).toBeLessThan(1e-4);
        });
      },
      120_000,
    );

test.skipIf(!hasBrowser)(
  "a training in a page whose GPU is taken away opens it again, and has the losses of one whose GPU was not, to the bit",
  async () => {
    const { page, close } = await openPage(folder, true);
    try {
      const request = { name: "xor", target: "wgsl", steps: 60 };
      const whole = await inPage(page, request);
      const lost = await inPage(page, { ...request, lostAfter: 20 });
      expect(lost).toEqual({ ...whole, reopened: 1 });
      expect(whole).toMatchObject({ device: expect.stringMatching(/^gpu:/), reopened: 0 });
      expect(whole?.losses).toHaveLength(60);
    } finally {
      await close();
    }
  },
  120_000,
);
