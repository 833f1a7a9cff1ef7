// docs/commands.md and the table of verbs in README.md, from the records of the verbs.

import { readFileSync } from "node:fs";
import { descriptionOf } from "../cli/command/commander.ts";
import { type Flag, type Flags, usageOf } from "../cli/command/flag.ts";
import { type AnyVerb, type Argument, argumentUsage } from "../cli/command/verb.ts";
import { verbs } from "../cli/verbs/all.ts";

const loaded = await Promise.all(verbs.map(async ({ load, ...entry }) => ({ ...entry, ...(await load()).verb })));
type Loaded = AnyVerb & { readonly name: string; readonly description: string };

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  return `${lines.join("\n")}\n\n`;
}

const defaultOf = (flag: Flag | Argument): string =>
  "defaultText" in flag ? String(flag.defaultText) : "default" in flag ? `\`${flag.default}\`` : "";

const argumentRows = (list: readonly Argument[]): string[][] =>
  list.map((a) => [`\`${argumentUsage(a)}\``, cell(a.description), defaultOf(a)]);

const flagRows = (flags: Flags): string[][] =>
  Object.entries(flags).map(([name, flag]) => [
    `\`${usageOf(name, flag)}\``,
    cell(descriptionOf(flag)),
    defaultOf(flag),
  ]);

function section(verb: Loaded): string {
  const usage = ["dnn", verb.name, ...verb.arguments.map(argumentUsage)].join(" ");
  const rows = [...argumentRows(verb.arguments), ...flagRows(verb.flags)];
  const details =
    verb.details === undefined ? "" : `${verb.details.replaceAll(/^ {2}/gm, "    ").replace(":\n", ":\n\n")}\n\n`;
  return `## dnn ${verb.name}

\`${usage}\`: ${verb.description}.

${table(["argument or flag", "what it is", "default"], rows)}${details}    ${verb.example}
`;
}

export function commandsPage(): string {
  return `# The command line

Every verb with its arguments and flags; \`dnn VERB --help\` prints the same. This page is generated.

${loaded.map(section).join("\n")}`;
}

const START = "<!-- npm run docs, verbs: start -->";
const END = "<!-- npm run docs, verbs: end -->";

/** README.md with its table of verbs as the code has them. */
export function readmePage(): string {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [before, after] = [text.indexOf(START), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`README.md needs ${START} and ${END}`);
  const rows = loaded.map((v) => [`[\`dnn ${v.name}\`](docs/commands.md#dnn-${v.name})`, cell(v.description)]);
  return `${text.slice(0, before)}${START}\n${table(["command", "does"], rows).trimEnd()}\n${text.slice(after)}`;
}
