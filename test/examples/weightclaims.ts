// Looks into the weights that a training of an example left: what no figure of the training says.

import { expect } from "vitest";
import { nodeDisk } from "../../runtime/checkpoint/disk.node.ts";
import { readNamedCheckpoint } from "../../runtime/checkpoint/pointers.ts";
import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { Random } from "../../runtime/data/random.ts";
import { prepareExample } from "../support/prepared.ts";
import { angleBetween, orthonormal, principalComponents } from "../support/subspace.ts";

/** The generator by hand, from its weights: 500 points, of which each of the eight modes gets twenty within 0.4. */
export async function expectModesCovered(folder: string): Promise<void> {
  const { bytes, path } = await readNamedCheckpoint(folder, "latest", nodeDisk);
  const { tensors } = readSafetensors(bytes, path);
  const weights = (layer: number, kind: string): Float32Array =>
    tensors.get(`G.dense${layer}.${kind}`)!.values as Float32Array;
  const layer = (x: readonly number[], k: number): number[] => {
    const [w, b] = [weights(k, "weight"), weights(k, "bias")];
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
export async function expectPrincipalSubspace(folder: string): Promise<void> {
  const { bytes, path } = await readNamedCheckpoint(folder, "latest", nodeDisk);
  const decoder = readSafetensors(bytes, path).tensors.get("pca.dense2.weight")!.values as Float32Array;
  const rows = Array.from({ length: 7 }, (_, i) => Array.from(decoder.subarray(64 * i, 64 * i + 64)));
  const { columns } = await prepareExample("linear_autoencoder", 1, []);
  const pixels = columns.find((c) => c.name === "image")!.train;
  expect(angleBetween(principalComponents(pixels, 64, 7), orthonormal(rows)), "degrees").toBeLessThan(1);
}
