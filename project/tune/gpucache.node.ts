// Figures of a GPU as they were measured, kept in the folder of the user's caches. In: an adapter and a way to measure it. Out: its figures.
// Invariant: a file counts only where it is whole, in the user's own folder, and of this adapter, driver and compiler.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { itemAt } from "../../compiler/arithmetic/lists.ts";
import { GPU, matrixShapes, type TileShape } from "../../compiler/targets/wgsl/tuning.ts";
import { makeFolder } from "../../runtime/checkpoint/makefolder.node.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Engine, Numbers } from "../../runtime/engine.ts";
import { crc32, showCrc } from "../../runtime/files/crc32.ts";
import { isOwn, ownCache } from "../../runtime/files/usercache.node.ts";
import type { GpuTuning, MatrixKind, WgslPlan } from "../../runtime/plan.ts";
import { GpuError, limitsOf, recordOf } from "../../runtime/webgpu/device.ts";
import { matricesOf } from "../../runtime/webgpu/matrices.ts";
import { anotherOf, type Found, startGpu } from "../../runtime/webgpu/node.ts";
import { microsecondsOf } from "../../runtime/webgpu/timing.ts";
import {
  FILL,
  isTuningFor,
  kernelsDigest,
  matrixProbe,
  measureGpu,
  PROBE,
  productProbe,
  rowsProbe,
  type TimePlan,
} from "./gputuning.ts";

interface Kept {
  readonly format: 1;
  readonly tuning: GpuTuning;
  /** Of the tuning's text. */
  readonly crc: string;
}

const digest = (text: string): string => showCrc(crc32(new TextEncoder().encode(text)));

/** The folder of tunings; undefined where none is safe. */
export function tuningFolder(cache: string | undefined = ownCache()): string | undefined {
  if (cache === undefined) return undefined;
  const folder = join(cache, "gpu");
  try {
    makeFolder(folder, { mode: 0o700 });
    return isOwn(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

export const tuningFile = (folder: string, key: string): string => join(folder, `${digest(key)}.json`);

/** Undefined where there is none, or none that can be trusted. */
export function readTuning(folder: string, key: string): GpuTuning | undefined {
  try {
    const { format, tuning, crc } = JSON.parse(readFileSync(tuningFile(folder, key), "utf8")) as Partial<Kept>;
    const isWhole = format === 1 && crc === digest(JSON.stringify(tuning));
    return isWhole && isTuningFor(key, tuning) ? tuning : undefined;
  } catch {
    return undefined;
  }
}

/** A file is there whole or not at all; a folder that cannot be written is no reason not to train. */
export function keepTuning(folder: string, tuning: GpuTuning): void {
  const kept: Kept = { format: 1, tuning, crc: digest(JSON.stringify(tuning)) };
  const file = tuningFile(folder, tuning.key);
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, JSON.stringify(kept), { mode: 0o600 });
    renameSync(beside, file);
  } catch {
    // Measured again next time.
  }
}

/** The figures of a GPU: those that are kept, or new ones. */
export async function tuningOf(
  key: string,
  measure: () => Promise<GpuTuning>,
  folder: string | undefined = tuningFolder(),
): Promise<GpuTuning> {
  const kept = folder === undefined ? undefined : readTuning(folder, key);
  if (kept) return kept;
  const tuning = await measure();
  if (folder !== undefined) keepTuning(folder, tuning);
  return tuning;
}

/** A name for an adapter, its driver and the compiler: figures of another are of no use. */
export function tuningKey({ adapter }: Found): string {
  const { vendor, architecture, device, description } = recordOf(adapter);
  return [vendor, architecture, device, description, kernelsDigest()].join("; ");
}

const anyNumber = (random: Random): number => random.uniform(-1, 1);

/** A device of its own for a probe, with random numbers in what it reads. */
async function probing(found: Found, plan: WgslPlan, draw = anyNumber): Promise<Engine> {
  const engine = await startGpu(await anotherOf(found), plan);
  engine.set("batch", 1);
  const random = new Random(1);
  for (const { name, size } of plan.buffers.filter((b) => b.role === "parameter" && b.name !== "out"))
    await engine.write(
      name,
      Float32Array.from({ length: Math.min(size, FILLED) }, () => draw(random)),
    );
  if (plan.entries.some((e) => e.name === FILL)) await engine.run(FILL);
  return engine;
}

/** Times plans on an adapter, each on a device of its own. */
export const timingOn =
  (found: Found): TimePlan =>
  async (plan) => {
    const engine = await probing(found, plan);
    const time = await microsecondsOf(engine, PROBE);
    await engine.stop();
    return time;
  };

/** Threads of a subgroup, where reductions by them have the bits of those without: how threads lie in subgroups is a driver's choice. */
export async function rightSubgroup(found: Found): Promise<number> {
  const { subgroup } = limitsOf(found.adapter);
  if (subgroup < LEAST_SUBGROUP) return 0;
  const sums: Numbers[] = [];
  for (const size of [0, subgroup]) {
    const engine = await probing(found, rowsProbe(TRIED_ROWS, size));
    await engine.run(PROBE);
    sums.push(await engine.read("out"));
    await engine.stop();
  }
  return sums[0]?.every((x, i) => Object.is(x, sums[1]?.[i])) ? subgroup : 0;
}

/**
 * The first matrices of an adapter whose products have the bits that tiles give, where both are exact: of small whole numbers. A
 * driver may refuse them all the same.
 */
export async function rightMatrices(found: Found): Promise<MatrixKind | undefined> {
  const wholeNumber = (random: Random): number => random.integer(17) - 8;
  const productOf = async (plan: WgslPlan): Promise<Numbers> => {
    const engine = await probing(found, plan, wholeNumber);
    await engine.run(PROBE);
    const product = await engine.read("out");
    await engine.stop();
    return product;
  };
  const usual = await productOf(productProbe(TRIED_PRODUCT, itemAt(GPU.tile.shapes, 0)));
  const isRight = async (shape: TileShape): Promise<boolean> => {
    const product = await productOf(matrixProbe(TRIED_PRODUCT, shape)).catch((error: unknown) => {
      if (error instanceof GpuError) return undefined;
      throw error;
    });
    return product?.every((x, i) => Object.is(x, usual[i])) ?? false;
  };
  for (const kind of matricesOf(found.adapter)) {
    const shapes = matrixShapes(kind);
    let areRight = shapes.length > 0;
    for (const shape of shapes) areRight &&= await isRight(shape);
    if (areRight) return kind;
  }
  return undefined;
}

/** Sizes that no tile divides. */
const TRIED_PRODUCT = { m: 200, n: 300, k: 100 };
const LEAST_SUBGROUP = 4;
const TRIED_ROWS = 300;

/** Measures an adapter. */
export const measureFound = async (found: Found): Promise<GpuTuning> =>
  measureGpu(tuningKey(found), timingOn(found), {
    subgroup: await rightSubgroup(found),
    matrices: await rightMatrices(found),
  });

/** Numbers that are not 0, of which a device is as warm as in a training; of more the host would be long in making them. */
const FILLED = 2 ** 22;

export function tuningOfAdapter(found: Found, say?: (text: string) => void): Promise<GpuTuning> {
  const key = tuningKey(found);
  return tuningOf(key, () => {
    say?.(`${found.name} is measured before its first training, which takes some seconds`);
    return measureFound(found);
  });
}
