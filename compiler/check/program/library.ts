// The library: its texts in, one scope out. Only headers are looked for when it is opened; a definition is parsed when it
// is first asked for, since a program uses a dozen of them and reading all takes longer than reading most programs.
// Invariant: what is found does not depend on what was asked before.

import { parse } from "../../../grammar/parser/parse.ts";
import type { Callable, DefinitionValue, Value } from "../values/values.ts";
import { numberValue, Scope } from "../values/values.ts";

export interface Source {
  readonly file: string;
  readonly text: string;
}

/** Where a definition stands: from the comments above it to the next definition's. */
interface Place {
  readonly source: Source;
  readonly head: string;
  readonly start: number;
  readonly end: number;
}

const header = /^(?:#.*\n)*(block|cell|fn|model|optimizer|schedule) (\w+)/gm;

export class Library extends Scope {
  private readonly places = new Map<string, Place>();
  /** Those that were parsed so far. */
  readonly read = new Map<string, DefinitionValue>();
  readonly sources: readonly Source[];

  constructor(sources: readonly Source[]) {
    super();
    this.sources = sources;
    for (const name of ["batch", "data", "time", "space", "depth_axis"])
      this.set(name, { kind: "string", value: name });
    this.set("pi", numberValue(Math.PI));
    this.set("infinity", numberValue(Number.POSITIVE_INFINITY));
    for (const source of sources) {
      const headers = [...source.text.matchAll(header)];
      for (const [i, { 1: head = "", 2: name = "", index: start }] of headers.entries())
        this.places.set(name, { source, head, start, end: headers[i + 1]?.index ?? source.text.length });
    }
  }

  override get(name: string): Value | undefined {
    const known = this.names.get(name) ?? this.read.get(name);
    if (known) return known;
    const place = this.places.get(name);
    if (!place) return undefined;
    const value: DefinitionValue = { kind: "definition", definition: readDefinition(place), scope: this };
    this.read.set(name, value);
    return value;
  }

  override headOf(name: string): string | undefined {
    return this.places.get(name)?.head;
  }

  override all(): string[] {
    return [...this.names.keys(), ...this.places.keys()];
  }
}

/** Spaces stand for what is above it, so that its spans are those of the whole file. */
function readDefinition({ source, start, end }: Place): Callable {
  const { file, diagnostics } = parse(" ".repeat(start) + source.text.slice(start, end), source.file);
  for (const { message } of diagnostics) throw new Error(`${source.file}: ${message}`);
  return file.definitions[0] as Callable;
}
