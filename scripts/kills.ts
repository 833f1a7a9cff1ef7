// The long form of what the tests say of killed trainings and damaged files: `npm run kills [kills [flips]]`. A training is killed
// at each of its operations on the disk and at random moments, gone on with, and compared with one that nobody disturbed; then
// bits of its checkpoint are flipped, and each must be found. Prints counts; exit 1 where anything differed or was refused.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WeightsError } from "../runtime/checkpoint/weightserror.ts";
import { readCheckpoint } from "../runtime/train/checkpoint.ts";

const PROGRAM = `model xor(x: [2]) { dense 8; tanh; dense 2 }
data points = xor()
train xor on points {
  loss cross_entropy(xor(x), label)
  optimizer adam lr=0.02
  batch 24
  epochs 6
  keep every 2
}
`;
const folder = mkdtempSync(join(tmpdir(), "dnn-kills-"));
const bin = fileURLToPath(new URL("../cli/bin.ts", import.meta.url));
const killer = new URL("./killat.ts", import.meta.url).href;
writeFileSync(join(folder, "x.dnn"), PROGRAM);

/** Runs the command; `after` kills it so many milliseconds later, `at` before an operation on the disk. */
function run(args: readonly string[], { at, after }: { at?: number; after?: number } = {}): Promise<number | null> {
  const env = { ...process.env, KILL_AT: String(at ?? 0) };
  const imported = at === undefined ? [] : ["--import", killer];
  const child = spawn(process.execPath, [...imported, bin, ...args], { cwd: folder, env, stdio: "ignore" });
  if (after !== undefined) setTimeout(() => child.kill("SIGKILL"), after);
  return new Promise((resolve) => child.on("close", (code) => resolve(code)));
}

const latest = (run: string): string => join(folder, run, readFileSync(join(folder, run, "latest"), "utf8").trim());

/** Everything that was learned, and where: of the run and of its copies for good. */
function stateOf(run: string): string {
  const kept = readdirSync(join(folder, run, "kept")).sort();
  const places = [run, ...kept.map((name) => join(run, "kept", name))];
  return JSON.stringify([
    readdirSync(join(folder, run)).sort(),
    ...places.map((place) => {
      const { tensors, facts } = readCheckpoint(readFileSync(latest(place)), place);
      return [
        place.slice(run.length),
        facts.progress,
        [...tensors].map(([name, t]) => [name, [...(t.values as Float32Array)]]),
      ];
    }),
  ]);
}

const counts = { kills: 0, resumed: 0, begunAgain: 0, refused: 0, different: 0, completed: 0 };

async function disturbed(how: { at?: number; after?: number }, whole: string): Promise<boolean> {
  rmSync(join(folder, "run"), { recursive: true, force: true });
  const code = await run(["train", "x.dnn", "--out", "run"], how);
  if (code === 0) counts.completed++;
  else counts.kills++;
  const isBegun = existsSync(join(folder, "run", "latest"));
  if (code !== 0) counts[isBegun ? "resumed" : "begunAgain"]++;
  const again = await run(["train", "x.dnn", isBegun ? "--resume" : "--out", "run"]);
  if (again !== 0) counts.refused++;
  else if (stateOf("run") !== whole) {
    counts.different++;
    console.error("differs after", how);
  }
  return code !== 0;
}

function flipped(bytes: Uint8Array, times: number): number {
  let found = 0;
  for (let i = 0; i < times; i++) {
    const bent = bytes.slice();
    const bit = Math.floor(Math.random() * 8 * bytes.length);
    bent[bit >> 3]! ^= 1 << (bit & 7);
    try {
      readCheckpoint(bent, "bent");
      console.error("not found: bit", bit);
    } catch (error) {
      if (error instanceof WeightsError) found++;
      else throw error;
    }
  }
  return found;
}

const [kills = 500, flips = 2000] = process.argv.slice(2).map(Number);
await run(["train", "x.dnn", "--out", "whole"]);
const whole = stateOf("whole");
for (let at = 1; counts.kills < kills && (await disturbed({ at }, whole)); at++);
const atOperations = counts.kills;
while (counts.kills + counts.completed < kills) await disturbed({ after: 300 + Math.random() * 900 }, whole);
const found = flipped(readFileSync(latest("whole")), flips);
console.log({ ...counts, atOperations, flips, found });
rmSync(folder, { recursive: true });
if (counts.refused + counts.different + (flips - found) > 0) process.exitCode = 1;
