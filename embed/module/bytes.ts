// The bytes of a built module: its weights, and the decoder of JPEG pictures, which is fetched with the first of them. In built
// modules it stands in the place of `packagebytes.ts`, too.

/** Where bytes lie, or the bytes. */
type BytesSource = string | URL | ArrayBuffer | Uint8Array;

/** The bytes that a module was built with: those given, those in the module itself, or those of the file beside it. */
export async function bytesFor(given: BytesSource | Promise<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const source = await given;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Uint8Array) return Uint8Array.from(source);
  const url = String(source);
  // Node's `fetch` reads no files.
  if (url.startsWith("file:") && typeof process !== "undefined")
    return new Uint8Array(process.getBuiltinModule("node:fs").readFileSync(new URL(url)));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`cannot load ${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
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
