// Out: what a figure of this machine depends on: the processor, its cores, its vectors and ours, Node and V8.

import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { enableRevectorize } from "../runtime/wasm/node.ts";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** Bits of the widest vectors of the processor; undefined where the system does not say. */
  readonly vectorBits: number | undefined;
  /** Bits of the vectors that our kernels run as. */
  readonly ourVectorBits: number;
  readonly node: string;
  readonly v8: string;
  /** Programs that wanted a core in the minute before. */
  readonly load: number;
}

/** The first processor of /proc/cpuinfo, field by field; nothing on other systems. */
function cpuinfo(): ReadonlyMap<string, string> {
  try {
    const first = readFileSync("/proc/cpuinfo", "utf8").split("\n\n")[0]!;
    return new Map(first.split("\n").map((line) => line.split(/\s*:\s*/) as [string, string]));
  } catch {
    return new Map();
  }
}

function widestVector(flags: string | undefined): number | undefined {
  if (flags === undefined) return undefined;
  const has = (flag: string): boolean => flags.split(" ").includes(flag);
  if (has("avx512f")) return 512;
  return has("avx2") ? 256 : 128;
}

export function describeMachine(): Machine {
  const info = cpuinfo();
  const all = cpus();
  const model = all[0]?.model.trim() ?? "unknown processor";
  const family = info.get("cpu family");
  const vectorBits = widestVector(info.get("flags"));
  // V8 widens pairs of WebAssembly's vectors on x64 processors that have AVX2.
  const isWidened = process.arch === "x64" && (vectorBits ?? 256) >= 256 && enableRevectorize();
  return {
    processor: family === undefined ? model : `${model} (family ${family}, model ${info.get("model")})`,
    cores: all.length,
    vectorBits,
    ourVectorBits: isWidened ? 256 : 128,
    node: process.versions.node,
    v8: process.versions.v8,
    load: loadavg()[0]!,
  };
}
