// Proves that a GPU that fails in the middle of a training is started again, and that the training ends as one that nothing befell; that
// one that fails again and again ends it at once: one error says what happened and what is saved, and the command in its hint trains
// to the end; and that `--device auto` goes on with the processor. Dawn's null backend needs no driver; a whole process is tried
// where there is one.

import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { verb as train } from "../../cli/verbs/trainings/train.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import * as expected from "../../project/expected.ts";
import { Failure } from "../../project/failure.ts";
import * as node from "../../runtime/webgpu/node.ts";
import { CAUSES, failingGpu } from "../support/failinggpu.ts";
import { nullGpu, softwareGpu } from "../support/gpu.ts";
import { differences, Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());
afterEach(() => vi.restoreAllMocks());
place.write("xor.dnn", xor);

type TrainFlags = Parameters<typeof train.run>[1];

const FLAGS: TrainFlags = { data: [], set: ["optimizer.lr=0.01"], device: "gpu", revec: false };

interface Failing {
  readonly cause: keyof typeof CAUSES;
  /** For each device the submits after which it fails; the last of these is that of all that follow. */
  readonly submits: readonly number[];
}

/** A training on a GPU that fails so: its exit code, and its words. */
async function trained(
  { cause, submits }: Failing,
  flags: Partial<TrainFlags>,
): Promise<{ code: number; err: string }> {
  let devices = 0;
  const next = (): number => submits[Math.min(devices++, submits.length - 1)]!;
  vi.spyOn(node, "findAdapter").mockImplementation(async () => failingGpu(await nullGpu(), next, CAUSES[cause]));
  // No GPU would be worth its start for so few steps.
  vi.spyOn(expected, "expectedTimes").mockImplementation(() => ({ processor: 2, gpu: 1, runs: undefined }));
  let err = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
  vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  const code = await train.run([place.path("xor.dnn")], { ...FLAGS, ...flags });
  return { code, err };
}

/** The one error of a training whose GPU fails, and its successors too. */
async function failed(submits: number, cause: keyof typeof CAUSES, flags: Partial<TrainFlags>): Promise<Diagnostic> {
  try {
    const { code } = await trained({ cause, submits: [submits, 12] }, flags);
    throw new Error(`it ended with ${code}`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect([error.diagnostics.length, error.exitCode]).toEqual([1, 1]);
    return error.diagnostics[0]!;
  }
}

/** The words of the command that a hint gives. */
function commandIn({ hint = "" }: Diagnostic): string[] {
  const [, command] = /`dnn ([^`]+)`/.exec(hint) ?? [];
  return command!.split(" ");
}

const SAID: Record<keyof typeof CAUSES, string> = {
  "taken away": "the GPU the null backend was lost: device was destroyed",
  "lost by a driver that answers nothing any more": "the GPU the null backend was lost: the driver has died",
  "out of memory": "the GPU the null backend has no room left: no memory for 4096 bytes",
  "used in a way it refuses": "the GPU the null backend failed: a buffer is gone",
};

const ALL = Object.keys(CAUSES) as (keyof typeof CAUSES)[];

for (const cause of ALL.filter((c) => c !== "out of memory"))
  test(`a GPU that is ${cause} once is started again, and the training goes on to its end`, async () => {
    const out = place.path("once");
    rmSync(out, { recursive: true, force: true });
    const { code, err } = await trained({ cause, submits: [90, Number.POSITIVE_INFINITY] }, { out });
    expect(code).toBe(0);
    expect(err).toMatch(
      new RegExp(
        `${SAID[cause]}; it was started again, and the training goes on from step \\d+, whose weights are in memory`,
      ),
    );
    expect(err.match(/^epoch \d\/6/gm)).toEqual(["1", "2", "3", "4", "5", "6"].map((n) => `epoch ${n}/6`));
    expect(JSON.stringify([...place.checkpoint("once").metadata])).toContain("gpu:the null backend");
  }, 60_000);

for (const cause of ALL)
  test(`with --device auto one that is ${cause} again and again leaves the training to the processor`, async () => {
    const out = place.path("auto");
    rmSync(out, { recursive: true, force: true });
    const { code, err } = await trained({ cause, submits: [90, 12] }, { out, device: "auto" });
    expect(code).toBe(0);
    expect(err).toContain(
      `warning[${cause === "out of memory" ? "limits/gpu" : "machine/gpu-failed"}]: ${SAID[cause]}`,
    );
    expect(err).toContain("it runs on the processor instead");
    expect(err).toContain("epoch 6/6");
    expect(err.match(/it was started again/g)?.length ?? 0).toBe(cause === "out of memory" ? 0 : 2);
    expect(JSON.stringify([...place.checkpoint("auto").metadata])).toContain("cpu:");
  }, 60_000);

for (const cause of ALL) {
  test(`a GPU that is ${cause} again and again: the command that is given goes on from what was saved`, async () => {
    const out = place.path("run");
    rmSync(out, { recursive: true, force: true });
    const error = await failed(90, cause, { out });
    const { code, message, notes } = error;
    const isFull = cause === "out of memory";
    const often = isFull ? "" : ", 3 times without that the training came further";
    expect([code, message]).toEqual([isFull ? "limits/gpu" : "machine/gpu-failed", SAID[cause] + often]);
    const [, step, newest] = /^the training had come to step (\d+); what was saved last is (.*)$/.exec(notes![0]!)!;
    expect(Number(step)).toBeGreaterThan(0);
    expect(existsSync(newest!)).toBe(true);
    const before = place.checkpoint("run");
    const went = await place.run(...commandIn(error));
    expect([went.code, went.err]).toEqual([0, expect.stringContaining("epoch 6/6")]);
    expect(went.err).toContain("the device was gpu when");
    expect(before.metadata).not.toEqual(place.checkpoint("run").metadata);
    expect(existsSync(place.path("run", "lock"))).toBe(false);
  }, 60_000);
}

test("one that fails before anything is saved: the command starts again, with all that was asked for", async () => {
  for (const submits of [0, 3]) {
    const out = place.path(`early ${submits}`);
    const error = await failed(submits, "taken away", { out, epochs: 2, seed: 5, only: "xor" });
    expect(error.notes).toEqual([expect.stringMatching(/^the training had .*; nothing was saved yet$/)]);
    expect(error.hint).toBe(
      `\`dnn train ${place.path("xor.dnn")} --only xor --set optimizer.lr=0.01 --epochs 2 --seed 5 --out '${out}' --device cpu --no-revec\` starts again on the processor`,
    );
    expect(existsSync(out)).toBe(false);
  }
}, 60_000);

test("one that fails in a run that goes on, before it has saved: what was there before is named", async () => {
  expect((await place.run("train", "xor.dnn", "--epochs", "2", "--out", "short")).code).toBe(0);
  const resume = place.path("short");
  const error = await failed(8, "taken away", { resume, epochs: 4 });
  expect(error.notes![0]).toContain(`what was saved last is ${place.path("short", "epoch-2.safetensors")}`);
  const command = commandIn(error);
  expect(command.slice(2)).toEqual([
    "--resume",
    resume,
    "--set",
    "optimizer.lr=0.01",
    "--epochs",
    "4",
    "--device",
    "cpu",
    "--no-revec",
  ]);
  expect((await place.run(...command)).err).toContain("epoch 4/4");
}, 60_000);

const software = await softwareGpu();

test.skipIf(typeof software === "string")(
  "a whole process whose GPU is lost goes on, and ends with the weights of one whose GPU was not lost, to the bit",
  async () => {
    const preload = fileURLToPath(new URL("../support/losegpu.ts", import.meta.url));
    const args = ["train", "xor.dnn", "--device", "gpu", "--epochs", "5", "--out"];
    const surroundings = { nodeArgs: ["--import", preload], env: { LOSE_AFTER: "120" } };
    const lost = await place.startWith(surroundings, ...args, "lost").done;
    expect([lost.code, lost.err]).toEqual([
      0,
      expect.stringContaining("was lost: device was destroyed; it was started again"),
    ]);
    expect((await place.run(...args, "whole")).code).toBe(0);
    expect(differences(place.checkpoint("lost"), place.checkpoint("whole"))).toEqual([]);
  },
  60_000,
);
