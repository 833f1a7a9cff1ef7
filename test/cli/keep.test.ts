// Copies of weights that a training keeps, and averages of weights: what is saved, and that held-out figures, `dnn eval` and
// ensembles use them.

import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const example = new URL("../../examples/snapshots.dnn", import.meta.url).pathname;

interface Figures {
  readonly loss: number;
  readonly accuracy: number;
}

async function evaluated(file: string, weights: string): Promise<Figures> {
  const { code, err, events } = await place.run("eval", file, "--weights", weights, "--json");
  expect([code, err]).toEqual([0, ""]);
  const { assessment: _, ...figures } = events[0]!;
  return figures as unknown as Figures;
}

test("weights are kept at every restart, and their ensemble beats the mean member", async () => {
  copyFileSync(example, place.path("snapshots.dnn"));
  await place.run("train", "snapshots.dnn", "--out", "run");
  expect(readdirSync(place.path("run/kept")).length).toBe(5);
  const members: Figures[] = [];
  for (const epoch of [3, 6, 9, 12, 15]) members.push(await evaluated("snapshots.dnn", `run/kept/epoch-${epoch}`));
  const together = await evaluated("snapshots.dnn", "run/kept");
  const mean = (of: (f: Figures) => number): number => members.reduce((a, f) => a + of(f), 0) / members.length;
  expect(together.loss).toBeLessThan(mean((f) => f.loss));
  expect(together.accuracy).toBeGreaterThan(mean((f) => f.accuracy));
}, 60_000);

const short = (line: string): string => xor.replace("epochs    6", `epochs    6\n  ${line}`);

test("weights may be kept every few epochs", async () => {
  place.write("few.dnn", short("keep every 2"));
  await place.run("train", "few.dnn", "--out", "few");
  expect(readdirSync(place.path("few/kept")).sort()).toEqual(["epoch-2", "epoch-4", "epoch-6"]);
});

test("without a schedule there is no restart to keep weights at", async () => {
  place.write("none.dnn", short("keep every restart"));
  const none = await place.run("check", "none.dnn");
  expect(none.out).toContain("error[train/no-restarts]");
  place.write("odd.dnn", short("keep often"));
  expect((await place.run("check", "odd.dnn")).out).toContain("error[train/bad-keep]");
});

test("held-out figures and eval are those of the moving averages", async () => {
  const ends: Record<string, Figures> = {};
  for (const [name, line] of [
    ["plain", ""],
    ["none", "ema 0"],
    ["slow", "ema 0.9999"],
    ["some", "ema 0.9"],
  ] as const) {
    place.write(`${name}.dnn`, short(line));
    const run = await place.run("train", `${name}.dnn`, "--json", "--out", name);
    ends[name] = run.events.at(-1)!.heldout as unknown as Figures;
    expect(await evaluated(`${name}.dnn`, name)).toEqual(ends[name]);
  }
  expect(ends.none).toEqual(ends.plain);
  expect(ends.some!.loss).not.toBe(ends.plain!.loss);
  // After so few steps the slowest average is still where the training began.
  const first = await place.run("train", "plain.dnn", "--json", "--out", "first", "--set", "optimizer.lr=0");
  expect(Math.abs(ends.slow!.loss - Number((first.events.at(-1)!.heldout as unknown as Figures).loss))).toBeLessThan(
    0.02,
  );
  expect(existsSync(place.path("plain/kept"))).toBe(false);
}, 60_000);
