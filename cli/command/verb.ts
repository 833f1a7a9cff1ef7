// A verb of the command line as data, and the type of what its `run` gets. `cli/verbs/all.ts` lists the verbs.

import type { Flags, Reader, Values } from "./flag.ts";

/** A word that is no flag. */
export interface Argument {
  readonly name: string;
  /** Any text where there is none. */
  readonly type?: Reader<string>;
  readonly description: string;
  /** Whether it takes all words that are left. */
  readonly isList?: boolean;
  readonly isOptional?: boolean;
  readonly default?: string;
}

type ArgumentValue<A> = A extends { readonly isList: true }
  ? readonly string[]
  : A extends { readonly default: string }
    ? string
    : A extends { readonly isOptional: true }
      ? string | undefined
      : A extends { readonly type: Reader<infer T> }
        ? T
        : string;

export interface Verb<A extends readonly Argument[], F extends Flags> {
  readonly arguments: A;
  readonly flags: F;
  /** A command that can be typed as it stands, in the help and in docs/commands.md. */
  readonly example: string;
  /** Paragraphs for docs/commands.md and the end of `--help`. */
  readonly details?: string;
  /** Gives the exit code. */
  run(args: { readonly [I in keyof A]: ArgumentValue<A[I]> }, flags: Values<F>): Promise<number>;
}

/** A verb whose arguments and flags are whatever they are. */
export interface AnyVerb extends Omit<Verb<readonly Argument[], Flags>, "run"> {
  run(args: readonly unknown[], flags: Readonly<Record<string, unknown>>): Promise<number>;
}

/** Infers the types of `run` from what the verb declares. */
export const defineVerb = <const A extends readonly Argument[], const F extends Flags>(verb: Verb<A, F>): Verb<A, F> =>
  verb;

/** A line of the list of verbs: all that `dnn --help` needs. */
export interface VerbEntry {
  readonly name: string;
  readonly description: string;
  /** Loads the verb's file, with all that it needs. */
  readonly load: () => Promise<{ readonly verb: AnyVerb }>;
}

/** `<file> [more...]` */
export function argumentUsage({ name, isList, isOptional, default: value }: Argument): string {
  const inside = isList ? `${name}...` : name;
  return isOptional || value !== undefined ? `[${inside}]` : `<${inside}>`;
}
