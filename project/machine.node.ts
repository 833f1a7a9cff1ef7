// The host on a machine with disks: its files, its folders of runs, its processor and its GPU, and the library beside our sources.

import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Library, type Source } from "../compiler/check/program/library.ts";
import type { DiskReader } from "../runtime/checkpoint/disk.ts";
import type { FileReader } from "../runtime/files/files.ts";
import type { Decoders, Devices, Host } from "./host.ts";
import type { Remember } from "./kept/remember.ts";

/** The folder above the sources, and above the built files. */
const ourFile = (name: string): URL => {
  const [source, built] = [new URL(`../${name}`, import.meta.url), new URL(`../../${name}`, import.meta.url)];
  return !existsSync(source) && existsSync(built) ? built : source;
};

function readVersion(): string {
  const description = ourFile("package.json");
  return existsSync(description) ? String(JSON.parse(readFileSync(description, "utf8")).version) : "unknown";
}

const isProgram = (name: string): boolean => name.endsWith(".dnn");

function readLibrary(): Source[] {
  const folder = ourFile("stdlib/");
  const names = readdirSync(folder).filter(isProgram).sort();
  return names.map((name) => ({ file: `stdlib/${name}`, text: readFileSync(new URL(name, folder), "utf8") }));
}

// A program without data and weights is checked without what reads them.
const readers = () => import("../runtime/files/files.node.ts").then(({ nodeFiles }) => nodeFiles());
const disks = () => import("../runtime/checkpoint/disk.node.ts").then(({ nodeReader }) => nodeReader);

const files: FileReader = {
  read: async (path) => (await readers()).read(path),
  readPart: async (path, from, to) => (await readers()).readPart(path, from, to),
  list: async (path) => (await readers()).list(path),
  exists: async (path) => (await readers()).exists(path),
  sizeOf: async (path) => (await readers()).sizeOf(path),
};

const disk: DiskReader = {
  read: async (path) => (await disks()).read(path),
  list: async (folder) => (await disks()).list(folder),
  kindOf: async (path) => (await disks()).kindOf(path),
  modifiedAt: async (path) => (await disks()).modifiedAt(path),
  absolute: (path) => resolve(path),
};

/** A digest of the built command, which its bundle has instead; the sources change from run to run, so nothing is kept of theirs. */
const BUILD = process.env.DNN_BUILD;

/** Values of this build, kept in the folder of the user's caches where one is safe. */
async function findRemember(): Promise<Remember | undefined> {
  if (BUILD === undefined) return undefined;
  const { ownCache } = await import("../runtime/files/usercache.node.ts");
  const folder = ownCache();
  if (folder === undefined) return undefined;
  return (await import("./kept/keptfiles.node.ts")).rememberIn(join(folder, "computed"), BUILD);
}

const remember: Remember = async (subject, inputs, compute) => {
  const kept = await findRemember();
  return kept ? kept(subject, inputs, compute) : compute();
};

const devices: Devices = {
  async cpu() {
    const { defaultThreads, enableRevectorize, spawnWorker } = await import("../runtime/wasm/node.ts");
    return { enableWideVectors: enableRevectorize, threads: defaultThreads(), spawnWorker, remember };
  },
  async findGpu() {
    const { findAdapter, startGpu } = await import("../runtime/webgpu/node.ts");
    const found = await findAdapter();
    if (typeof found === "string") return found;
    const { limitsOf } = await import("../runtime/webgpu/device.ts");
    const { matricesOf } = await import("../runtime/webgpu/matrices.ts");
    const { name, software, adapter } = found;
    return {
      name,
      software,
      limits: { ...limitsOf(adapter), matrices: matricesOf(adapter) },
      // A driver that computes on the processor is there for tests, which compare bits.
      ...(software || process.env.DNN_GPU_TUNING === "usual"
        ? {}
        : {
            tuned: async (say?: (text: string) => void) =>
              (await import("./tune/gpucache.node.ts")).tuningOfAdapter(found, say),
          }),
      start: (plan) => startGpu(found, plan),
    };
  },
};

const decoders = async (): Promise<Decoders> => {
  const { decoderCount, mostDecoders, spawnDecoder } = await import("../runtime/stream/spawn.node.ts");
  const { beginCache } = await import("../runtime/stream/recordfile.node.ts");
  return { count: decoderCount(), most: mostDecoders(), spawn: spawnDecoder, beginCache };
};

/** The machine that this process runs on. */
export function machineHost(): Host {
  let library: Library | undefined;
  return {
    version: readVersion(),
    get library() {
      library ??= new Library(readLibrary());
      return library;
    },
    hasFiles: true,
    files,
    disk,
    devices,
    remember,
    decoders,
    get currentFolder() {
      return process.cwd();
    },
    read: (path) => readFileSync(path),
    folderOf: (path) => dirname(resolve(path)),
    beside: (path, written) => join(dirname(path), written),
    neighbours(path) {
      const folder = dirname(path);
      if (!existsSync(folder)) return [];
      return readdirSync(folder).filter((name) => isProgram(name) && resolve(folder, name) !== path);
    },
    identify: realPath,
    outsideOf,
    pathOf: (uri) => (uri.startsWith("file:") ? fileURLToPath(uri) : uri),
    uriOf(path) {
      if (/^[a-z][a-z-]+:/.test(path)) return path;
      return path.startsWith("stdlib/") ? ourFile(path).href : pathToFileURL(path).href;
    },
  };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Imported files lie in the folder of the program, or in the current one where that contains it. */
function outsideOf(program: string, file: string): string | undefined {
  const [here, folder] = [realPath(process.cwd()), realPath(dirname(resolve(program)))];
  const root = isWithin(here, folder) ? here : folder;
  return isWithin(root, realPath(file)) ? undefined : root;
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && resolve(folder, way) === path);
}
