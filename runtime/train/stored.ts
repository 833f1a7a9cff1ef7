// Data into the buffers of an engine, as its plan holds them. In: numbers or bytes. Invariant: bytes among numbers, or numbers among
// bytes, are an error, since neither would mean what it says.

import { buffersOf, stretchesOf } from "../dataparts.ts";
import type { Engine, EngineMemory, Numbers, StoredValues } from "../engine.ts";
import type { WgslBuffer } from "../plan.ts";
import { WholeWords } from "./wholewords.ts";

/** Those of each engine. */
const words = new WeakMap<Engine, WholeWords>();

/** Writes from element `at` of a buffer on. */
export async function writeStored(engine: Engine, name: string, values: StoredValues, at = 0): Promise<void> {
  if (values.length === 0) return;
  const place = placeOf(engine, name);
  if ((place !== undefined) !== values instanceof Uint8Array) throw new Error(`'${name}' holds values of another type`);
  if (!place || !(values instanceof Uint8Array)) return engine.write(name, values as Numbers, at);
  if (place.bytes) return place.bytes.set(values, at);
  const own = words.get(engine) ?? new WholeWords();
  words.set(engine, own);
  for (const { buffer, at: to, from, count } of stretchesOf(place.buffers, at, values.length))
    await own.write(place.gpu, place.arena(buffer.arena), buffer.at + to, values.subarray(from, from + count));
}

type BytePlace =
  | { readonly bytes: Uint8Array }
  | {
      readonly bytes?: undefined;
      readonly gpu: GPUDevice;
      readonly buffers: readonly WgslBuffer[];
      readonly arena: (index: number) => GPUBuffer;
    };

/** Where a buffer of bytes lies; undefined for one of numbers. */
function placeOf(engine: Engine & Partial<EngineMemory>, name: string): BytePlace | undefined {
  if ("memory" in engine && engine.memory && engine.plan) {
    const found = engine.plan.buffers.find((b) => b.name === name);
    if (found?.dtype !== "u8" || !("address" in found)) return undefined;
    return { bytes: new Uint8Array(engine.memory.buffer, found.address, found.size) };
  }
  if ("gpu" in engine && engine.gpu && engine.arena && engine.plan) {
    const { gpu } = engine;
    const arena = engine.arena.bind(engine);
    const buffers = buffersOf(name, engine.plan.buffers as readonly WgslBuffer[]);
    if (buffers[0]?.dtype !== "u8") return undefined;
    return { gpu, buffers, arena };
  }
  return undefined;
}
