// In: the path of a file that a package brings along. Out: its bytes. In Node they are read from the package; where a program was
// bundled into one file, in Node or in a page, they lie beside that. Built modules have `embed/module/bytes.ts` in its place.

const nameOf = (file: string): string => file.replace(/.*\//, "");

export async function packageBytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof process !== "undefined") return readInNode(file);
  const response = await fetch(new URL(nameOf(file), import.meta.url));
  if (!response.ok) throw new Error(`cannot load ${file}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function readInNode(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { readFile } = process.getBuiltinModule("node:fs/promises");
  const { resolve } = createRequire(import.meta.url);
  const beside = new URL(nameOf(file), import.meta.url);
  return new Uint8Array(await readFile(beside).catch(() => readFile(resolve(file))));
}
