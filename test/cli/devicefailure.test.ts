// Proves that a GPU that fails in the middle of a training ends it at once, whatever way it fails: one error says what happened and
// what is saved, and the command in its hint trains to the end. Dawn's null backend needs no driver; a whole process is tried where
// there is one.

import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { verb as train } from "../../cli/verbs/trainings/train.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
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

const FLAGS: TrainFlags = { data: [], set: ["optimizer.lr=0.01"], device: "gpu", revec: false, precision: "f32" };

/** The one error of a training whose GPU fails. */
async function failed(submits: number, cause: keyof typeof CAUSES, flags: Partial<TrainFlags>): Promise<Diagnostic> {
  const found = failingGpu(await nullGpu(), submits, CAUSES[cause]);
  vi.spyOn(node, "findAdapter").mockImplementation(async () => found);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  try {
    const code = await train.run([place.path("xor.dnn")], { ...FLAGS, ...flags });
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

for (const cause of Object.keys(CAUSES) as (keyof typeof CAUSES)[]) {
  test(`a GPU that is ${cause} in the middle of a training: the command that is given goes on from what was saved`, async () => {
    const out = place.path("run");
    rmSync(out, { recursive: true, force: true });
    const error = await failed(90, cause, { out });
    const { code, message, notes } = error;
    expect([code, message]).toEqual([cause === "out of memory" ? "limits/gpu" : "machine/gpu-failed", SAID[cause]]);
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
  "a whole process whose GPU is lost ends with 1, and a run that goes on ends as one whose GPU was not lost",
  async () => {
    const preload = fileURLToPath(new URL("../support/losegpu.ts", import.meta.url));
    const args = ["train", "xor.dnn", "--device", "gpu", "--epochs", "7", "--out"];
    const surroundings = { nodeArgs: ["--import", preload], env: { LOSE_AFTER: "250" } };
    const lost = await place.startWith(surroundings, ...args, "lost").done;
    expect([lost.code, lost.err]).toEqual([1, expect.stringContaining("was lost: device was destroyed")]);
    expect(lost.err).toContain(
      "hint: `dnn train xor.dnn --resume lost --device cpu` goes on from there on the processor",
    );
    expect((await place.run("train", "xor.dnn", "--resume", "lost", "--device", "gpu")).code).toBe(0);
    expect((await place.run(...args, "whole")).code).toBe(0);
    expect(differences(place.checkpoint("lost"), place.checkpoint("whole"))).toEqual([]);
  },
  60_000,
);
