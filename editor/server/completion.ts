// Completion: layers with their arguments as snippets, parameters and flags of what is being called, names
// in scope, fields, sizes, data, settings of a training, files to import.

import { builtins } from "../../compiler/check/builtins/all.ts";
import { builtinNote } from "../../compiler/check/builtins/notes.ts";
import type { Definition, NameKind } from "../../compiler/check/names/meanings.ts";
import { parametersOf } from "../../compiler/check/names/meanings.ts";
import { membersOf } from "../../compiler/check/names/resolve.ts";
import { SETTINGS } from "../../compiler/check/names/settings.ts";
import { SHOWS } from "../../compiler/check/names/trainingwords.ts";
import type { Value } from "../../compiler/check/values/values.ts";
import { fieldNotes, signatureOf, textsFrom } from "../../project/documentation.ts";
import type { Sources } from "../../project/source.ts";
import { describeSource, sourceNames } from "../../runtime/data/sources/all.ts";
import type { Analysis } from "./analysis.ts";
import { definitionNamed, valueText } from "./analysis.ts";
import type { Situation } from "./situation.ts";
import { situationAt } from "./situation.ts";

export interface Completion {
  readonly label: string;
  readonly kind: NameKind | "keyword" | "file";
  readonly detail?: string;
  readonly documentation?: string;
  /** The text to insert, with `${1:places}` to fill, where it is more than the label. */
  readonly snippet?: string;
}

export function completionsAt(analysis: Analysis, offset: number, sources: Sources): readonly Completion[] {
  const s = situationAt(analysis, offset);
  if (s.within === "comment") return [];
  if (s.within === "text") return s.before.includes("import") ? files(analysis, sources) : [];
  const last = s.before.at(-1);
  if (last === ".") return fields(analysis, s);
  if (s.open.length === 0) return outside(analysis, s);
  if (last === "optimizer" || last === "schedule") return definitions(analysis, sources, [last]);
  if (last === "show") return SHOWS.map((label) => ({ label, kind: "setting", snippet: `${label}($1)` }));
  if (s.open.at(-1) === "[" && s.before.includes(":")) return sizes(analysis);
  const values = [...locals(analysis, s, offset), ...functions(analysis, sources)];
  if (s.call) return [...parameters(analysis, s, sources), ...values];
  return s.before.length === 0 ? [...starts(analysis, s, sources), ...values] : values;
}

// ---------------------------------------------------------------- outside of definitions

const HEADERS: readonly Completion[] = [
  {
    label: "model",
    kind: "keyword",
    snippet: "model ${1:net}(${2:x}: [${3:28, 28, 1}]) {\n  $0\n}",
    detail: "one network",
  },
  { label: "block", kind: "keyword", snippet: "block ${1:name}(${2:n}) {\n  $0\n}", detail: "a part with parameters" },
  {
    label: "cell",
    kind: "keyword",
    snippet: "cell ${1:name}(${2:n}) {\n  state h: [${2:n}]\n  $0\n  h\n}",
    detail: "one time step",
  },
  { label: "fn", kind: "keyword", snippet: "fn ${1:name}(${2:x}) = $0", detail: "a function of tensors" },
  { label: "data", kind: "keyword", snippet: "data ${1:name} = $0", detail: "where examples come from" },
  {
    label: "train",
    kind: "keyword",
    snippet:
      "train ${1:run} on ${2:data} {\n  loss ${3:cross_entropy(net(x), label)}\n  optimizer ${4:adam} lr=${5:1e-3}\n  epochs ${6:10}\n}",
    detail: "how a network is trained",
  },
  {
    label: "optimizer",
    kind: "keyword",
    snippet: "optimizer ${1:name}(lr=${2:0.01}) {\n  param -= lr * grad\n}",
    detail: "a rule that moves parameters",
  },
  {
    label: "schedule",
    kind: "keyword",
    snippet: "schedule ${1:name}(t, total) = $0",
    detail: "a factor of the learning rate",
  },
  { label: "import", kind: "keyword", snippet: 'import ${1:name} from "$0"', detail: "definitions of another file" },
];

function outside(analysis: Analysis, { before }: Situation): readonly Completion[] {
  if (before.length === 0) return HEADERS;
  if (before[0] === "data" && before.includes("=")) return sources();
  if (before[0] === "train" && before.at(-1) === "on")
    return [...analysis.program.data.keys()].map((label) => ({ label, kind: "data" }));
  if (before[0] === "train" && before.length > 1) return [{ label: "on", kind: "keyword" }];
  return [];
}

function sources(): readonly Completion[] {
  return sourceNames().flatMap((label) => {
    const source = describeSource(label);
    if (!source) return [];
    const open = source.parameters.filter((p) => p.default === undefined);
    const places = open.map((p, i) =>
      p.kind === "path" || p.kind === "word" ? `"\${${i + 1}:${p.name}}"` : `\${${i + 1}:${p.name}}`,
    );
    const snippet = `${label}(${places.join(", ")})`;
    return [{ label, kind: "source" as const, detail: source.signature, documentation: source.documentation, snippet }];
  });
}

function files(analysis: Analysis, sources: Sources): readonly Completion[] {
  return sources.host.neighbours(analysis.path).map((label) => ({ label, kind: "file" }));
}

// ---------------------------------------------------------------- in a body

const WORDS: readonly Completion[] = [
  { label: "repeat", kind: "keyword", snippet: "repeat ${1:2} {\n  $0\n}" },
  { label: "for", kind: "keyword", snippet: "for ${1:n} in [${2:64, 128}] {\n  $0\n}" },
  { label: "if", kind: "keyword", snippet: "if ${1:training} {\n  $0\n}" },
  { label: "param", kind: "keyword", snippet: "param ${1:w}: [${2:depth(it), n}] = ${3:he}" },
  { label: "state", kind: "keyword", snippet: "state ${1:h}: [${2:n}]" },
  { label: "fixed", kind: "keyword" },
  { label: "branch", kind: "keyword", snippet: "branch { $0 }" },
];

function starts(analysis: Analysis, { definition }: Situation, sources: Sources): readonly Completion[] {
  if (definition?.kind === "train") {
    const settings = Object.entries(SETTINGS).map(
      ([name, { text }]): Completion => ({ label: name.replace(".", " "), kind: "setting", detail: text }),
    );
    const step: Completion = { label: "step", kind: "keyword", snippet: "step ${1:net} {\n  $0\n}" };
    const update: Completion = { label: "update", kind: "keyword", snippet: "update ${1:net.weight} += $0" };
    return [...settings, step, update, ...definitions(analysis, sources, ["model"])];
  }
  return [...WORDS, ...definitions(analysis, sources, ["block-definition", "cell", "model"])];
}

const functions = (analysis: Analysis, sources: Sources): readonly Completion[] => [
  ...definitions(analysis, sources, ["fn"]),
  ...Object.keys(builtins).map((label): Completion => {
    const note = builtinNote(label);
    return { label, kind: "builtin", ...(note ? { detail: note.signature, documentation: note.text } : {}) };
  }),
];

function definitions(analysis: Analysis, sources: Sources, kinds: readonly string[]): readonly Completion[] {
  const textOf = textsFrom((file) => (file === analysis.path ? analysis.text : sources.textOf(file)));
  return [...new Set(analysis.program.scope.all())].flatMap((label): Completion[] => {
    const d = definitionNamed(analysis, label);
    if (!d || !kinds.includes(d.kind)) return [];
    return [
      {
        label,
        kind: d.kind,
        detail: signatureOf(d, textOf).label,
        documentation: d.documentation,
        snippet: snippetOf(d),
      },
    ];
  });
}

/** `conv ${1:3x3}`: the arguments that must be given; a body that it takes last is opened. */
function snippetOf(d: Definition): string {
  const needed = parametersOf(d).filter(
    (p) => !p.default && !(d.kind === "schedule" && ["t", "total"].includes(p.name.text)),
  );
  const own = d.kind === "fn" ? needed.slice(1) : needed;
  const body = own.at(-1)?.name.text === "body";
  const places = (body ? own.slice(0, -1) : own).map(
    (p, i) => `\${${i + 1}:${p.name.text === "size" ? "3x3" : p.name.text}}`,
  );
  if (d.kind === "model") return d.name.text;
  return [d.name.text, ...places, ...(body ? ["{\n  $0\n}"] : [])].join(" ");
}

/** Parameters that the call can still be given by name. */
function parameters(analysis: Analysis, { call }: Situation, sources: Sources): readonly Completion[] {
  const d = call && definitionNamed(analysis, call.head);
  if (!d || call.current !== undefined) return [];
  const textOf = textsFrom((file) => (file === analysis.path ? analysis.text : sources.textOf(file)));
  return parametersOf(d).flatMap((p): Completion[] => {
    const name = p.name.text;
    if (call.named.includes(name)) return [];
    const detail = p.default ? `${name}=${textOf(p.default)}` : name;
    const named: Completion = { label: `${name}=`, kind: "parameter", detail };
    if (p.default?.kind !== "boolean") return [named];
    return [{ label: p.default.value ? `no${name}` : name, kind: "flag", detail }, named];
  });
}

/** Names that the definition around the cursor binds, and the file's models and data. */
function locals(analysis: Analysis, { definition }: Situation, offset: number): readonly Completion[] {
  if (!definition) return [];
  const { start, end } = definition.span;
  const found = new Map<string, Completion>();
  for (const o of analysis.names.all) {
    if (!o.declares || o.span.start < start || o.span.end > end || (o.span.start < offset && offset <= o.span.end))
      continue;
    if (o.meaning.kind === definition.kind) continue;
    const detail = valueText(analysis.values.get(o.span.start));
    found.set(o.meaning.name, {
      label: o.meaning.name,
      kind: o.meaning.kind,
      ...(detail === undefined ? {} : { detail }),
    });
  }
  return [...found.values(), ...dataFields(analysis, definition)];
}

/** Fields of the data that a training is on, or that a data body changes. */
function dataFields({ program }: Analysis, definition: Definition): readonly Completion[] {
  const data = definition.kind === "train" && definition.data ? program.data.get(definition.data.text) : definition;
  if (data?.kind !== "data") return [];
  return fieldNotes(data).map(({ name, type, documentation }) => ({
    label: name,
    kind: "field",
    detail: type,
    documentation,
  }));
}

/** Sizes by name, as `T` in `[T, 28]`. */
function sizes({ names }: Analysis): readonly Completion[] {
  const found = new Set(names.all.filter((o) => o.meaning.kind === "size").map((o) => o.meaning.name));
  return [...found].map((label) => ({ label, kind: "size" }));
}

/** After a dot: what the definition that made the value binds, and what the value itself was seen to have. */
function fields(analysis: Analysis, { before, definition }: Situation): readonly Completion[] {
  const owner = before.at(-2);
  if (owner === undefined) return [];
  const inside = (o: { span: { start: number } }): boolean =>
    !definition || (o.span.start >= definition.span.start && o.span.start <= definition.span.end);
  const meanings = analysis.names.all.filter((o) => o.meaning.name === owner);
  const meaning = (meanings.find(inside) ?? meanings[0])?.meaning;
  const made = meaning?.madeBy ?? definitionNamed(analysis, owner);
  const members = made ? [...membersOf(made).values()] : [];
  const seen = fieldNames(meaning?.span && analysis.values.get(meaning.span.start));
  const labels = new Map<string, Completion>(seen.map((label) => [label, { label, kind: "param" }]));
  for (const m of members) labels.set(m.name, { label: m.name, kind: m.kind });
  return [...labels.values()];
}

function fieldNames(value: Value | undefined): string[] {
  if (value?.kind === "tensor") return [...(value.fields?.keys() ?? [])].filter((name) => /^\w+$/.test(name));
  return value?.kind === "layer" ? [...value.instance.learned.keys()] : [];
}
