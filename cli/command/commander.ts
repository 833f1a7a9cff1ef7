// A verb's record as a command of commander. In: the record. Out: a command that reads its words and flags, checks them, and hands
// `run` what they give to `call`.

import { type Command, Argument as CommanderArgument, InvalidArgumentError, Option } from "commander";
import { type Flag, type Flags, type Reader, usageOf, type ValueFlag } from "./flag.ts";
import { type AnyVerb, type Argument, argumentUsage } from "./verb.ts";

/** Runs the verb once commander has read the whole command line. */
type Call = (run: () => Promise<number>) => void;

export function addVerb(command: Command, verb: AnyVerb, call: Call): void {
  for (const argument of verb.arguments) {
    command.addArgument(argumentOf(argument));
  }
  for (const [name, flag] of Object.entries(verb.flags)) command.addOption(optionOf(name, flag));
  if (verb.details !== undefined) command.addHelpText("after", `\n${verb.details}`);
  command.addHelpText("after", `\nExample:\n  ${verb.example}`);
  const count = verb.arguments.length;
  // Commander calls it with the arguments, the flags and the command.
  command.action((...given: unknown[]) => {
    const flags = given[count] as Readonly<Record<string, unknown>>;
    call(() => verb.run(given.slice(0, count), { ...noneGiven(verb.flags), ...flags }));
  });
}

function argumentOf(argument: Argument): CommanderArgument {
  const { type, description, default: value } = argument;
  const made = new CommanderArgument(argumentUsage(argument), description);
  if (value !== undefined) made.default(value);
  return type ? made.argParser(parserOf({ type, isList: argument.isList ?? false })) : made;
}

/** A list without any element where a flag is not given that may be given several times. */
const noneGiven = (flags: Flags): Readonly<Record<string, readonly unknown[]>> =>
  Object.fromEntries(
    Object.entries(flags).flatMap(([name, flag]) => ("isList" in flag && flag.isList ? [[name, []]] : [])),
  );

function optionOf(name: string, flag: Flag): Option {
  const ownDefault = "defaultText" in flag ? ` (default: ${flag.defaultText})` : "";
  const option = new Option(usageOf(name, flag), `${descriptionOf(flag)}${ownDefault}`);
  if (!("value" in flag)) return option;
  if (flag.default !== undefined) option.default(flag.default);
  return option.makeOptionMandatory(flag.isRequired ?? false).argParser(parserOf(flag));
}

/** Commander's callback for each time that a flag is given, with the value so far. */
const parserOf =
  ({ type, isList }: Pick<ValueFlag, "type" | "isList">) =>
  (word: string, before: unknown): unknown => {
    const value = parse(word, type);
    return isList ? [...(Array.isArray(before) ? before : []), value] : value;
  };

function parse<T>(word: string, { read, expected }: Reader<T>): T {
  const value = read(word);
  if (value === undefined) throw new InvalidArgumentError(`${expected} is needed.`);
  return value;
}

/** With its choices, whether it must be given, and whether it may be given again. */
export function descriptionOf(flag: Flag): string {
  if (!("value" in flag)) return flag.description;
  const choices = flag.type.choices ? `${flag.type.expected}: ` : "";
  const repeated = flag.isList ? "; may be repeated" : "";
  return `${choices}${flag.description}${repeated}${flag.isRequired ? " (required)" : ""}`;
}
