// Proves that a training outlives its folder: where somebody deletes it, or it cannot be written for a while, that is said once,
// and what the run ends with is there.

import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { parseHistory } from "../../project/train/history.ts";
import { RunFolder } from "../../project/train/runfolder.node.ts";
import { readCheckpoint } from "../../runtime/train/checkpoint.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const program = (lines: string): string => `model m(x: [2]) { dense 64; relu; dense 64; relu; dense 2 }
data points = moons(n=60, noise=0.6)
train t on points { loss cross_entropy(m(x), label); optimizer adam lr=0.02; batch 16; ${lines} }
`;

/** Trains, and does something once so many epochs are behind it. */
async function trained(lines: string, out: string, after: number, act: (folder: string) => void) {
  place.write("m.dnn", program(lines));
  const folder = place.path(out);
  const ending = place.run("train", "m.dnn", "--out", out);
  while (!existsSync(`${folder}/latest`) || epochIn(folder) < after) await wait(2);
  act(folder);
  return { ...(await ending), folder };
}

const epochIn = (folder: string): number => Number(/\d+/.exec(readFileSync(`${folder}/latest`, "utf8"))?.[0] ?? 0);
/** At once, as far as the training can see. */
const remove = (folder: string): void => {
  renameSync(folder, `${folder}.old`);
  rmSync(`${folder}.old`, { recursive: true });
};
/** Tries until the training has not made the folder again in between. */
const replaceByFile = (folder: string): void => {
  for (let i = 0; ; i++) {
    renameSync(folder, `${folder}.${i}`);
    try {
      return writeFileSync(folder, "not a folder", { flag: "wx" });
    } catch {}
  }
};
const warnings = (err: string): readonly string[] => err.match(/warning: .*/g) ?? [];

test("a folder that is deleted during the training is made again, with all of the history, and said once", async () => {
  const { code, err, folder } = await trained("epochs 60", "gone", 3, remove);
  expect(code).toBe(0);
  expect(warnings(err)).toEqual([
    "warning: what was saved in gone was deleted; the training goes on, but the weights of before are lost",
  ]);
  const history = parseHistory(readFileSync(`${folder}/history.jsonl`, "utf8"));
  expect(history.map((r) => r.epoch)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  expect(JSON.parse(readFileSync(`${folder}/run.json`, "utf8")).ended).toBe("epochs");
  expect((await place.run("eval", "m.dnn", "--weights", "gone")).code).toBe(0);
});

test("where the best epoch was lost with it, the result is the last", async () => {
  const { code, err, out } = await trained("epochs 300; patience 290", "best", 30, remove);
  expect(code).toBe(0);
  expect(err).toContain("those of the best epoch among them, are lost");
  expect(out).not.toContain("the result is epoch");
  const [{ events }, { events: named }] = [
    await place.run("eval", "m.dnn", "--weights", "best", "--json"),
    await place.run("eval", "m.dnn", "--weights", "best/latest", "--json"),
  ];
  expect(events).toEqual(named);
});

test("a folder that goes while a checkpoint is written is noticed by the next, though that checkpoint is there", async () => {
  place.write("m.dnn", program("epochs 2"));
  await place.run("train", "m.dnn", "--out", "raced");
  const folder = place.path("raced");
  const saved = `${folder}/${readFileSync(`${folder}/latest`, "utf8").trim()}`;
  const checkpoint = readCheckpoint(readFileSync(saved), saved);
  const run = await RunFolder.open(folder);
  await run.save("epoch-3", checkpoint);
  expect(await run.isDeleted()).toBe(false);
  remove(folder);
  await run.save("epoch-4", checkpoint);
  expect(await run.isDeleted()).toBe(true);
  expect(await run.isDeleted()).toBe(false);
  await run.release();
});

const isRoot = process.getuid?.() === 0;
test.skipIf(isRoot)(
  "a folder that cannot be written for a while is said once, and has the result in the end",
  async () => {
    let back: NodeJS.Timeout | undefined;
    const { code, err, folder } = await trained("epochs 60", "shut", 3, (f) => {
      chmodSync(f, 0o500);
      back = setTimeout(() => chmodSync(f, 0o700), 40);
    });
    clearTimeout(back);
    chmodSync(folder, 0o700);
    expect(code).toBe(0);
    expect(warnings(err).filter((w) => w.includes("tries again after each epoch"))).toHaveLength(1);
    expect(epochIn(folder)).toBe(60);
  },
);

test("a folder in whose place something else stands in the end is an error that names it", async () => {
  const { code, err } = await trained("epochs 60", "file", 3, replaceByFile);
  expect(code).not.toBe(0);
  expect(warnings(err).filter((w) => w.includes("tries again after each epoch"))).toHaveLength(1);
  expect(err).toMatch(/error\[checkpoint\/.*file/);
});
