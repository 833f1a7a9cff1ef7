// Parameters and states that a definition has renamed, as the comment above it says: `# @renamed shift -> bias, gain -> scale`.
// Files of weights from before the change and lines such as `freeze net.dense1.shift` still mean them; such lines get a warning.

import type { Name, Tag } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { ownerOf } from "../../../runtime/plan.ts";
import type { Instance, Learned, Renaming } from "../values/instance.ts";
import type { Callable } from "../values/values.ts";
import { isWithin, type Warning } from "./frame.ts";

/** A parameter or state as far as its names go. */
export type Named = Pick<Learned, "path" | "renamings">;

const NONE: readonly Renaming[] = [];

/** The renamings of a tag; undefined where it is written otherwise. */
export function readRenamings({ text }: Tag): readonly Renaming[] | undefined {
  const parts = text.split(",").map((part) => /^\s*(\w+) *-> *(\w+)\s*$/.exec(part));
  const found = parts.flatMap((match) => (match?.[1] && match[2] ? [{ from: match[1], to: match[2] }] : []));
  return found.length === parts.length ? found : undefined;
}

export function renamingsOf(definition: Pick<Callable, "tags"> | undefined): readonly Renaming[] {
  const tag = definition?.tags?.renamed;
  if (!tag) return NONE;
  const known = renamingsIn.get(tag) ?? readRenamings(tag) ?? NONE;
  renamingsIn.set(tag, known);
  return known;
}

/** Asked of every parameter that is made. */
const renamingsIn = new WeakMap<Tag, readonly Renaming[]>();

/** `net.dense1` and `bias` of `net.dense1.bias`. */
function splitPath(path: string): { readonly layer: string; readonly name: string } {
  const dot = path.lastIndexOf(".");
  return { layer: path.slice(0, dot), name: path.slice(dot + 1) };
}

/** The path that it had before its definition renamed it. */
export function formerPath({ path, renamings }: Named): string | undefined {
  if (!renamings || renamings.length === 0) return undefined;
  const { layer, name } = splitPath(path);
  const renaming = renamings.find(({ to }) => to === name);
  return renaming && `${layer}.${renaming.from}`;
}

/** A parameter or state of an instance, by its name or by its earlier one. */
export const findLearned = ({ learned, path }: Instance, { text }: Name): Learned | undefined =>
  learned.get(text) ?? [...learned.values()].find((l) => formerPath(l) === `${path}.${text}`);

/** Whether it is one of these layers or models, or a part of them, by its path or by its earlier one. */
export function isPartOf(layers: readonly string[], learned: Named): boolean {
  const former = formerPath(learned);
  return isWithin(layers, learned.path) || (former !== undefined && isWithin(layers, former));
}

/**
 * Tensors of a file under the names that the program has for them, with all that a training keeps beside each (`NAME~adam.m`). Left
 * out is what a definition has renamed and does not make here any more.
 */
export function underCurrentNames<T>(file: ReadonlyMap<string, T>, program: readonly Named[]): ReadonlyMap<string, T> {
  const own = new Set(program.map((l) => l.path));
  const current = new Map<string, string | undefined>();
  for (const { path, renamings = NONE } of program)
    for (const { from, to } of renamings) {
      const { layer } = splitPath(path);
      const [before, now] = [`${layer}.${from}`, `${layer}.${to}`];
      if (!own.has(before) && !file.has(now)) current.set(before, own.has(now) ? now : undefined);
    }
  if (![...current.keys()].some((name) => file.has(name))) return file;
  return new Map(
    [...file].flatMap(([name, tensor]) => {
      const base = ownerOf(name);
      if (!current.has(base)) return [[name, tensor]];
      const now = current.get(base);
      return now === undefined ? [] : [[now + name.slice(base.length), tensor]];
    }),
  );
}

/** The warning where the program, at `span`, ends in an earlier name. */
export function renamedWarning(learned: Learned, written: string, span: Span): Warning | undefined {
  const { name } = splitPath(learned.path);
  if (name === written) return undefined;
  const place = { ...span, start: span.end - written.length };
  return {
    code: "names/renamed",
    message: `'${written}' is called '${name}' now`,
    hint: `write \`${name}\`; \`${written}\` is understood so that older programs run`,
    fix: { title: `write \`${name}\``, edits: [{ span: place, text: name }] },
  };
}
