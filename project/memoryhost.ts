// A host without a disk: the library and the files that it is given, by their paths. For pages.

import { Library } from "../compiler/check/program/library.ts";
import { type FileReader, memoryFiles } from "../runtime/files/files.ts";
import type { Devices, Host } from "./host.ts";

/** Of a page: `cpu` alone, with one thread. */
const ONE_THREAD: Devices = {
  cpu: async () => ({ enableWideVectors: () => false, threads: 1, spawnWorker: undefined }),
  findGpu: async () => "this page was given none",
};

export interface Memory {
  /** The texts of stdlib/ by their file names. */
  readonly library: Readonly<Record<string, string>>;
  readonly version?: string;
  /** Programs, data and runs by their paths. Without them a missing file is no mistake: it lies where the page cannot see it. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly devices?: Devices;
}

export function memoryHost(memory: Memory): Host {
  const contents = memory.files ?? {};
  const files = memoryFiles(contents);
  const sources = Object.entries(memory.library).map(([name, text]) => ({ file: `stdlib/${name}`, text }));
  let library: Library | undefined;
  const read = (path: string): Uint8Array => {
    const found = contents[path];
    if (found === undefined) throw Object.assign(new Error(`there is no file ${path}`), { code: "ENOENT" });
    return found;
  };
  return {
    version: memory.version ?? "unknown",
    get library() {
      library ??= new Library(sources);
      return library;
    },
    hasFiles: memory.files !== undefined,
    files,
    disk: diskOf(files, read),
    devices: memory.devices ?? ONE_THREAD,
    currentFolder: "",
    read,
    folderOf: (path) => path.replace(/[^/]*$/, "").replace(/\/$/, ""),
    beside,
    neighbours: () => [],
    identify: (path) => path,
    outsideOf: () => undefined,
    pathOf: (uri) => uri.replace(/^dnn:\/\/\//, ""),
    uriOf: (path) => (path.startsWith("stdlib/") ? `dnn:///${path}` : path),
  };
}

/** Documents of a page have addresses, files in memory paths. */
function beside(path: string, written: string): string {
  if (URL.canParse(path)) return new URL(written, path).href;
  return new URL(written, `memory:/${path}`).pathname.slice(path.startsWith("/") ? 0 : 1);
}

const diskOf = (files: FileReader, read: (path: string) => Uint8Array): Host["disk"] => ({
  read: async (path) => read(path),
  list: (path) => files.list(path).catch(() => []),
  async kindOf(path) {
    const isFile = await files.read(path).then(
      () => true,
      () => false,
    );
    return isFile ? "file" : (await files.exists(path)) ? "folder" : undefined;
  },
  modifiedAt: async () => 0,
});
