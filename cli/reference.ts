// Everything that a program may name without declaring it, with what the manual and `dnn explain` say of it: definitions of
// stdlib, the language's functions and names, data sources, and the words of a training. Out: entries in groups, in the order
// of the manual. All texts come from where the things themselves are defined.

import { BUILTIN_NOTES, NAME_NOTES, type Note, nameIn } from "../compiler/check/builtins/notes.ts";
import { SETTINGS, SHOWN } from "../compiler/check/meanings.ts";
import { signatureOf, textsFrom } from "../editor/server/documentation.ts";
import { parse } from "../grammar/parse.ts";
import { describeSource, type SourceDescription, sourceNames } from "../runtime/data/sources.ts";

export interface Entry {
  /** What it is called by; most have one name. */
  readonly names: readonly string[];
  readonly signature: string;
  readonly text: string;
  /** Of a definition: the file in stdlib and the line. */
  readonly place?: { readonly file: string; readonly line: number };
  readonly source?: SourceDescription;
}

export interface Group {
  readonly title: string;
  /** What the entries are, in a word or two. */
  readonly kind: string;
  readonly entries: readonly Entry[];
}

/** Titles of the library's files, in the order of the manual. */
const FILES: Readonly<Record<string, string>> = {
  "layers.dnn": "Layers",
  "recurrent.dnn": "Cells",
  "attention.dnn": "Attention",
  "activations.dnn": "Activations",
  "losses.dnn": "Losses",
  "metrics.dnn": "Metrics",
  "optimizers.dnn": "Optimizers",
  "schedules.dnn": "Schedules",
  "initialisers.dnn": "Initialisers",
  "data.dnn": "Functions for data",
};

/** The definitions of one file of stdlib. */
function definitionsIn(file: string, text: string): readonly Entry[] {
  const textOf = textsFrom(() => text);
  return parse(text, file).file.definitions.flatMap((d): Entry[] => {
    if (d.kind === "import" || d.kind === "binding") return [];
    const line = text.slice(0, d.name.span.start).split("\n").length;
    const signature = signatureOf(d, textOf).label;
    return [{ names: [d.name.text], signature, text: d.documentation, place: { file, line } }];
  });
}

const fromNote = (note: Note): Entry => ({
  names: nameIn(note).split(", "),
  signature: note.signature,
  text: note.text,
});

function sourceEntry(name: string): Entry {
  const source = describeSource(name)!;
  return { names: [name], signature: source.signature, text: source.documentation, source };
}

const words = (texts: Readonly<Record<string, string>>): readonly Entry[] =>
  Object.entries(texts).map(([signature, text]) => fromNote({ signature, text }));

/** All groups; `library` gives the files of stdlib, name and text. */
export function referenceGroups(library: ReadonlyMap<string, string>): readonly Group[] {
  const titles = [...library.keys()].map((f) => [f, FILES[f] ?? f] as const);
  const order = Object.keys(FILES);
  const files = titles.toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return [
    ...files.map(([f, title]) => ({ title, kind: "of the library", entries: definitionsIn(f, library.get(f)!) })),
    ...[...BUILTIN_NOTES].map(([title, list]) => ({
      title,
      kind: "part of the language",
      entries: list.map(fromNote),
    })),
    { title: "Names", kind: "part of the language", entries: NAME_NOTES.map(fromNote) },
    { title: "Data sources", kind: "a data source", entries: sourceNames().map(sourceEntry) },
    { title: "Lines of a training", kind: "a line of a training", entries: words(SETTINGS) },
    { title: "What `show` makes", kind: "after `show` in a training", entries: words(SHOWN) },
  ];
}
