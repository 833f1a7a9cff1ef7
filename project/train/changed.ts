// Differences between a run and its continuation: the data, the batch, the device or the version, each as one line for the user.

import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import { numberParts } from "../../runtime/data/numbers.ts";
import { crc32, showCrc } from "../../runtime/files/crc32.ts";
import type { CheckpointFacts } from "../../runtime/train/checkpoint.ts";

/** Facts that a training depends on beside its program and settings; saved with its weights. */
export type Surroundings = Required<Pick<CheckpointFacts, "batch" | "examples" | "dataDigest" | "version" | "device">> &
  Pick<CheckpointFacts, "tuning">;

type Around = Pick<Surroundings, "batch" | "device" | "version"> & {
  readonly tuning?: CheckpointFacts["tuning"] | undefined;
};

/** `around.device` may change as the training goes on; the data is read for its digest when that is first asked for. */
export function surroundingsOf(dataset: Dataset, around: Around): Surroundings {
  const { batch, version, tuning } = around;
  let digest: string | undefined;
  return {
    batch,
    examples: dataset.train.length,
    get dataDigest() {
      digest ??= digestOf(dataset);
      return digest;
    },
    version,
    get device() {
      return around.device;
    },
    ...(tuning ? { tuning } : {}),
  };
}

/** Of all names, shapes and values, held out or not. */
function digestOf({ train, heldout, records }: Dataset): string {
  if (records) return records.digest;
  let crc = 0;
  for (const part of [train, heldout]) for (const column of part.columns) crc = crc32Of(column, part.length, crc);
  return showCrc(crc);
}

/** However its numbers are held. */
function crc32Of(column: Column, length: number, before: number): number {
  const title = new TextEncoder().encode(JSON.stringify([column.name, column.shape, length]));
  let crc = crc32(title, before);
  for (const { buffer, byteOffset, byteLength } of numberParts(column))
    crc = crc32(new Uint8Array(buffer, byteOffset, byteLength), crc);
  return crc;
}

/** Engines of one kind give the same bits, whatever their instructions. */
const kindOf = (device: string): string => device.replace(/:.*/s, "");

const nameOf = (device: string): string => device.slice(device.indexOf(":") + 1);
const areGpus = (...devices: readonly (string | undefined)[]): boolean => devices.every((d) => d?.startsWith("gpu:"));

export function changesSince(facts: CheckpointFacts, now: Surroundings, folder: string): string[] {
  const lines: string[] = [];
  const differs = (what: string, then: unknown, is: unknown): void => {
    if (then !== undefined && then !== is) lines.push(`${what} was ${then} when ${folder} was saved, and is ${is} now`);
  };
  differs("the number of training examples", facts.examples, now.examples);
  if (lines.length === 0 && facts.dataDigest !== undefined && facts.dataDigest !== now.dataDigest)
    lines.push(`the data is not what it was when ${folder} was saved; the run goes on with the new data`);
  differs("the batch", facts.batch, now.batch);
  differs("the device", facts.device && kindOf(facts.device), kindOf(now.device));
  if (areGpus(facts.device, now.device) && facts.device !== now.device)
    lines.push(
      `the GPU was ${nameOf(facts.device)} when ${folder} was saved, and is ${nameOf(now.device)} now; the run goes on with the kernels that it was begun with, and its last digits may differ`,
    );
  differs("the version of dnn", facts.version, now.version);
  return lines;
}
