// Proves that every example trains to its target on data that it makes itself, that the GAN's generator covers the ring, and
// that examples and library stand in the canonical layout.

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { draws } from "../../cli/shown.ts";
import { format } from "../../grammar/format/format.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { readNamedCheckpoint } from "../../runtime/checkpoint/files.node.ts";
import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { Random } from "../../runtime/data/random.ts";
import { prepareExample } from "../support/prepared.ts";
import { angleBetween, orthonormal, principalComponents } from "../support/subspace.ts";
import { TARGETS } from "./targets.ts";

const root = new URL("../../", import.meta.url).pathname;
const runs = mkdtempSync(join(tmpdir(), "dnn-examples-"));
afterAll(() => rmSync(runs, { recursive: true, force: true }));
const run = promisify(execFile);

async function train(name: string, flags: readonly string[] = [], own = false): Promise<Record<string, number>> {
  const file = join(root, "examples", `${name}.dnn`);
  const all = [join(root, "cli/bin.ts"), "train", file, "--json", "--seed", "1", "--out", join(runs, name), ...flags];
  const { stdout } = await run(process.execPath, all, { maxBuffer: 1 << 28 });
  type End = { event: string; train: Record<string, number>; heldout: Record<string, number> };
  const end = JSON.parse(stdout.trim().split("\n").at(-1)!) as End;
  expect(end.event).toBe("end");
  return own ? end.train : end.heldout;
}

// The classic networks are models without data: `classic.test.ts` has them.
const names = readdirSync(join(root, "examples"))
  .filter((f) => f.endsWith(".dnn") && /^train /m.test(readFileSync(join(root, "examples", f), "utf8")))
  .map((f) => f.slice(0, -4));

test("every example has a target", () => {
  expect(Object.keys(TARGETS).sort()).toEqual(names.sort());
});

test("the gallery has the figure of every example, and a small picture of each that draws", () => {
  const figures = JSON.parse(readFileSync(join(root, "examples/figures.json"), "utf8")) as Record<string, unknown>;
  expect(Object.keys(figures).sort()).toEqual(names.toSorted());
  const drawing = names.filter((name) => {
    const { definitions } = parse(readFileSync(join(root, "examples", `${name}.dnn`), "utf8"), name).file;
    return definitions.some((d) => d.kind === "train" && draws(d));
  });
  for (const name of drawing)
    expect(statSync(join(root, "examples/pictures", `${name}.png`)).size, name).toBeLessThan(40_000);
});

for (const [name, target] of Object.entries(TARGETS)) {
  test(`${name} reaches its target`, async () => {
    const figures = await train(name, [...(target.data ?? []), ...(target.flags ?? [])], target.own);
    const figure = figures[target.metric]!;
    if (target.atLeast !== undefined) expect(figure).toBeGreaterThanOrEqual(target.atLeast);
    if (target.atMost !== undefined) expect(figure).toBeLessThanOrEqual(target.atMost);
    if (name === "gan_gaussians") await expectModesCovered(join(runs, name));
    if (name === "ensemble") expect(figure, "better than a member").toBeGreaterThan(figures.first!);
    if (name === "linear_autoencoder") await expectPrincipalSubspace(join(runs, name));
  });
}

/** The generator by hand, from its weights: 500 points, of which each of the eight modes gets twenty within 0.4. */
async function expectModesCovered(folder: string): Promise<void> {
  const { bytes, path } = await readNamedCheckpoint(folder, "latest");
  const { tensors } = readSafetensors(bytes, path);
  const weights = (layer: number, kind: string): Float32Array =>
    tensors.get(`G.dense${layer}.${kind}`)!.values as Float32Array;
  const layer = (x: readonly number[], k: number): number[] => {
    const [w, b] = [weights(k, "weight"), weights(k, "shift")];
    return Array.from(b, (start, j) => x.reduce((sum, v, i) => sum + v * w[i * b.length + j]!, start));
  };
  const relu = (x: readonly number[]): number[] => x.map((v) => Math.max(0, v));
  const random = new Random(7);
  const near = new Array<number>(8).fill(0);
  for (let n = 0; n < 500; n++) {
    const z = Array.from({ length: 8 }, () => random.normal());
    const [x, y] = layer(relu(layer(relu(layer(z, 1)), 2)), 3) as [number, number];
    const mode = Math.round((Math.atan2(y, x) / (2 * Math.PI)) * 8 + 8) % 8;
    const angle = (2 * Math.PI * mode) / 8;
    if (Math.hypot(x - 2 * Math.cos(angle), y - 2 * Math.sin(angle)) < 0.4) near[mode]!++;
  }
  expect(near.filter((count) => count >= 20).length, `points at each mode: ${near}`).toBe(8);
}

/** The decoder's rows span the subspace of the seven largest principal components, within one degree. */
async function expectPrincipalSubspace(folder: string): Promise<void> {
  const { bytes, path } = await readNamedCheckpoint(folder, "latest");
  const decoder = readSafetensors(bytes, path).tensors.get("pca.dense2.weight")!.values as Float32Array;
  const rows = Array.from({ length: 7 }, (_, i) => Array.from(decoder.subarray(64 * i, 64 * i + 64)));
  const { columns } = await prepareExample("linear_autoencoder", 1, []);
  const pixels = columns.find((c) => c.name === "image")!.train;
  expect(angleBetween(principalComponents(pixels, 64, 7), orthonormal(rows)), "degrees").toBeLessThan(1);
}

test("examples and library stand in the canonical layout", () => {
  for (const folder of ["examples", "stdlib"]) {
    for (const file of readdirSync(join(root, folder)).filter((f) => f.endsWith(".dnn"))) {
      const text = readFileSync(join(root, folder, file), "utf8");
      expect(format(text, file), file).toEqual({ text });
    }
  }
});
