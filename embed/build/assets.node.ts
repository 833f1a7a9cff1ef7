// Places the files of an imported model, for each kind of bundler: its weights are an asset beside the bundle, with an address in
// the bundle. In: the files. Out: expressions of JavaScript for their addresses; none where a bundler has no assets.

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { BuiltFile, Place } from "./write.ts";

export interface Assets {
  readonly place: Place;
  /** Imports that the addresses need at the top of the module. */
  readonly imports: () => string;
}

/** The context of the hooks of Rollup and its heirs. */
export interface AssetContext {
  emitFile(asset: { readonly type: "asset"; readonly name: string; readonly source: string | Uint8Array }): string;
}

interface AssetRequest {
  readonly context: AssetContext;
  readonly root: string;
}

/** Of a bundler by its name; of any other the files stand in the module. */
export const assetsOf = (bundler: string, request: AssetRequest): Assets =>
  BUNDLERS[bundler]?.(request) ?? { place: () => undefined, imports: () => "" };

const BUNDLERS: Readonly<Record<string, ((request: AssetRequest) => Assets) | undefined>> = {
  vite: emitted,
  rollup: emitted,
  rolldown: emitted,
  webpack: beside,
  rspack: beside,
  esbuild: imported,
};

/** Rollup's own way: an asset has a reference, which becomes its address. */
function emitted({ context }: AssetRequest): Assets {
  const place: Place = ({ name, contents }) => {
    const reference = context.emitFile({ type: "asset", name, source: contents });
    return `new URL(import.meta.ROLLUP_FILE_URL_${reference}, import.meta.url)`;
  };
  return { place, imports: () => "" };
}

/** webpack takes files from the disk, by paths that are written out. */
function beside({ root }: AssetRequest): Assets {
  const folder = resolve(root, "node_modules", ".cache", "dnn-lang");
  const place: Place = (file) => {
    const path = resolve(folder, hashOf(file), file.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.contents);
    return `new URL(${JSON.stringify(path)}, import.meta.url)`;
  };
  return { place, imports: () => "" };
}

const hashOf = ({ contents }: BuiltFile): string => createHash("sha256").update(contents).digest("hex").slice(0, 12);

// ---------------------------------------------------------------- esbuild

const NAMESPACE = "dnn-lang-asset";
/** By the paths that modules import them under. */
const served = new Map<string, BuiltFile>();

/** esbuild gives an address for what is imported with the loader of files. */
function imported(): Assets {
  const imports: string[] = [];
  const place: Place = (file) => {
    const path = `${NAMESPACE}:${hashOf(file)}/${file.name}`;
    served.set(path, file);
    const name = `dnnAsset${imports.length}`;
    imports.push(`import ${name} from ${JSON.stringify(path)};\n`);
    return `new URL(${name}, import.meta.url)`;
  };
  return { place, imports: () => imports.join("") };
}

/** The part of esbuild's builds that is needed: it is no dependency. */
interface Build {
  onResolve(options: { filter: RegExp }, answer: (found: { path: string }) => object): void;
  onLoad(options: { filter: RegExp; namespace: string }, answer: (found: { path: string }) => object | undefined): void;
}

export function serveAssets(build: Build): void {
  build.onResolve({ filter: new RegExp(`^${NAMESPACE}:`) }, ({ path }) => ({ path, namespace: NAMESPACE }));
  build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => {
    const file = served.get(path);
    return file && { contents: file.contents, loader: "file" };
  });
}
