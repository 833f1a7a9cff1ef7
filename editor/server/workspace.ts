// The documents of an editor and what is known of them. An analysis is made once for each text; analyses are made one after
// another, since all share the tables of the compiler, which are emptied in between.

import { forgetNodes } from "../../compiler/graph/node.ts";
import type { Host } from "../../project/host.ts";
import { Sources } from "../../project/source.ts";
import type { Analysis } from "./analysis.ts";
import { analyse } from "./analysis.ts";
import { Parts } from "./parts.ts";
import type { Repaired } from "./repaired.ts";
import { repaired } from "./repaired.ts";

interface Known {
  readonly text: string;
  /** Texts of all open documents have this number: a change in one may change what another imports. */
  readonly stamp: number;
  readonly analysis: Promise<Analysis>;
  /** The text with its mistakes corrected, once that was asked for. */
  repaired?: Promise<Repaired | undefined>;
}

export class Workspace {
  private readonly open = new Map<string, string>();
  private readonly known = new Map<string, Known>();
  private readonly parts = new Map<string, Parts>();
  /** Of the corrected texts. */
  private readonly corrected = new Map<string, Parts>();
  private stamp = 0;
  private last: Promise<unknown> = Promise.resolve();
  readonly sources: Sources;

  constructor(host: Host) {
    this.sources = new Sources(host);
  }

  set(path: string, text: string): void {
    if (this.open.get(path) === text) return;
    this.open.set(path, text);
    this.changed(path, text);
  }

  close(path: string): void {
    this.open.delete(path);
    this.known.delete(path);
    this.parts.delete(path);
    this.corrected.delete(path);
    this.changed(path, undefined);
  }

  private changed(path: string, text: string | undefined): void {
    this.sources.overlay(path, text);
    this.stamp++;
  }

  paths(): readonly string[] {
    return [...this.open.keys()];
  }

  text(path: string): string | undefined {
    return this.open.get(path) ?? this.sources.textOf(path);
  }

  /** The analysis of an open document, or of another program's file; undefined where there is no such file. */
  async analysis(path: string): Promise<Analysis | undefined> {
    const text = this.text(path);
    if (text === undefined) return undefined;
    const known = this.known.get(path);
    if (known && known.text === text && (known.stamp === this.stamp || !imports(text))) return known.analysis;
    const analysis = this.inTurn(path, text, () => this.partsOf(path, text));
    this.known.set(path, { text, stamp: this.stamp, analysis });
    return analysis;
  }

  private inTurn(path: string, text: string, parts: () => Parts): Promise<Analysis> {
    const analysis = this.last.then(() => {
      forgetNodes();
      return analyse(path, text, this.sources, parts());
    });
    this.last = analysis.catch(() => undefined);
    return analysis;
  }

  /** A document with its mistakes corrected, as far as they say how; undefined where none does. */
  async repaired(path: string): Promise<Repaired | undefined> {
    const analysis = await this.analysis(path);
    const known = this.known.get(path);
    if (!analysis || !known || known.text !== analysis.text) return undefined;
    known.repaired ??= repaired(analysis, (text) => this.inTurn(path, text, () => this.correctedOf(path, text)));
    return known.repaired;
  }

  private correctedOf(path: string, text: string): Parts {
    const parts = (!imports(text) && this.corrected.get(path)) || new Parts(path);
    this.corrected.set(path, parts);
    return parts;
  }

  /** The previous findings; of no use where another file may have changed. */
  private partsOf(path: string, text: string): Parts {
    const known = this.parts.get(path);
    if (known && !imports(text)) return known;
    const made = new Parts(path);
    this.parts.set(path, made);
    return made;
  }

  /** Open documents, the files beside them and what they import: where a name of one may be used. */
  async related(path: string): Promise<readonly Analysis[]> {
    const { host } = this.sources;
    const paths = new Set([path, ...this.open.keys(), ...host.neighbours(path).map((n) => host.beside(path, n))]);
    const found: Analysis[] = [];
    for (const p of paths) {
      const analysis = await this.analysis(p);
      if (analysis) found.push(analysis);
    }
    return found;
  }
}

const imports = (text: string): boolean => /^\s*import\b/m.test(text);
