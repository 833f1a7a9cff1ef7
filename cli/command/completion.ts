// Scripts that complete `dnn` in a shell. In: the records of all verbs. Out: the text of a script that needs no `dnn` to run, so
// that pressing Tab starts no process.

import { type Flag, type Reader, spellingOf } from "./flag.ts";
import type { Argument } from "./verb.ts";

export interface CompletedVerb {
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly Argument[];
  readonly flags: Readonly<Record<string, Flag>>;
}

interface CompletedFlag {
  readonly spelling: string;
  readonly description: string;
  readonly isList: boolean;
  /** How the word after it is read, where there is one. */
  readonly type: Reader<unknown> | undefined;
  readonly value: string;
}

function flagsOf({ flags }: CompletedVerb): CompletedFlag[] {
  const declared = Object.entries(flags).map(([name, flag]) => ({
    spelling: spellingOf(name, flag),
    description: flag.description,
    isList: "isList" in flag && flag.isList === true,
    type: "type" in flag ? flag.type : undefined,
    value: "value" in flag ? flag.value : "",
  }));
  return [
    ...declared,
    { spelling: "--help", description: "arguments and flags", isList: false, type: undefined, value: "" },
  ];
}

/** A word for a shell, between single quotes. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

// ---------------------------------------------------------------- bash

function bash(verbs: readonly CompletedVerb[]): string {
  const typed = verbs.flatMap((verb) =>
    flagsOf(verb).flatMap(({ spelling, type }) =>
      type ? [{ flag: `${verb.name} ${spelling}`, act: bashValues(type) }] : [],
    ),
  );
  const values = [...Map.groupBy(typed, ({ act }) => act)].map(
    ([act, flags]) => `    ${flags.map(({ flag }) => quote(flag)).join(" | ")}) ${act}; return ;;`,
  );
  const flags = verbs.map(
    (verb) =>
      `      ${verb.name}) _dnn_words ${quote(
        flagsOf(verb)
          .map((f) => f.spelling)
          .join(" "),
      )} ;;`,
  );
  const words = verbs.map((verb) => `    ${verb.name}) ${bashValues(verb.arguments[0]?.type)} ;;`);
  return `# Completion of dnn in bash.
_dnn_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
_dnn_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -d -- "$word") $(compgen -f -X "!*$1" -- "$word"))
  if [ -z "$1" ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
_dnn() {
  local word="\${COMP_WORDS[COMP_CWORD]}" verb="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _dnn_words ${quote([...verbs.map((v) => v.name), "help", "--help", "--version"].join(" "))}
    return
  fi
  case "$verb \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join("\n")}
  esac
  if [ "\${word:0:1}" = - ]; then
    case "$verb" in
${flags.join("\n")}
    esac
    return
  fi
  case "$verb" in
${words.join("\n")}
  esac
}
complete -o filenames -F _dnn dnn`;
}

function bashValues(type: Reader<unknown> | undefined): string {
  if (type?.choices) return `_dnn_words ${quote(type.choices.join(" "))}`;
  return type?.files === undefined ? ":" : `_dnn_files ${quote(type.files)}`;
}

// ---------------------------------------------------------------- zsh

function zsh(verbs: readonly CompletedVerb[]): string {
  const names = verbs.map((v) => `      ${quote(`${v.name}:${v.description.replaceAll(":", "\\:")}`)}`);
  const cases = verbs.map((verb) => `    ${verb.name}) _arguments ${zshSpecs(verb).map(quote).join(" ")} ;;`);
  return `#compdef dnn
# Completion of dnn in zsh.
_dnn() {
  if (( CURRENT == 2 )); then
    local -a verbs=(
${names.join("\n")}
    )
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  (( CURRENT-- ))
  case $verb in
${cases.join("\n")}
  esac
}
compdef _dnn dnn`;
}

/** `*--data[description]:name=expr:`, `1:file:_files -g "*.dnn"` */
function zshSpecs(verb: CompletedVerb): string[] {
  const escaped = (text: string): string => text.replace(/[\\[\]:]/g, "\\$&");
  const flags = flagsOf(verb).map(({ spelling, description, isList, type, value }) => {
    const after = type ? `:${escaped(value)}:${zshValues(type)}` : "";
    return `${isList ? "*" : ""}${spelling}[${escaped(description)}]${after}`;
  });
  const words = verb.arguments.map(({ name, isList, type }, i) => `${isList ? "*" : i + 1}:${name}:${zshValues(type)}`);
  return [...flags, ...words];
}

function zshValues(type: Reader<unknown> | undefined): string {
  if (type?.choices) return `(${type.choices.join(" ")})`;
  if (type?.files === undefined) return "";
  return type.files === "" ? "_files" : `_files -g "*${type.files}"`;
}

// ---------------------------------------------------------------- fish

function fish(verbs: readonly CompletedVerb[]): string {
  const isVerb = (name: string): string => quote(`__fish_seen_subcommand_from ${name}`);
  const names = verbs.map((v) => `complete -c dnn -n __fish_use_subcommand -a ${v.name} -d ${quote(v.description)}`);
  const inside = verbs.flatMap((verb) => [
    ...flagsOf(verb).map(
      ({ spelling, description, type }) =>
        `complete -c dnn -n ${isVerb(verb.name)} -l ${spelling.slice(2)}${type ? ` ${fishValues(type)}` : ""} -d ${quote(description)}`,
    ),
    ...verb.arguments.slice(0, 1).map(({ type }) => `complete -c dnn -n ${isVerb(verb.name)} ${fishWords(type)}`),
  ]);
  return ["# Completion of dnn in fish.", "complete -c dnn -f", ...names, ...inside].join("\n");
}

function fishValues(type: Reader<unknown>): string {
  if (type.choices) return `-x -a ${quote(type.choices.join(" "))}`;
  return type.files === undefined ? "-x" : "-r -F";
}

function fishWords(type: Reader<unknown> | undefined): string {
  if (type?.choices) return `-a ${quote(type.choices.join(" "))}`;
  if (type?.files === undefined) return "-f";
  return type.files === "" ? "-F" : `-k -a ${quote(`(__fish_complete_suffix ${type.files})`)}`;
}

export const scripts = { bash, zsh, fish };
