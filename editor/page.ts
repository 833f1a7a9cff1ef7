// The entry for pages: the language server in a web worker, without files. Programs are what the page sends; data that lies in
// files stands for itself, as far as its source says what fields it has.

import { Modules } from "../compiler/check/program/modules.ts";
import { libraryScope, openProgram, type ReadImport } from "../compiler/check/program/program.ts";
import { checkParts } from "../project/check/parts.ts";
import { memoryFiles } from "../runtime/files/files.ts";
import type { Host } from "./server/host.ts";

export type { Host } from "./server/host.ts";
export { serve } from "./server/server.ts";

const NO_FILES = { base: "", files: memoryFiles({}), isEmpty: true };

/** `library`: the texts of stdlib/ by their file names. */
export function pageHost(library: Readonly<Record<string, string>>): Host {
  const sources = Object.entries(library).map(([name, text]) => ({ file: `stdlib/${name}`, text }));
  const scope = libraryScope(sources);
  const known = new Map(sources.map(({ file, text }) => [file, text]));
  const open = new Map<string, string>();
  const beside = (path: string, written: string): string => new URL(written, path).href;
  return {
    open(path, text, readText) {
      const read: ReadImport = (written, from) => {
        const file = beside(from, written);
        const found = open.get(file);
        return found === undefined ? `${written} is not open` : { file, text: found };
      };
      const source = { file: path, text };
      const { program, diagnostics } = openProgram(source, scope, read, [], new Modules(), readText);
      return { path, program, syntax: diagnostics };
    },
    check: ({ program }, wanted) => checkParts(program, () => NO_FILES, wanted),
    text: (path) => known.get(path) ?? open.get(path),
    pathOf: (uri) => uri.replace(/^dnn:\/\/\//, ""),
    uriOf: (path) => (path.startsWith("stdlib/") ? `dnn:///${path}` : path),
    beside,
    neighbours: (path) => [...open.keys()].filter((p) => p !== path).map((p) => p.split("/").at(-1)!),
    overlay(path, text) {
      if (text === undefined) open.delete(path);
      else open.set(path, text);
    },
  };
}
