// Where names lead: definition, references, highlights and renaming, within a file and between files.

import type { Occurrence } from "../../compiler/check/names/meanings.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import type { Analysis } from "./analysis.ts";

export function definitionAt(
  analysis: Analysis,
  offset: number,
  imported: (path: string) => string | undefined,
): Span | undefined {
  for (const d of analysis.file.definitions) {
    if (d.kind !== "import" || offset < d.path.span.start || offset > d.path.span.end) continue;
    const file = imported(d.path.value);
    return file === undefined ? undefined : { file, start: 0, end: 0 };
  }
  return analysis.names.at(offset)?.meaning.span;
}

/** All names that mean the same, in all of these files; the declaration among them where it is wanted. */
export function referencesOf(key: string, among: readonly Analysis[], declaration = true): readonly Occurrence[] {
  const found = among.flatMap((a) => a.names.of(key).filter((o) => declaration || !o.declares));
  const seen = new Set<string>();
  return found.filter(({ span }) => {
    const place = `${span.file}:${span.start}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}

const NAME = /^[A-Za-z_]\w*$/;

/** Why a name cannot be given another; undefined where it can. */
export function renamingRefused({ meaning }: Occurrence): string | undefined {
  if (meaning.kind === "builtin" || meaning.kind === "setting") return `'${meaning.name}' is part of the language`;
  if (meaning.kind === "field") return `'${meaning.name}' is a field of the data: its source gives it this name`;
  if (meaning.span?.file.startsWith("stdlib/")) return `'${meaning.name}' belongs to the standard library`;
  return undefined;
}

/** Why the new name cannot be taken. */
export function nameRefused(name: string, keywords: ReadonlySet<string>): string | undefined {
  if (!NAME.test(name)) return `'${name}' is no name: letters, digits and _, not beginning with a digit`;
  return keywords.has(name) ? `'${name}' is a word of the language` : undefined;
}
