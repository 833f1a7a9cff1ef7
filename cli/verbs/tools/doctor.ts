// `dnn doctor`: what this machine offers to the engines, and why where it does not.

import { arch, availableParallelism, cpus, freemem, platform, totalmem } from "node:os";
import { EXIT } from "../../../project/failure.ts";
import { readTuning, tuningFolder, tuningKey } from "../../../project/tune/gpucache.node.ts";
import { table } from "../../../report/tables.ts";
import { defaultThreads, enableRevectorize } from "../../../runtime/wasm/node.ts";
import { recordOf } from "../../../runtime/webgpu/device.ts";
import { findAdapter } from "../../../runtime/webgpu/node.ts";
import { defineVerb } from "../../command/verb.ts";
import { out } from "../../terminal/say.ts";

export const verb = defineVerb({
  arguments: [],
  flags: {},
  example: "dnn doctor",
  run: () => doctor(),
});

async function doctor(): Promise<number> {
  const rows = [
    ["node", `${process.versions.node} on ${platform()} ${arch()}`],
    ["processor", `${cpus()[0]?.model.trim() || "unknown"}, ${availableParallelism()} threads`],
    ["memory", `${gib(totalmem())}, ${gib(freemem())} free`],
    ["threads", `${defaultThreads()}; --threads sets another number`],
    ["shared memory", typeof SharedArrayBuffer === "undefined" ? "no: one thread only" : "yes"],
    ["vectors", vectors()],
    ...(await gpu()),
  ];
  out(table(rows));
  return EXIT.fine;
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** A function that adds one pair of vectors with a relaxed instruction: it compiles only where these exist. */
const RELAXED = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 8, 1, 96, 3, 123, 123, 123, 1, 123],
  ...[3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11],
);

function vectors(): string {
  if (!WebAssembly.validate(RELAXED)) return "this node has no relaxed SIMD: update it";
  if (enableRevectorize()) return "256 bits (cpu:revec); --no-revec leaves them at 128";
  return `128 bits (cpu:relaxed): wider ones need node 23.5, and this is ${process.versions.node}`;
}

async function gpu(): Promise<string[][]> {
  const found = await findAdapter();
  if (typeof found === "string") return [["gpu", `none: ${found}`]];
  const name = found.software
    ? `${found.name}: software, so --device auto takes the processor`
    : `${found.name}; --device auto takes it for programs that are not too small for it`;
  const { limits, features, subgroups } = recordOf(found.adapter);
  const facts = [
    `buffers of ${gib(Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize))}`,
    `${limits.maxStorageBuffersPerShaderStage} in a kernel`,
    subgroups ? `subgroups of ${[...new Set(subgroups)].join(" to ")}` : "no subgroups",
    features.includes("timestamp-query") ? "timestamps" : "no timestamps",
  ];
  const folder = tuningFolder();
  const kept = folder === undefined ? undefined : readTuning(folder, tuningKey(found));
  const tuned = kept
    ? `measured: ${kept.units} units, ${(kept.operations / 1e6).toFixed(1)} TFLOP/s, ${(kept.bytes / 1e3).toFixed(0)} GB/s`
    : "not measured yet: the first training on it does that";
  return [["gpu", name], ["gpu limits", facts.join(", ")], ...(found.software ? [] : [["gpu tuning", tuned]])];
}
