// Findings of each part of a document that can be checked by itself, kept from one text to the next: a part whose text is the
// same is not checked again, its findings only move with it.

import { onlyOf } from "../../compiler/arithmetic/lists.ts";
import type { Application } from "../../compiler/check/frame/application.ts";
import { type Component, componentsOf } from "../../compiler/check/names/components.ts";
import { ModelCheck } from "../../compiler/check/program/modelcheck.ts";
import { TrainCheck } from "../../compiler/check/training/traincheck.ts";
import { addTo } from "../../compiler/check/values/journal.ts";
import type { Value } from "../../compiler/check/values/values.ts";
import { IncrementalParser } from "../../grammar/parser/incremental.ts";
import type { TopLevel, TrainDefinition } from "../../grammar/syntax/ast.ts";
import type { Diagnostic, Span } from "../../grammar/syntax/span.ts";
import { checkParts } from "../../project/check/parts.ts";
import { hasUnreadData } from "../../project/data/declaration.ts";
import { placeOfSmallFiles } from "../../project/data/place.ts";
import type { Opened } from "../../project/source.ts";

/** One line of the text as it was run: once for every call of the definition it stands in. */
export interface LineFact {
  readonly runs: readonly Application[];
}

export interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  /** By where a line starts. */
  readonly facts: ReadonlyMap<number, LineFact>;
  /** Values of names, by where the name stands. */
  readonly values: ReadonlyMap<number, Value>;
}

interface Part extends Findings {
  /** Where its definitions began when this was found. */
  readonly spans: readonly Span[];
  /** Definitions of the file at that time: a mistake proposes names of the whole file. */
  readonly names: string;
}

interface KeptPart extends Part {
  /** Whether trainings said nothing, since their data could not be read. */
  readonly isSilent: boolean;
}

export class Parts {
  readonly reader = new IncrementalParser();
  private known: ReadonlyMap<string, KeptPart> = new Map();
  /** Of the text before that: a change is often taken back. */
  private before: ReadonlyMap<string, KeptPart> = new Map();
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Of models that stand by themselves, by their names. */
  private readonly models = new Map<string, { readonly check: ModelCheck; readonly seen: Sightings }>();
  /** Of trainings, by their names. */
  private readonly trainings = new Map<string, { readonly check: TrainCheck; readonly seen: Sightings }>();

  async check(opened: Opened): Promise<Findings> {
    const now = new Map<string, KeptPart>();
    const names = opened.program.scope.names.keys().toArray().join();
    const isSilent = hasUnreadData(opened.program);
    for (const component of componentsOf(opened.program.file)) {
      const { key, definitions } = component;
      const spans = definitions.map((d) => d.span);
      const known = [this.known.get(key), this.before.get(key)].find(
        (p) => p && p.isSilent === isSilent && holdsAmong(p, names),
      );
      const found = known ? moved(known, spans, this.path) : await this.found(opened, component);
      now.set(key, { ...found, spans, names, isSilent });
    }
    const { file, models, trains } = opened.program;
    const keys = new Set(now.keys());
    for (const [name, { check }] of this.models) {
      if (!models.has(name)) this.models.delete(name);
      else check.returnTo(file, keys);
    }
    for (const [name, { check }] of this.trainings) {
      if (!trains.some((d) => d.name.text === name)) this.trainings.delete(name);
      else check.returnTo(file, keys);
    }
    this.before = this.known;
    this.known = now;
    return joined([...now.values()]);
  }

  private async found(opened: Opened, component: Component): Promise<Findings> {
    const { definitions } = component;
    const training = onlyOf(definitions.filter((d) => d.kind === "train"));
    const found = training && (await this.training(training, opened, component));
    if (found) return found;
    const [name] = definitions.flatMap((d) => (d.kind === "model" ? [d.name.text] : []));
    return (name !== undefined && this.model(name, opened, definitions)) || this.all(opened, new Set(definitions));
  }

  /** Finds mistakes and facts of a training on data that is generated, from the line of its model on that was changed. */
  private async training(
    definition: TrainDefinition,
    opened: Opened,
    component: Component,
  ): Promise<Findings | undefined> {
    const { program } = opened;
    const { generatedData } = await import("../../project/check/training.ts");
    const data = await generatedData(definition, program, placeOfSmallFiles(opened));
    if (!data) return undefined;
    const options = { ...data, overrides: new Map() };
    const name = definition.name.text;
    const spans = component.definitions.map((d) => d.span);
    const known = this.trainings.get(name);
    const more = known?.check.goOn(program, component, options);
    if (known && more) return placed(known, more, spans, this.path);
    const seen = new Sightings(this.path);
    const check = TrainCheck.of(program, component, options, seen);
    if (!check) return undefined;
    this.trainings.set(name, { check, seen });
    return placed({ check, seen }, check.start(), spans, this.path);
  }

  /** Finds mistakes and facts of a model that stands by itself, from the line on that was changed. */
  private model(name: string, { program }: Opened, definitions: readonly TopLevel[]): Findings | undefined {
    const known = this.models.get(name);
    const more = known?.check.goOn(program, definitions);
    if (known && more) return { diagnostics: more, ...known.seen.findings() };
    const seen = new Sightings(this.path);
    const check = ModelCheck.of(program, definitions, seen);
    if (!check) return undefined;
    this.models.set(name, { check, seen });
    return { diagnostics: check.start(), ...seen.findings() };
  }

  private async all(opened: Opened, definitions: ReadonlySet<unknown>): Promise<Findings> {
    const { elaborator } = opened.program;
    const seen = new Sightings(this.path);
    elaborator.observer = seen;
    const before = elaborator.diagnostics.length;
    const data = await checkParts(
      opened.program,
      () => placeOfSmallFiles(opened),
      (d) => definitions.has(d),
    );
    // A part's diagnostics stay in it: a mistake elsewhere does not stop the next part's check.
    const said = elaborator.diagnostics.splice(before);
    elaborator.observer = undefined;
    return { diagnostics: [...data, ...said], ...seen.findings() };
  }
}

/** Findings of a training where its definitions stand in the text. */
function placed(
  { check, seen }: { readonly check: TrainCheck; readonly seen: Sightings },
  diagnostics: readonly Diagnostic[],
  spans: readonly Span[],
  path: string,
): Findings {
  return moved({ spans: check.places, names: "", diagnostics, ...seen.findings() }, spans, path);
}

/** Whether what was found holds in a file that defines these names. */
const holdsAmong = (part: Part, names: string): boolean => part.diagnostics.length === 0 || part.names === names;

/** Keeps the first sighting: a line that is run for training, evaluation and pictures is described by the training. */
class Sightings {
  private readonly lines: { readonly line: Application; readonly from: unknown }[] = [];
  private readonly names: { readonly at: number; readonly value: Value }[] = [];
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  line(line: Application, { applications }: { readonly applications: unknown }): void {
    if (line.span.file === this.path) addTo(this.lines, { line, from: applications });
  }

  named({ span }: { readonly span: Span }, value: Value): void {
    if (span.file === this.path) addTo(this.names, { at: span.start, value });
  }

  findings(): Pick<Findings, "facts" | "values"> {
    const facts = new Map<number, { readonly runs: Application[]; readonly from: unknown }>();
    for (const { line, from } of this.lines) {
      const known = facts.get(line.span.start);
      if (!known) facts.set(line.span.start, { runs: [line], from });
      else if (known.from === from) known.runs.push(line);
    }
    const values = new Map<number, Value>();
    for (const { at, value } of this.names) if (!values.has(at)) values.set(at, value);
    return { facts, values };
  }
}

function joined(parts: readonly Findings[]): Findings {
  const only = onlyOf(parts);
  if (only) return only;
  const facts = new Map<number, LineFact>();
  const values = new Map<number, Value>();
  for (const part of parts) {
    for (const [at, fact] of part.facts) {
      // A block that several models use: its lines are run for each.
      const other = facts.get(at);
      facts.set(at, other ? { runs: [...other.runs, ...fact.runs] } : fact);
    }
    for (const [at, value] of part.values) if (!values.has(at)) values.set(at, value);
  }
  return { diagnostics: parts.flatMap((p) => p.diagnostics), facts, values };
}

// ---------------------------------------------------------------- findings that move with their text

function moved(part: Part, spans: readonly Span[], path: string): Part {
  if (spans.every((s, i) => s.start === part.spans[i]?.start)) return part;
  const shift = (offset: number): number => {
    const i = part.spans.findIndex((s) => s.start <= offset && offset <= s.end);
    const [from, to] = [part.spans[i], spans[i]];
    return from && to ? offset - from.start + to.start : offset;
  };
  const span = (s: Span): Span => {
    if (s.file !== path) return s;
    const start = shift(s.start);
    return { file: path, start, end: start + s.end - s.start };
  };
  return {
    spans,
    names: part.names,
    diagnostics: part.diagnostics.map((d) => movedDiagnostic(d, span)),
    facts: new Map(
      [...part.facts].map(([at, f]) => [shift(at), { runs: f.runs.map((r) => ({ ...r, span: span(r.span) })) }]),
    ),
    values: new Map([...part.values].map(([at, value]) => [shift(at), value])),
  };
}

function movedDiagnostic(d: Diagnostic, span: (s: Span) => Span): Diagnostic {
  return {
    ...d,
    ...(d.span ? { span: span(d.span) } : {}),
    ...(d.related ? { related: d.related.map((r) => ({ ...r, span: span(r.span) })) } : {}),
    ...(d.fix ? { fix: { ...d.fix, edits: d.fix.edits.map((e) => ({ ...e, span: span(e.span) })) } } : {}),
  };
}
