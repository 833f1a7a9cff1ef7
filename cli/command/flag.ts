// A flag of a verb as data: how it is written, which values it takes, and what it is for. `Values` derives the type that `run`
// gets from the declaration. Nothing here loads a library: the language server's bundle takes it along.

/** How the word after a flag becomes a value. */
export interface Reader<T> {
  /** Undefined for a word that is no value of this kind. */
  readonly read: (word: string) => T | undefined;
  /** The requirement, for the error: "a whole number from 1". */
  readonly expected: string;
  /** All values, where they are few words. */
  readonly choices?: readonly string[];
  /** The ending of the files that it names, "" for any file or folder. */
  readonly files?: string;
}

/** A flag with a value after it, once or several times. */
export interface ValueFlag<T = unknown> {
  /** The value's name in the help: "n", "dir". */
  readonly value: string;
  readonly type: Reader<T>;
  readonly description: string;
  readonly default?: T;
  /** The default in words, where it is not one value or `run` decides on it. */
  readonly defaultText?: string;
  readonly isRequired?: boolean;
  /** Whether the flag may be given several times: its value is the list. */
  readonly isList?: boolean;
}

/** A flag without a value. */
export interface Switch {
  readonly description: string;
  /** Whether it is spelled `--no-NAME`, and its value is true without it. */
  readonly isNegated?: boolean;
  /** Whether it is taken only because others write it: it changes nothing, and no code can read it. */
  readonly isIgnored?: boolean;
}

export type Flag = ValueFlag | Switch;

/** By the names that the code reads; `splitSeed` is spelled `--split-seed`. */
export type Flags = Readonly<Record<string, Flag>>;

type Ignored = { readonly isIgnored: true };

/** Flags that have a value when they are not given. */
type Always =
  | { readonly default: unknown }
  | { readonly isRequired: true }
  | { readonly isList: true }
  | { readonly isNegated: true };

type ValueOf<F> = F extends { readonly type: Reader<infer T> }
  ? F extends { readonly isList: true }
    ? readonly T[]
    : T
  : boolean;

/** The values of these flags for `run`. */
export type Values<F extends Flags> = {
  readonly [K in keyof F as F[K] extends Always ? K : never]: ValueOf<F[K]>;
} & {
  readonly [K in keyof F as F[K] extends Always | Ignored ? never : K]?: ValueOf<F[K]>;
};

export const spellingOf = (name: string, flag: Flag): string => {
  const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return "isNegated" in flag && flag.isNegated ? `--no-${words}` : `--${words}`;
};

/** `--epochs <n>`: the spelling with the name of the value. */
export const usageOf = (name: string, flag: Flag): string =>
  "value" in flag ? `${spellingOf(name, flag)} <${flag.value}>` : spellingOf(name, flag);

export const text: Reader<string> = { read: (word) => word, expected: "a text" };

export const path = (files = ""): Reader<string> => ({ read: (word) => word, expected: "a path", files });

export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> {
  const upTo = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
  return {
    read: (word) => (/^-?\d+$/.test(word) && Number(word) >= least && Number(word) <= most ? Number(word) : undefined),
    expected: `a whole number from ${least}${upTo}`,
  };
}

const finite = (word: string): number => (word.trim() === "" ? Number.NaN : Number(word));

export const numberAbove = (least: number): Reader<number> => ({
  read: (word) => (Number.isFinite(finite(word)) && Number(word) > least ? Number(word) : undefined),
  expected: `a number above ${least}`,
});

export const numberFrom = (least: number): Reader<number> => ({
  read: (word) => (Number.isFinite(finite(word)) && Number(word) >= least ? Number(word) : undefined),
  expected: `a number from ${least}`,
});

/** `2/5`: the second of five parts, from two parts up. */
export const fold: Reader<{ readonly index: number; readonly of: number }> = {
  read: (word) => {
    const [index = 0, of = 0] = /^[1-9]\d*\/[1-9]\d*$/.test(word) ? word.split("/").map(Number) : [];
    return of >= 2 && of <= MOST_FOLDS && index <= of ? { index, of } : undefined;
  },
  expected: "a part of several, such as 1/5",
};

export const MOST_FOLDS = 1000;

export function oneOf<const T extends string>(...choices: readonly T[]): Reader<T> {
  const names = [choices.slice(0, -1).join(", "), ...choices.slice(-1)].filter((part) => part !== "");
  return { read: (word) => choices.find((choice) => choice === word), expected: names.join(" or "), choices };
}
