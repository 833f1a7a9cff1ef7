// A file as parts that can be checked apart: trainings and models that share no model stand in different parts. What is found
// in one depends on the text of its definitions alone, so an editor checks only the part that was changed.

import type { SourceFile, TopLevel } from "../../../grammar/syntax/ast.ts";

export interface Component {
  /** All that is needed to check it, in the order of the file. */
  readonly definitions: readonly TopLevel[];
  /** Equal where all texts are equal, wherever in the file they stand. */
  readonly key: string;
}

/** Definitions that hold parameters: a definition that uses one depends on what others made of it. */
const HOLDS = new Set<TopLevel["kind"]>(["model", "binding", "train"]);

export function componentsOf({ definitions, text }: SourceFile): readonly Component[] {
  const always = definitions.filter((d) => d.kind === "import");
  const byName = new Map<string, TopLevel[]>();
  for (const d of definitions) for (const name of namesOf(d)) byName.set(name, [...(byName.get(name) ?? []), d]);
  const uses = new Map(definitions.map((d) => [d, usedBy(d, text, byName)]));
  const components = new Map<TopLevel, Set<TopLevel>>();
  for (const d of definitions) {
    if (!HOLDS.has(d.kind)) continue;
    const all = reached(d, uses);
    // Parts that share a holder of parameters become one.
    const others = new Set([...all].flatMap((r) => (HOLDS.has(r.kind) ? [...(components.get(r) ?? [])] : [])));
    for (const o of others) all.add(o);
    for (const r of all) if (HOLDS.has(r.kind)) components.set(r, all);
  }
  const used = new Set([...components.values()].flatMap((all) => [...all]));
  // Data that no training uses is checked, too.
  for (const d of definitions) if (d.kind === "data" && !used.has(d)) components.set(d, reached(d, uses));
  return [...new Set(components.values())].map((set) => {
    const sorted = [...always, ...set].toSorted((a, b) => a.span.start - b.span.start);
    return { definitions: sorted, key: sorted.map((d) => text.slice(d.span.start, d.span.end)).join("\n\0") };
  });
}

function namesOf(d: TopLevel): readonly string[] {
  if (d.kind === "import") return [];
  return d.kind === "binding" ? d.statement.targets.map((t) => t.text) : [d.name.text];
}

/** Definitions whose names occur in its text: more than it uses at worst. */
function usedBy(d: TopLevel, text: string, byName: ReadonlyMap<string, TopLevel[]>): readonly TopLevel[] {
  const words = new Set(text.slice(d.span.start, d.span.end).match(/[A-Za-z_]\w*/g));
  return [...words].flatMap((w) => byName.get(w) ?? []);
}

function reached(from: TopLevel, uses: ReadonlyMap<TopLevel, readonly TopLevel[]>): Set<TopLevel> {
  const found = new Set([from]);
  for (const d of found) for (const u of uses.get(d) ?? []) found.add(u);
  return found;
}
