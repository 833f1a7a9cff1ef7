// What the language server asks of the place it runs in: a machine with files, or a page without.

import type { Observer } from "../../compiler/check/frame.ts";
import type { Program } from "../../compiler/check/program.ts";
import type { Diagnostic } from "../../grammar/span.ts";

export interface Host {
  /** Opens a text as a program and finds its mistakes; imports see the texts that are open, saved or not. */
  check(
    path: string,
    text: string,
    observer: Observer,
  ): Promise<{ readonly opened: { readonly program: Program }; readonly diagnostics: readonly Diagnostic[] }>;
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
