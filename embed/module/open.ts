// The runtime of a built module: an artifact and its bytes become a model, on the processor or on a GPU. It stands in the module as it is
// bundled, so it reaches nothing of the compiler's passes and nothing of Node.

import { failure } from "../../project/failure.ts";
import { extentName, type NodesFacts, nodesOn, OUTPUT, outputOn } from "../../project/use/model/enginerun.ts";
import type { Engine, Numbers } from "../../runtime/engine.ts";
import { floatsOf } from "../../runtime/half.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { LocalEngine } from "../../runtime/wasm/local.ts";
import { type Artifact, KEY_BYTES, type WasmPart } from "../artifact.ts";
import { asDnnError } from "../dnnerror.ts";
import type { Net } from "../net.ts";
import { checkOptions, DEVICE_RULES } from "../options.ts";
import { outOfPlanes } from "../planes.ts";
import { WritingNet } from "../writing.ts";
import { type BytesSource, bytesFor } from "./bytes.ts";
import type { StartOnGpu } from "./gpu.ts";
import type { StartOnThreads } from "./threads.ts";

export { DnnError } from "../dnnerror.ts";
export { decodeJpegBy, unpacked } from "./bytes.ts";

export interface OpenOptions {
  /** In the place of the weights that the module was built with. */
  readonly weights?: BytesSource;
  /** `auto`: a GPU where one is there. Where the module has kernels of one kind only, they decide. */
  readonly device?: "auto" | "cpu" | "gpu";
  readonly threads?: number;
  /** A source of adapters in the place of `navigator.gpu`. */
  readonly gpu?: Pick<GPU, "requestAdapter">;
}

const RULES = {
  weights: { needed: "an address, or the bytes", accepts: (value: unknown) => typeof value !== "number" },
  ...DEVICE_RULES,
  gpu: { needed: "an object such as `navigator.gpu`", accepts: (value: unknown) => Object(value) === value },
} as const;

/** Where the weights lie; the other parts only some modules have. */
export interface ModuleParts {
  readonly weights: () => BytesSource | Promise<ArrayBuffer>;
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

export async function openArtifact(artifact: Artifact, parts: ModuleParts, options: OpenOptions = {}): Promise<Net> {
  const { inputs, shape, ragged, target, batch, fields, seed, model } = artifact;
  try {
    checkOptions(options, "load", RULES);
    const bytes = await bytesFor(options.weights ?? parts.weights());
    checkBuild(artifact, bytes);
    const { engine, threads, lacks } = await startFor(artifact, bytes, options, parts);
    await fill(engine, artifact, bytes);
    await engine.prepareWeights?.();
    const widths = new Map([[OUTPUT, shape.reduce((a, b) => a * b, 1)]]);
    for (const axis of ragged) widths.set(extentName(axis), 1);
    const facts: NodesFacts = { batch, fields, seed, widths };
    const computed = { inputs, ...outputOn(nodesOn(engine, facts), shape, ragged) };
    return new WritingNet({ model, computed, target, threads, fallback: lacks?.join("; ") || undefined });
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
  const end = KEY_BYTES + moduleSize;
  const module = bytes.slice(KEY_BYTES, end);
  if (sharing && !shared) module[sharing.at]! &= ~2;
  return {
    module,
    records: bytes.subarray(end, end + recordsSize),
    pages,
    recordsAddress,
    buffers,
    batch,
    entries: spans.map(([name, start, end]) => ({ name, start, end, launches: 0, logged: [], fields: [] })),
    kernels: [],
    shared,
  };
}

/** Where the weights begin. */
const startOf = ({ wasm }: Artifact): number => KEY_BYTES + (wasm ? wasm.sizes[0] + wasm.sizes[1] : 0);

const sizeOf = ({ isHalf }: Artifact, length: number): number => length * (isHalf ? 2 : 4);

/** Weights of another program would be read as kernels and numbers that they are not. */
function checkBuild(artifact: Artifact, bytes: Uint8Array<ArrayBuffer>): void {
  const wanted = artifact.weights.reduce((sum, [, length]) => sum + sizeOf(artifact, length), startOf(artifact));
  if (bytes.length === wanted && new DataView(bytes.buffer).getUint32(0) === artifact.key) return;
  const message = `the weights (${bytes.length} bytes) are not those that were written with this module (${wanted} bytes)`;
  throw failure("module/other-build", message, { hint: "put all files of one `dnn build` where the module is" });
}

/** Weights stand one after the other. */
async function fill(engine: Engine, artifact: Artifact, bytes: Uint8Array): Promise<void> {
  let at = startOf(artifact);
  for (const [name, length] of artifact.weights) {
    const planes = bytes.subarray(at, at + sizeOf(artifact, length));
    const values: Numbers = artifact.isHalf
      ? floatsOf(outOfPlanes(planes, new Uint16Array(length)))
      : new Float32Array(outOfPlanes(planes, new Uint32Array(length)).buffer);
    if (engine.has(name)) await engine.write(name, values);
    at += planes.length;
  }
}
