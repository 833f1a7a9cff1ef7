// The programs of a host: a file read and opened, its checked definitions above the library, and all texts for messages.

import type { Source } from "../compiler/check/program/library.ts";
import { Modules } from "../compiler/check/program/modules.ts";
import { type GivenSettings, openProgram, type Program, type ReadImport } from "../compiler/check/program/program.ts";
import { Texts } from "../compiler/diagnostics/lines.ts";
import { parse } from "../grammar/parser/parse.ts";
import type { Diagnostic } from "../grammar/syntax/span.ts";
import { declarationFor } from "../runtime/data/elsewhere.ts";
import { resolvePath } from "../runtime/files/files.ts";
import type { CheckpointFacts, SavedArray } from "../runtime/train/checkpoint.ts";
import { ArrayFiles } from "./arrayfiles.ts";
import { Failure, failure } from "./failure.ts";
import type { Host } from "./host.ts";

export interface Opened {
  readonly host: Host;
  /** Those that its spans point into. */
  readonly texts: Texts;
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly syntax: readonly Diagnostic[];
  /** The files that it imports, as they were read. */
  readonly imported: readonly Source[];
}

/** Facts that are saved with weights of what a program reads beside its own text: the texts that it imports, and arrays of files. */
export function importsOf({ imported, program }: Opened): Pick<CheckpointFacts, "imports" | "arrays"> {
  const arrays = program.fileTensors.map(
    ({ array: { file, name, shape, whole } }): SavedArray => ({
      file,
      ...(name === undefined ? {} : { name }),
      shape,
      ...(whole ? { whole } : {}),
    }),
  );
  return {
    ...(imported.length > 0 ? { imports: Object.fromEntries(imported.map(({ file, text }) => [file, text])) } : {}),
    ...(arrays.length > 0 ? { arrays } : {}),
  };
}

export class Sources {
  readonly host: Host;
  /** Texts of everything that was opened, and of the library. */
  readonly texts: Texts;
  /** Texts that stand before those on the disk, by what the host identifies them by: what is open in an editor. */
  private readonly unsaved = new Map<string, string>();
  private readonly arrays: ArrayFiles;

  constructor(host: Host) {
    this.host = host;
    this.arrays = new ArrayFiles(host);
    this.texts = new Texts((file) => host.library.sources.find((s) => s.file === file)?.text);
  }

  /** The text of a program file. Failure `source/...` where it is missing, a folder, unreadable or no text. */
  read(path: string): string {
    let bytes: Uint8Array;
    try {
      bytes = this.host.read(path);
    } catch (error) {
      const run = programOfRun(path, (inner) => this.host.read(inner));
      if (run !== undefined)
        throw failure("source/folder", `${path} is a run, and a program is needed here`, {
          hint: `it was trained from ${run}: name that; \`--weights ${path}\` takes its weights`,
        });
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      throw unreadable(path, code, this.host.currentFolder);
    }
    const declared = declarationFor(path);
    if (declared !== undefined)
      throw failure("source/not-program", `${path} is a file of data, not a program`, {
        hint: `a program is a file that ends in .dnn and names its data: \`data d = ${declared}\``,
      });
    try {
      return decode(bytes);
    } catch {
      throw failure("source/not-text", `${path} is not UTF-8 text`, { hint: "save the program as UTF-8" });
    }
  }

  open(path: string, given: GivenSettings = {}): Opened {
    return this.openText(path, this.read(path), parse, given);
  }

  /** `readText`: how the text itself is parsed; imports see the texts that are open in an editor, saved or not. */
  openText(
    path: string,
    text: string,
    readText = parse,
    given: GivenSettings = {},
    saved: readonly SavedArray[] = [],
  ): Opened {
    const { host, texts } = this;
    texts.add(path, text);
    const source = { file: path, text };
    const imported: Source[] = [];
    const reader = this.importReader(path, imported);
    const modules = new Modules<Program>((file, name, from) => this.arrays.read(file, name, from, saved));
    const { program, diagnostics } = openProgram(source, host.library, reader, [], modules, readText, given);
    return { host, texts, path, text, program, syntax: diagnostics, imported };
  }

  /** As `open`; mistakes of syntax are a failure. `saved`: arrays of a run, which stand for files that are not there. */
  openForUse(path: string, given: GivenSettings = {}, saved: readonly SavedArray[] = []): Opened {
    return this.openTextForUse(path, this.read(path), given, saved);
  }

  /** A text that lies elsewhere now, as if it were at its path. */
  openTextForUse(path: string, text: string, given: GivenSettings = {}, saved: readonly SavedArray[] = []): Opened {
    const opened = this.openText(path, text, parse, given, saved);
    if (hasErrors(opened.syntax)) throw new Failure(opened.syntax);
    return opened;
  }

  /** Takes the text of a document that is open in an editor; undefined once it is closed. */
  overlay(path: string, text: string | undefined): void {
    const key = this.host.identify(path);
    if (text === undefined) this.unsaved.delete(key);
    else this.unsaved.set(key, text);
  }

  /** The text of a file that a span points into. */
  textOf(path: string): string | undefined {
    // The text that was read last may be an unsaved one.
    return this.unsaved.get(this.host.identify(path)) ?? this.texts.get(path)?.text ?? this.textOnDisk(path);
  }

  private textOnDisk(path: string): string | undefined {
    try {
      return new TextDecoder().decode(this.host.read(path));
    } catch {
      return undefined;
    }
  }

  private importReader(main: string, imported: Source[]): ReadImport {
    const { host, texts, unsaved } = this;
    return (written, from) => {
      const file = host.beside(from, written);
      const root = host.outsideOf(main, file);
      if (root !== undefined) return `${written} lies outside of ${root}`;
      try {
        const text = unsaved.get(host.identify(file)) ?? decode(host.read(file));
        texts.add(file, text);
        if (!imported.some((source) => source.file === file)) imported.push({ file, text });
        return { file, text };
      } catch (error) {
        return whyNoImport(file, written, error, host);
      }
    };
  }
}

function whyNoImport(file: string, written: string, error: unknown, { hasFiles }: Host): string {
  if (error instanceof TypeError) return `cannot read ${file}: it is not UTF-8 text`;
  const isMissing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
  if (!isMissing) return `cannot read ${file}: ${String(error)}`;
  return hasFiles ? `there is no file ${file}` : `${written} is not open`;
}

const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** The program that a run in the place of a program came from; undefined for a folder that is no run, and where the run does not say. */
export function programOfRun(folder: string, read: (path: string) => Uint8Array): string | undefined {
  try {
    read(resolvePath(folder, "latest"));
    const { file } = JSON.parse(new TextDecoder().decode(read(resolvePath(folder, "run.json")))) as { file?: unknown };
    return typeof file === "string" ? file : undefined;
  } catch {
    return undefined;
  }
}

export function unreadable(path: string, code: string, folder?: string): Failure {
  if (code === "ENOENT" || code === "ENOTDIR")
    return failure("source/not-found", `there is no file ${path}`, {
      hint: path.endsWith(".dnn")
        ? `relative paths start from the folder of the command${folder === undefined || folder === "" ? "" : `, ${folder}`}`
        : `a program's file ends in .dnn: write ${path}.dnn`,
    });
  if (code === "EISDIR")
    return failure("source/folder", `${path} is a folder, not a program`, {
      hint: `name a file in it: ${path}/FILE.dnn`,
    });
  const why = code === "EACCES" || code === "EPERM" ? "this user may not read it" : code;
  return failure("source/unreadable", `cannot read ${path}: ${why}`, {
    hint: "change its permissions, or name a program that this user may read",
  });
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
