// The bytes of a built module: its weights, and the decoder of JPEG pictures, which is fetched with the first of them. In built
// modules it stands in the place of `packagebytes.ts`, too.

import { failure } from "../../project/failure.ts";

/** Where bytes lie, or the bytes. */
export type BytesSource = string | URL | ArrayBuffer | Uint8Array;

/** The bytes that a module was built with: those given, those in the module itself, or those of the file beside it. */
export async function bytesFor(given: BytesSource | Promise<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const source = await given;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Uint8Array) return Uint8Array.from(source);
  const address = String(source);
  try {
    // Node's `fetch` reads no files.
    const files = /^(https?|data|blob):/.test(address) ? undefined : globalThis.process?.getBuiltinModule?.("node:fs");
    if (files) return Uint8Array.from(files.readFileSync(address.startsWith("file:") ? new URL(address) : address));
    const response = await fetch(address);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw new Error(`${response.status} ${response.statusText}`);
  } catch (error) {
    throw failure("module/not-loaded", `cannot load ${address}: ${error instanceof Error ? error.message : error}`, {
      hint: "put all files of one `dnn build` where the module is, or hand over `load({ weights })`",
    });
  }
}

/** Bytes that stand in the module: compressed, as text. */
export async function unpacked(text: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
}

type Decoder = () => BytesSource | Promise<ArrayBuffer>;
let decoder: Decoder | undefined;

/** Says where the decoder of JPEG pictures lies. */
export function decodeJpegBy(source: Decoder): void {
  decoder = source;
}

/** The decoder, in the place of any package's file: there is no other. */
export async function packageBytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
  if (decoder === undefined) throw new Error(`the module was built without ${file}`);
  return bytesFor(decoder());
}
