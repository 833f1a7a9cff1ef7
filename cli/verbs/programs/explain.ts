// `dnn explain WHAT`: a code, with a program that has the mistake and one that has not; or a name that programs may use without
// declaring it, with its signature, what it does and where it stands; or another word: an argument, a value of one, a field, a role,
// a verb or flag of the command line. Without WHAT: all codes by phase; with a phase, its codes.

import { didYouMean } from "../../../compiler/check/names/didyoumean.ts";
import { adviceOn, settingMeant, synonymOf } from "../../../compiler/check/names/synonyms.ts";
import { explanations, shownFiles } from "../../../compiler/diagnostics/explanations/all.ts";
import type { Explanation } from "../../../compiler/diagnostics/explanations/explanation.ts";
import { EXIT, type Failure, usage } from "../../../project/failure.ts";
import { type Entry, type Group, referenceGroups } from "../../../project/reference.ts";
import { wordGroups } from "../../../project/words.ts";
import { table } from "../../../report/tables.ts";
import { spellingOf, usageOf } from "../../command/flag.ts";
import { defineVerb, type VerbEntry } from "../../command/verb.ts";
import { machine } from "../../terminal/machine.ts";
import { out } from "../../terminal/say.ts";

/** The verb, which explains these verbs and their flags, too. */
export const explainOf = (verbs: readonly VerbEntry[]) => ({
  verb: defineVerb({
    arguments: [
      {
        name: "code-or-name",
        isOptional: true,
        description: "as in error[CODE], or a name as in docs/library.md; without it, all codes",
      },
    ],
    flags: {},
    example: "dnn explain conv",
    run: ([what]) => explain(verbs, what),
  }),
});

async function explain(verbs: readonly VerbEntry[], what?: string): Promise<number> {
  if (what === undefined) {
    out(codesText());
    return EXIT.fine;
  }
  const asked = what.replace(/^(error|warning)\[(.*)\]$/, "$2");
  const found = explanations.find((e) => e.code === asked);
  const named = textsOf(asked, names());
  const isPhase = named.length === 0 && explanations.some((e) => e.code.startsWith(`${asked}/`));
  if (isPhase) {
    out(codesText(asked));
    return EXIT.fine;
  }
  if (named.length === 0 && !found) named.push(...textsOf(asked, otherWords()), ...(await ofCommandLine(asked, verbs)));
  if (!found && named.length === 0) throw unknown(asked, names());
  out(found ? explanationText(found) : named.join("\n\n"));
  return EXIT.fine;
}

const libraryTexts = (): ReadonlyMap<string, string> =>
  new Map(machine.library.sources.map(({ file, text }) => [file.replace("stdlib/", ""), text]));

// The library does not change while the process lives; its parsing is what an explanation takes time for.
let named: readonly Group[] | undefined;
const names = (): readonly Group[] => (named ??= referenceGroups(libraryTexts()));
let others: readonly Group[] | undefined;
const otherWords = (): readonly Group[] => (others ??= wordGroups(names(), libraryTexts()));

const textsOf = (asked: string, groups: readonly Group[]): string[] =>
  groups.flatMap((group) =>
    group.entries.filter((e) => e.names.includes(asked)).map((entry) => entryText(entry, group)),
  );

/** A verb, or a flag of some: `sample`, `--seed`. */
async function ofCommandLine(asked: string, verbs: readonly VerbEntry[]): Promise<readonly string[]> {
  const texts = await Promise.all(verbs.map((entry) => wordOfVerb(asked.replace(/^--/, ""), entry)));
  const found = texts.filter((text) => text !== undefined);
  return found.length > 0 ? [found.join("\n\n")] : [];
}

async function wordOfVerb(asked: string, { name, description, load }: VerbEntry): Promise<string | undefined> {
  if (asked === name) return `dnn ${name}\n\n${description}\n\n(a verb of the command line: \`dnn ${name} --help\`)`;
  const { flags } = (await load()).verb;
  const spelt = Object.entries(flags).find(([key, flag]) => spellingOf(key, flag) === `--${asked}`);
  return spelt && `dnn ${name} ${usageOf(...spelt)}\n  ${spelt[1].description}`;
}

/** Near names: codes that end like it, else the one name or code that is spelt nearly so. */
function unknown(asked: string, groups: readonly Group[]): Failure {
  const codes = explanations.map((e) => e.code);
  const alike = codes.filter((c) => c.split("/")[1] === asked);
  const names = groups.flatMap((g) => g.entries.flatMap((e) => e.names));
  const word = asked.trim().replace(/[\s-]+/g, "_");
  const ours = synonymOf(word) ?? settingMeant(word).ours ?? settingMeant(word).advice ?? adviceOn(word);
  const near = ours ?? didYouMean(word, asked.includes("/") ? codes : [...names, ...codes]);
  const close = alike.length > 0 ? alike.join(" or ") : near;
  const hint =
    "`dnn explain` lists the codes, docs/library.md the names, docs/language.md is the manual, and examples/README.md says what each example shows";
  const isSentence = close?.includes(" ");
  return usage(
    `there is no code or name ${asked}`,
    close === undefined ? hint : isSentence ? close : `did you mean ${close}?`,
  );
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
  const { uses = [] } = entry;
  return [
    entry.signature,
    ...(entry.text ? ["", entry.text] : []),
    ...rows("in", uses),
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
