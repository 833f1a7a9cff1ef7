// The runtime of a built module: an artifact and its bytes become a model. It stands in the module as it is bundled, so it reaches
// nothing of the compiler's passes and nothing of Node.

import { extentName, type NodesFacts, nodesOn, OUTPUT, outputOn } from "../project/use/model/enginerun.ts";
import { halfFloat } from "../runtime/half.ts";
import type { WasmPlan } from "../runtime/plan.ts";
import { WasmEngine } from "../runtime/wasm/engine.ts";
import type { Artifact } from "./artifact.ts";
import { Net } from "./net.ts";

export { DnnError } from "./dnnerror.ts";
export { bytesFor, decodeBase64, decodeJpegBy } from "./modulebytes.ts";

export async function openArtifact(artifact: Artifact, bytes: Uint8Array<ArrayBuffer>): Promise<Net> {
  const { inputs, shape, ragged, target, batch, fields, seed, model } = artifact;
  const engine = await WasmEngine.start(planOf(artifact, bytes), 1);
  await fill(engine, artifact, bytes);
  const widths = new Map([[OUTPUT, shape.reduce((a, b) => a * b, 1)]]);
  for (const axis of ragged) widths.set(extentName(axis), 1);
  const facts: NodesFacts = { batch, fields, seed, widths };
  const computed = { inputs, ...outputOn(nodesOn(engine, facts), shape, ragged) };
  return new Net({ model, computed, target });
}

function planOf(
  { pages, recordsAddress, span, buffers, batch, sizes }: Artifact,
  bytes: Uint8Array<ArrayBuffer>,
): WasmPlan {
  const [start, end] = span;
  const [moduleSize, recordsSize] = sizes;
  return {
    module: bytes.subarray(0, moduleSize),
    records: bytes.subarray(moduleSize, moduleSize + recordsSize),
    pages,
    recordsAddress,
    buffers,
    batch,
    entries: [{ name: "apply", start, end, launches: 0, logged: [], fields: [] }],
    kernels: [],
    shared: false,
  };
}

/** Weights stand one after the other, little-endian as WebAssembly's memory is. */
async function fill(
  engine: WasmEngine,
  { weights, isHalf, sizes }: Artifact,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  let at = sizes[0] + sizes[1];
  for (const name of weights) {
    const { length } = engine.view(name);
    const end = at + length * (isHalf ? 2 : 4);
    const own = bytes.slice(at, end).buffer;
    if (own.byteLength !== end - at)
      throw new RangeError("the weights are shorter than the module needs: they belong to another build");
    await engine.write(name, isHalf ? Float32Array.from(new Uint16Array(own), halfFloat) : new Float32Array(own));
    at = end;
  }
}
