// A program's file, read and opened: its text, its checked definitions above the library, and all texts for messages.

import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Modules } from "../compiler/check/program/modules.ts";
import {
  type GivenSettings,
  libraryScope,
  openProgram,
  type Program,
  type ReadImport,
} from "../compiler/check/program/program.ts";
import type { Scope } from "../compiler/check/values/values.ts";
import { Texts } from "../compiler/diagnostics/lines.ts";
import { parse } from "../grammar/parser/parse.ts";
import type { Diagnostic } from "../grammar/syntax/span.ts";
import { Failure, failure } from "./failure.ts";

export interface Opened {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly syntax: readonly Diagnostic[];
}

/** Texts of everything that was opened in this process. */
export const texts = new Texts();

let library: Scope | undefined;

/** The folder of the library: beside the sources, or beside the built files. */
export function libraryFolder(): URL {
  const near = ["../stdlib/", "../../stdlib/"].map((path) => new URL(path, import.meta.url));
  return near.find((url) => existsSync(url)) ?? near[0]!;
}

export function openLibrary(): Scope {
  if (library) return library;
  const folder = libraryFolder();
  const names = readdirSync(folder).filter((name) => name.endsWith(".dnn"));
  const sources = names.sort().map((name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    texts.add(`stdlib/${name}`, text);
    return { file: `stdlib/${name}`, text };
  });
  library = libraryScope(sources);
  return library;
}

/** The text of a program file. Failure `source/...` where it is missing, a folder, unreadable or no text. */
export async function readSource(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, error instanceof Error && "code" in error ? String(error.code) : String(error));
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw failure("source/not-text", `${path} is not UTF-8 text`, { hint: "save the program as UTF-8" });
  }
}

export function unreadable(path: string, code: string): Failure {
  if (code === "ENOENT" || code === "ENOTDIR")
    return failure("source/not-found", `there is no file ${path}`, { hint: "give the path of a .dnn program" });
  if (code === "EISDIR")
    return failure("source/folder", `${path} is a folder, not a program`, {
      hint: `name a file in it: ${path}/FILE.dnn`,
    });
  const why = code === "EACCES" || code === "EPERM" ? "this user may not read it" : code;
  return failure("source/unreadable", `cannot read ${path}: ${why}`, {
    hint: "change its permissions, or name a program that this user may read",
  });
}

export async function openSource(path: string, given: GivenSettings = {}): Promise<Opened> {
  return openText(path, await readSource(path), new Map(), parse, given);
}

/** Texts that stand before those on the disk, by their absolute paths: what is open in an editor. */
export type Unsaved = ReadonlyMap<string, string>;

export function openText(
  path: string,
  text: string,
  unsaved: Unsaved = new Map(),
  readText = parse,
  given: GivenSettings = {},
): Opened {
  texts.add(path, text);
  const source = { file: path, text };
  const reader = importReader(path, unsaved);
  const { program, diagnostics } = openProgram(source, openLibrary(), reader, [], new Modules(), readText, given);
  return { path, text, program, syntax: diagnostics };
}

/** Imported files lie in the folder of the program, or in the current one where that contains it; links do not lead out. */
function importReader(main: string, unsaved: Unsaved): ReadImport {
  const here = real(process.cwd()) ?? process.cwd();
  const folder = real(dirname(resolve(main))) ?? dirname(resolve(main));
  const root = within(here, folder) ? here : folder;
  return (path, from) => {
    const file = join(dirname(from), path);
    const place = real(resolve(file));
    if (!within(root, place ?? resolve(file))) return `${path} lies outside of ${root}`;
    const open = unsaved.get(place ?? resolve(file));
    if (open !== undefined) {
      texts.add(file, open);
      return { file, text: open };
    }
    if (place === undefined) return `there is no file ${file}`;
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(place));
      texts.add(file, text);
      return { file, text };
    } catch (error) {
      return `cannot read ${file}: ${error instanceof TypeError ? "it is not UTF-8 text" : String(error)}`;
    }
  };
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function within(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && resolve(folder, way) === path);
}

/** As `openSource`, with settings of the command line; mistakes of syntax are a failure. */
export async function openForUse(path: string, given: GivenSettings = {}): Promise<Opened> {
  const opened = await openSource(path, given);
  if (hasErrors(opened.syntax)) throw new Failure(opened.syntax);
  return opened;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
