// The runtime of a built module: an artifact and its bytes become a model, on the processor or on a GPU. It stands in the module as it is
// bundled, so it reaches nothing of the compiler's passes and nothing of Node.

import { failure } from "../../project/failure.ts";
import { extentName, type NodesFacts, nodesOn, OUTPUT, outputOn } from "../../project/use/model/enginerun.ts";
import type { Engine, Numbers } from "../../runtime/engine.ts";
import { halfFloat } from "../../runtime/half.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { LocalEngine } from "../../runtime/wasm/local.ts";
import type { Artifact, WasmPart } from "../artifact.ts";
import { asDnnError } from "../dnnerror.ts";
import { Net } from "../net.ts";
import type { StartOnGpu } from "./gpu.ts";
import type { StartOnThreads } from "./threads.ts";

export { DnnError } from "../dnnerror.ts";
export { bytesFor, decodeJpegBy, unpacked } from "./bytes.ts";

export interface OpenOptions {
  /** `auto`: a GPU where one is there. Where the module has kernels of one kind only, they decide. */
  readonly device?: "auto" | "cpu" | "gpu";
  readonly threads?: number;
  /** A source of adapters in the place of `navigator.gpu`. */
  readonly gpu?: Pick<GPU, "requestAdapter">;
}

/** Parts that only some modules have. */
export interface ModuleParts {
  readonly startOnGpu?: StartOnGpu;
  readonly startOnThreads?: StartOnThreads;
  readonly startThread?: () => Worker;
}

/** An engine, and why it is not the one that was wished for. */
interface Started {
  readonly engine: Engine;
  readonly threads: number;
  readonly lacks?: readonly string[];
}

export async function openArtifact(
  artifact: Artifact,
  bytes: Uint8Array<ArrayBuffer>,
  options: OpenOptions = {},
  parts: ModuleParts = {},
): Promise<Net> {
  const { inputs, shape, ragged, target, batch, fields, seed, model } = artifact;
  try {
    const { engine, threads, lacks } = await startFor(artifact, bytes, options, parts);
    await fill(engine, artifact, bytes);
    await engine.prepareWeights?.();
    const widths = new Map([[OUTPUT, shape.reduce((a, b) => a * b, 1)]]);
    for (const axis of ragged) widths.set(extentName(axis), 1);
    const facts: NodesFacts = { batch, fields, seed, widths };
    const computed = { inputs, ...outputOn(nodesOn(engine, facts), shape, ragged) };
    return new Net({ model, computed, target, threads, fallback: lacks?.join("; ") || undefined });
  } catch (error) {
    throw asDnnError(error);
  }
}

async function startFor(
  { wasm, wgsl, batch }: Artifact,
  bytes: Uint8Array<ArrayBuffer>,
  { device = "auto", threads, gpu }: OpenOptions,
  { startOnGpu, startOnThreads, startThread }: ModuleParts,
): Promise<Started> {
  const lacks: string[] = [];
  if (device === "gpu" || (device === "auto" && wgsl)) {
    const isAsked = device === "gpu" || !wasm;
    const found =
      wgsl && startOnGpu ? await startOnGpu({ ...wgsl, batch }, isAsked, gpu) : "the module has no kernels for one";
    if (typeof found !== "string") return { engine: found, threads: 1 };
    if (isAsked) throw noDevice(`there is no GPU to use: ${found}`, wasm && "auto");
    lacks.push(`no GPU: ${found}`);
  }
  if (!wasm) throw noDevice("the module has no kernels for the processor", "gpu");
  const plan = (shared: boolean): WasmPlan => planOf(wasm, batch, bytes, shared);
  const { sharing } = wasm;
  if (sharing && startOnThreads && startThread) {
    const found = await startOnThreads(() => plan(true), threads, sharing.isWorth, startThread);
    if (typeof found === "object") return { engine: found, threads: found.threads, lacks };
    if (found) lacks.push(`one thread: ${found}`);
  } else if (threads !== undefined && threads > 1) lacks.push("one thread: the module was built without --threads");
  return { engine: await LocalEngine.start(plan(false)), threads: 1, lacks };
}

const noDevice = (message: string, instead: string | undefined) =>
  failure("machine/no-gpu", message, instead ? { hint: `load({ device: "${instead}" }) runs it` } : {});

function planOf(
  { pages, recordsAddress, spans, buffers, sizes, sharing }: WasmPart,
  batch: number,
  bytes: Uint8Array<ArrayBuffer>,
  shared: boolean,
): WasmPlan {
  const [moduleSize, recordsSize] = sizes;
  const module = bytes.slice(0, moduleSize);
  if (sharing && !shared) module[sharing.at]! &= ~2;
  return {
    module,
    records: bytes.subarray(moduleSize, moduleSize + recordsSize),
    pages,
    recordsAddress,
    buffers,
    batch,
    entries: spans.map(([name, start, end]) => ({ name, start, end, launches: 0, logged: [], fields: [] })),
    kernels: [],
    shared,
  };
}

/** Weights stand one after the other, little-endian as WebAssembly's memory is. */
async function fill(
  engine: Engine,
  { weights, isHalf, wasm }: Artifact,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  let at = wasm ? wasm.sizes[0] + wasm.sizes[1] : 0;
  for (const [name, length] of weights) {
    const end = at + length * (isHalf ? 2 : 4);
    const own = bytes.slice(at, end).buffer;
    if (own.byteLength !== end - at)
      throw new RangeError("the weights are shorter than the module needs: they belong to another build");
    const values: Numbers = isHalf ? Float32Array.from(new Uint16Array(own), halfFloat) : new Float32Array(own);
    if (engine.has(name)) await engine.write(name, values);
    at = end;
  }
}
