// `dnn explain WHAT`: a code, with a program that has the mistake and one that has not; or a name that programs may use without
// declaring it, with its signature, what it does and where it stands. Without WHAT: all codes by phase; with a phase, its codes.

import { didYouMean } from "../../../compiler/check/names/didyoumean.ts";
import { explanations, shownFiles } from "../../../compiler/diagnostics/explanations/all.ts";
import type { Explanation } from "../../../compiler/diagnostics/explanations/explanation.ts";
import { EXIT, type Failure, usage } from "../../../project/failure.ts";
import { type Entry, type Group, referenceGroups } from "../../../project/reference.ts";
import { table } from "../../../report/tables.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine } from "../../terminal/machine.ts";
import { out } from "../../terminal/say.ts";

export const verb = defineVerb({
  arguments: [
    {
      name: "code-or-name",
      isOptional: true,
      description: "as in error[CODE], or a name as in docs/library.md; without it, all codes",
    },
  ],
  flags: {},
  example: "dnn explain conv",
  run: ([what]) => explain(what),
});

async function explain(what?: string): Promise<number> {
  if (what === undefined) {
    out(codesText());
    return EXIT.fine;
  }
  const asked = what.replace(/^(error|warning)\[(.*)\]$/, "$2");
  const found = explanations.find((e) => e.code === asked);
  const groups = groupsOfLibrary();
  const named = groups.flatMap((group) =>
    group.entries.filter((e) => e.names.includes(asked)).map((entry) => entryText(entry, group)),
  );
  const phase = explanations.some((e) => e.code.startsWith(`${asked}/`)) && named.length === 0;
  if (phase) {
    out(codesText(asked));
    return EXIT.fine;
  }
  if (!found && named.length === 0) throw unknown(asked, groups);
  out(found ? explanationText(found) : named.join("\n\n"));
  return EXIT.fine;
}

function groupsOfLibrary(): readonly Group[] {
  return referenceGroups(new Map(machine.library.sources.map(({ file, text }) => [file.replace("stdlib/", ""), text])));
}

/** Near names: codes that end like it, else the one name or code that is spelt nearly so. */
function unknown(asked: string, groups: readonly Group[]): Failure {
  const codes = explanations.map((e) => e.code);
  const alike = codes.filter((c) => c.split("/")[1] === asked);
  const names = groups.flatMap((g) => g.entries.flatMap((e) => e.names));
  const near = didYouMean(asked, asked.includes("/") ? codes : [...names, ...codes]);
  const close = alike.length > 0 ? alike.join(" or ") : near;
  const hint = "`dnn explain` lists the codes, docs/library.md the names";
  return usage(`there is no code or name ${asked}`, close ? `did you mean ${close}?` : hint);
}

/** All codes under their phases, or those of one. */
function codesText(only?: string): string {
  const codes = explanations.map((e) => e.code).filter((c) => only === undefined || c.startsWith(`${only}/`));
  const phases = Map.groupBy(codes, (code) => code.replace(/\/.*/, ""));
  const lists = [...phases].map(([phase, codes]) => [phase, ...codes.map((code) => `  ${code}`)].join("\n"));
  return [...lists, "`dnn explain CODE` says what one means, `dnn explain NAME` what a layer or function does"].join(
    "\n\n",
  );
}

/** `stdlib/layers.dnn:8`, or what kind of thing it is. */
function whereIs({ place, source }: Entry, { kind }: Group): string {
  if (place) return `stdlib/${place.file}:${place.line}`;
  return source?.generated ? `${kind}, made without any file` : kind;
}

function entryText(entry: Entry, group: Group): string {
  const rows = (title: string, list: readonly (readonly string[])[]): string[] => {
    return list.length > 0
      ? ["", `${title}:`, table(list.map(([first = "", ...rest]) => [`  ${first}`, ...rest]))]
      : [];
  };
  const { parameters = [], fields = [] } = entry.source ?? {};
  return [
    entry.signature,
    "",
    entry.text,
    ...rows(
      "arguments",
      parameters.map((p) => [p.name, p.documentation]),
    ),
    ...rows(
      "fields",
      fields.map((f) => [f.name, f.type, f.documentation]),
    ),
    "",
    `(${whereIs(entry, group)})`,
  ].join("\n");
}

function explanationText({ code, text, bad, good, files }: Explanation): string {
  const indented = (source: string): string[] => source.split("\n").map((line) => (line ? `    ${line}` : ""));
  const program = (title: string, source: string, beside: Readonly<Record<string, string>> | undefined): string[] => [
    `\n${title}:\n`,
    ...indented(source),
    ...shownFiles(beside).flatMap((file) => [`\n  ${file.name}:\n`, ...indented(file.text)]),
  ];
  return [
    code,
    "",
    text,
    ...(bad ? program("with the mistake", bad, files?.bad) : []),
    ...(good ? program("without it", good, files?.good) : []),
  ].join("\n");
}
