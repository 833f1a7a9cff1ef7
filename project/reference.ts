// Everything that a program may name without declaring it, with what the manual and `dnn explain` say of it: definitions of
// stdlib, the language's functions and names, data sources, and the words of a training. Out: entries in groups, in the order
// of the manual. All texts come from where the things themselves are defined.

import { lookUp } from "../compiler/arithmetic/lookup.ts";
import { BUILTIN_NOTES, NAME_NOTES, type Note, nameIn } from "../compiler/check/builtins/notes.ts";
import { SETTINGS } from "../compiler/check/names/settings.ts";
import { SHOWN } from "../compiler/check/names/trainingwords.ts";
import { parse } from "../grammar/parser/parse.ts";
import { describeSource, type SourceDescription, sourceNames } from "../runtime/data/sources/all.ts";
import { signatureOf, textsFrom } from "./documentation.ts";

export interface Entry {
  /** Its names; most have one. */
  readonly names: readonly string[];
  readonly signature: string;
  readonly text: string;
  /** Of a definition: the file in stdlib and the line. */
  readonly place?: { readonly file: string; readonly line: number };
  readonly source?: SourceDescription;
  /** Of a word that stands in several places: the name of each, and what it says of the word. */
  readonly uses?: readonly (readonly [of: string, text: string])[];
}

export interface Group {
  readonly title: string;
  /** The kind of the entries, in a word or two. */
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
  "algebra.dnn": "Algebra",
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
  const source = describeSource(name);
  if (!source) throw new Error(`there is no source of data '${name}'`);
  return { names: [name], signature: source.signature, text: source.documentation, source };
}

const words = (texts: Readonly<Record<string, string>>): readonly Entry[] =>
  Object.entries(texts).map(([signature, text]) => fromNote({ signature, text }));

// `clip.value` is written `clip value=0.5`.
const SETTING_ENTRIES = Object.entries(SETTINGS).map(([name, { text }]) =>
  fromNote({ signature: name.replace(".", " "), text }),
);

/** Words of the grammar, and what stands for arguments everywhere; the manual has them in their places. */
const WORDS: Readonly<Record<string, string>> = {
  model: "one network: `model net(image: [28, 28, 1]) { ... }`; all of its calls share its parameters",
  block: "a part with parameters of its own: `block name(n) { ... }`; each line that uses it makes a new one",
  cell: "one time step with states: `cell name(n) { state h: [n]; ... }`; as a layer it runs over the first axis of its input",
  fn: "a function without parameters that are learned: `fn f(x) = ...`",
  train: "a training: `train NAME on DATA { loss ...; epochs 10 }`",
  on: "before the name of a training's data: `train net on d { ... }`",
  data: "where examples come from: `data digits = digits()`, with a body that changes fields: `data d = csv(...) { x = normalize(x) }`",
  optimizer:
    "a rule that moves a parameter: `optimizer mine(lr) { param -= lr * grad }`; in a training, the line that chooses one",
  schedule:
    "a factor for the rate over time: `schedule halving(t) = 0.5^floor(t)`; in a training, the line that chooses one",
  every: "how often: `show images(e) every epoch`, `keep every 5` epochs, `keep every restart`",
  "epoch, epochs": "a pass over the training data: `epochs 10`, `show images(e) every epoch`",
  steps:
    "moves of the parameters, as what a schedule counts: `warmup(500, per=steps)`; or turns of a cell: `net(none, steps=10)`",
  "whole, number":
    "what an argument may be, behind a parameter's name: `block b(n: whole from 1, p: number from 0 below 1)`",
  "to, above, below": "the bounds of an argument, beside `from`: `p: number above 0 to 1`, `p: number from 0 below 1`",
  "axis, side": "what a list has one number for: `size: whole from 1 per axis`; `per side` allows a pair for each axis",
  per: "`whole from 1 per axis` of a parameter; `warmup(500, per=steps)` of a schedule",
  grad: "in an `optimizer`, the gradient of the parameter; `grad(y, x)` is a derivative anywhere",
  t: "in an `optimizer`, the number of updates from 1; in a `schedule`, the time in epochs",
  total: "in a `schedule`, the length of the training in epochs",
  import: 'definitions of another file: `import "parts.dnn"`, or `import a, b from "parts.dnn"`',
  from: 'between the names and the file: `import a from "parts.dnn"`; or the least value of an argument: `n: whole from 1`',
  param: "a tensor that is learned: `param w: [3, 4] = he`",
  state: "a tensor that is kept: in a cell from step to step, elsewhere from batch to batch: `state h: [n] = 0`",
  fixed: "parameters that no training moves: `fixed param m: [3] = 0`, or a line `fixed dense 64`",
  it: "the value of the line above; in a definition, at first its input",
  if: "`if c then a else b` chooses values, element by element where c is a tensor; `if c { ... } else { ... }` chooses lines",
  "then, else": "the two cases of a choice: `if c then a else b`; of lines, `if c { ... } else { ... }`",
  for: "lines for each item, each time with new parameters: `for i in 0..3 { ... }`",
  in: "before what a `for` goes over: `for n in [16, 32] { ... }`",
  repeat: "lines several times, each time with new parameters: `repeat 3 { dense 64; relu }`",
  branch: "one of several ways for the same value: `concat { branch { ... } branch { ... } }`",
  step: "a step of a training with goals of its own: `step generator { minimize ... }`",
  update: "a parameter or state that a step moves itself: `update map.w += ...`",
  and: "both: `a and b`; of tensors the product",
  or: "one of them: `a or b`; of tensors the larger",
  not: "the opposite: `not a`; of tensors 1 - a",
  true: "on, for flags: `bias=true`, which is short `bias`",
  false: "off, for flags: `bias=false`, which is short `nobias`",
  none: "the value that is not there: `target: [T] of V = none`; `given(x)` asks for it",
  of: "before the number of classes of each element: `[T] of V`",
  class: "a single class: `label: class 10`",
  stride: "how far a window moves: `conv 3x3 8 s2` is stride=2; sizes become (W - F + 2P)/S + 1",
  padding: "zeros around the input of a window: `p1` keeps the size with 3x3, `p2` with 5x5",
  dilation: "the distance of a window's points: `conv 3x3 8 d2` reaches over 5 x 5",
  groups: "parts of the depth that are convolved apart: `conv 3x3 32 g4`; as many groups as depth is depthwise",
};

/** All groups; `library` gives the files of stdlib, name and text. */
export function referenceGroups(library: ReadonlyMap<string, string>): readonly Group[] {
  const titles = [...library.keys()].map((f) => [f, FILES[f] ?? f] as const);
  const order = Object.keys(FILES);
  const files = titles.toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return [
    ...files.map(([f, title]) => ({ title, kind: "of the library", entries: definitionsIn(f, lookUp(library, f)) })),
    ...[...BUILTIN_NOTES].map(([title, list]) => ({
      title,
      kind: "part of the language",
      entries: list.map(fromNote),
    })),
    { title: "Words of the language", kind: "a word of the language", entries: words(WORDS) },
    { title: "Names", kind: "part of the language", entries: NAME_NOTES.map(fromNote) },
    { title: "Data sources", kind: "a data source", entries: sourceNames().map(sourceEntry) },
    { title: "Lines of a training", kind: "a line of a training", entries: SETTING_ENTRIES },
    { title: "What `show` makes", kind: "after `show` in a training", entries: words(SHOWN) },
  ];
}
