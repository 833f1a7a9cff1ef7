// docs/library.md: every name that a program may use without declaring it, from `project/reference.ts`, in tables.

import { readdirSync, readFileSync } from "node:fs";
import { type Entry, type Group, referenceGroups } from "../project/reference.ts";

const stdlib = new URL("../stdlib/", import.meta.url);

/** A text as a table's cell: on one line, its signs no markup but in code. */
function cell(text: string): string {
  const parts = text.replaceAll(/\s*\n\s*/g, " ").split(/(`[^`]*`)/);
  return parts.map((p) => p.replaceAll(p.startsWith("`") ? /\|/g : /[|*<]/g, "\\$&")).join("");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [head, head.map(() => "---"), ...rows].map(line).join("\n");
}

const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;

function sourceText({ names, signature, text, source }: Entry): string {
  const { parameters, fields, generated } = source!;
  const shown = parameters.map((p) => {
    const choices = p.choices ? `: ${p.choices.map((c) => code(JSON.stringify(c))).join(", ")}` : "";
    return [code(p.name), cell(p.documentation) + choices] as const;
  });
  return [
    `### ${names[0]}`,
    `${code(signature)}${generated ? ", made without any file" : ""}. ${text}`,
    table(
      ["field", "type", "holds"],
      fields.map((f) => [code(f.name), code(f.type), cell(f.documentation)]),
    ),
    ...(shown.length > 0 ? [table(["argument", "is"], shown)] : []),
  ].join("\n\n");
}

/** One table, its entries' common file above it. */
function groupText({ title, entries }: Group, level: string): string {
  const file = entries[0]?.place?.file;
  const rows = entries.map((e) => [code(e.signature), cell(e.text)]);
  return [
    `${level} ${title}`,
    ...(file ? [`Written in [stdlib/${file}](../stdlib/${file}).`] : []),
    table(["", ""], rows),
  ].join("\n\n");
}

const HEAD = `# The library

What a program may use without declaring it. [The language](language.md) says how it is written: \`conv(size, filters=none)\` is a
line \`conv 3x3 64\` or a call \`conv(3x3, 64)\`; what has a default may be left out; what is \`false\` by default is a flag that is
named to be true; the first parameter of an \`fn\` is the value above its line. \`t\` and \`total\` of a schedule are given to it.
\`dnn explain NAME\` prints each entry. This page is generated.`;

export function libraryPage(): string {
  const files = readdirSync(stdlib).filter((f) => f.endsWith(".dnn"));
  const groups = referenceGroups(new Map(files.map((f) => [f, readFileSync(new URL(f, stdlib), "utf8")])));
  const own = groups.filter((g) => g.kind === "part of the language");
  const sources = groups.find((g) => g.entries[0]?.source)!;
  const rest = groups.filter((g) => g !== sources && !own.includes(g));
  const isLibrary = (g: Group): boolean => g.entries[0]?.place !== undefined;
  return `${[
    HEAD,
    ...rest.filter(isLibrary).map((g) => groupText(g, "##")),
    "## Functions and names of the language",
    ...own.map((g) => groupText(g, "###")),
    "## Data sources",
    "What may stand after `data name =`. Paths are relative to the program's folder.",
    ...sources.entries.map(sourceText),
    ...rest.filter((g) => !isLibrary(g)).map((g) => groupText(g, "##")),
  ].join("\n\n")}\n`;
}
