// What the language server asks of the place it runs in: a machine with files, or a page without.

import type { Program } from "../../compiler/check/program/program.ts";
import type { parse } from "../../grammar/parser/parse.ts";
import type { TopLevel } from "../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";

export interface Opened {
  readonly path: string;
  readonly program: Program;
  readonly syntax: readonly Diagnostic[];
}

export interface Host {
  /** Opens a text as a program, parsed as is said; imports see the texts that are open, saved or not. */
  open(path: string, text: string, readText: typeof parse): Opened;
  /** Checks the trainings and models that are wanted: what is wrong with their data; the program collects the rest. */
  check(opened: Opened, wanted: (definition: TopLevel) => boolean): Promise<readonly Diagnostic[]>;
  /** The text of a file that a span points into. */
  text(path: string): string | undefined;
  /** The name of a document in the compiler, and back. */
  pathOf(uri: string): string;
  uriOf(path: string): string;
  /** Programs beside a file, for `import`. */
  neighbours(path: string): readonly string[];
  /** A path as it is written in a file, from where that file lies. */
  beside(path: string, written: string): string;
  /** Texts that are open in the editor stand before those on a disk. */
  overlay(path: string, text: string | undefined): void;
}
