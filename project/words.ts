// Words that are no names by themselves: arguments and their values, fields of data sources, words in a training's lines, and what
// the comment above a definition says of it. In: the entries of the reference, and the records that the words stand in. Out: what
// `dnn explain` says of each. A word that a record has is found without a list here.

import { builtins } from "../compiler/check/builtins/all.ts";
import { ROLES, TAGS } from "../compiler/check/frame/roles.ts";
import { parametersOf } from "../compiler/check/names/meanings.ts";
import { SETTINGS } from "../compiler/check/names/settings.ts";
import { SHOWN, wordsOf } from "../compiler/check/names/trainingwords.ts";
import { parse } from "../grammar/parser/parse.ts";
import { OPTIONS } from "../grammar/syntax/queries.ts";
import { SOURCES } from "../runtime/data/sources/all.ts";
import type { Entry, Group } from "./reference.ts";

/** A place where a word stands: the name of what has it, and a line about it. */
interface Use {
  readonly word: string;
  readonly of: string;
  readonly text: string;
}

const WORD = /^[a-z_]\w*$/i;

/** Arguments whose meaning is the same wherever they stand. */
const MEANINGS: Readonly<Record<string, string>> = {
  same: "pads so that a window gives ceil(W/S) places, an odd row below and right: `conv 3x3 8 s2 same`",
  causal:
    "lets no step see a later one: a window over time is padded before the first step only, attention looks back only",
  floor: "drops what does not fill a last window: sizes become floor((W - F + 2P)/S) + 1",
  ceil: "adds a last window that is not full: sizes become ceil((W - F + 2P)/S) + 1",
  global: "pools everything into one place: `avgpool global`",
  output_padding:
    "rows that a transposed convolution adds below and right, to reach a size: `upconv 3x3 8 s2 p1 output_padding=1`",
  bias: "whether a layer adds a learned number to each output; `nobias` leaves it out",
  over: "the axes that a function goes along: `over=-1`, `over=[0, 1]`, or `time`, `space`, `depth`, `batch`, `data`",
  keep: "keeps the axes that a function went over, with the size 1, so that its result fits the value again",
  where: "a condition: places where it is 0 take no part",
  lr: "the learning rate, the length of a step: `optimizer adam lr=1e-3`",
  eps: "a small number that keeps a divisor from zero",
};

/** The arguments of what stands in the groups of the reference: each with the signature of what has it. */
const inGroups = (groups: readonly Group[], library: ReadonlyMap<string, string>): readonly Use[] => {
  const entries = groups.flatMap((g) => g.entries);
  const textOf = (name: string): string => entries.find((e) => e.names.includes(name))?.signature ?? name;
  const definitions = [...library].flatMap(([file, text]) => parse(text, file).file.definitions);
  const ofLibrary = definitions.flatMap((d) =>
    d.kind === "import" || d.kind === "binding"
      ? []
      : parametersOf(d).map((p) => ({ word: p.name.text, of: d.name.text, text: textOf(d.name.text) })),
  );
  const ofLanguage = Object.entries(builtins).flatMap(([name, { parameters }]) =>
    Object.keys(parameters).map((word) => ({ word, of: name, text: textOf(name) })),
  );
  return [...ofLibrary, ...ofLanguage];
};

const OF_SOURCES: readonly Use[] = SOURCES.flatMap(({ name, parameters, fields }) => [
  ...parameters.map((p) => ({ word: p.name, of: name, text: p.documentation })),
  ...parameters.flatMap((p) => valuesOf(p).map((word) => ({ word, of: name, text: `${p.name}: ${p.documentation}` }))),
  ...fields.map((f) => ({ word: f.name, of: name, text: `a field, ${f.type}: ${f.documentation}` })),
]);

function valuesOf({ choices = [], default: usual }: (typeof SOURCES)[number]["parameters"][number]): readonly string[] {
  const values = new Set([...choices, ...(typeof usual === "string" ? [usual] : [])]);
  return [...values].filter((value) => WORD.test(value));
}

const OF_TRAININGS: readonly Use[] = [
  ...Object.entries(SETTINGS).flatMap(([name, { text, example }]) => {
    const [line = name, argument] = name.split(".");
    const use = { of: line, text: `\`${example}\`: ${text}` };
    return [...wordsOf(name as keyof typeof SETTINGS), ...(argument ? [argument] : [])].map((word) => ({
      word,
      ...use,
    }));
  }),
  ...Object.entries(SHOWN).flatMap(([signature, text]) => {
    const [name = "", inside = ""] = signature.replace(")", "").split("(");
    const words = inside.split(", ").map((p) => p.replace(/=.*/, ""));
    return words.filter((w) => WORD.test(w)).map((word) => ({ word, of: `show ${name}`, text }));
  }),
];

const TAG_TEXTS: Readonly<Record<string, string>> = {
  role: "names roles, by which checks and lints know a definition: `# @role activation`",
  "by-name": "parameters that are given by name only: `# @by-name eps: write eps=1e-5`",
  rate: "between which learning rates an optimizer works: `# @rate 1e-8 0.2`",
  "takes-layer": "says, with an example, that a block's parameters are layers",
  renamed: "keeps weights that were saved under an earlier name working: `# @renamed shift -> bias`",
};

const entry = (signature: string, text: string, names: readonly string[] = [signature]): Entry => ({
  names,
  signature,
  text,
});

/** `s` and `s2`, as an option of a layer is written. */
const OPTION_ENTRIES: readonly Entry[] = Object.entries(OPTIONS).map(([letter, name]) => {
  const names = [letter, ...Array.from({ length: 100 }, (_, n) => `${letter}${n}`)];
  return entry(
    `${letter}2`,
    `short for ${name}=2, for any block with a parameter \`${name}\`: \`conv 3x3 8 ${letter}2\``,
    names,
  );
});

/** The words that switch a flag: `bias`, `nobias`. */
function namesOf(word: string, flags: ReadonlySet<string>): readonly string[] {
  return flags.has(word) ? [word, `no${word}`] : [word];
}

function flagsOf(library: ReadonlyMap<string, string>): ReadonlySet<string> {
  const definitions = [...library].flatMap(([file, text]) => parse(text, file).file.definitions);
  const parameters = definitions.flatMap((d) => (d.kind === "import" || d.kind === "binding" ? [] : parametersOf(d)));
  return new Set(parameters.filter((p) => p.default?.kind === "boolean").map((p) => p.name.text));
}

/** Each word with what has it; `groups` are those of the reference. */
export function wordGroups(groups: readonly Group[], library: ReadonlyMap<string, string>): readonly Group[] {
  const uses = Map.groupBy([...inGroups(groups, library), ...OF_SOURCES, ...OF_TRAININGS], (use) => use.word);
  const flags = flagsOf(library);
  const words = [...uses].map(([word, list]): Entry => {
    const rows = new Map(list.map(({ of, text }) => [of, text]));
    return { ...entry(word, MEANINGS[word] ?? "", namesOf(word, flags)), uses: [...rows] };
  });
  const roles = Object.entries(ROLES).map(([role, text]) => entry(role, text));
  const tags = TAGS.map((tag) => entry(`@${tag}`, TAG_TEXTS[tag] ?? "", [tag, `@${tag}`]));
  return [
    { title: "Arguments, fields and their values", kind: "a word beside names", entries: words },
    { title: "Options", kind: "a short form of an argument", entries: OPTION_ENTRIES },
    { title: "Roles", kind: "a role, in a comment line `# @role ...` above a definition", entries: roles },
    { title: "Tags", kind: "a tag, in the comment above a definition", entries: tags },
  ];
}
