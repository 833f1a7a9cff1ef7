// In: the arguments a program wrote after a source's name. Out: their values, checked against the source's parameters.
// Invariant: a load function sees every parameter it declared, with the kind it declared, and nothing else.

import { DataError } from "../files/dataerror.ts";
import { type FileReader, resolvePath } from "../files/files.ts";
import { didYouMean } from "../files/nearest.ts";
import type { Column, Dataset, Fold, SourceArgument, SourceRequest } from "./dataset.ts";
import { argumentMeant, valueMeant } from "./elsewhere.ts";
import type { LoadingWorkers } from "./records.ts";

/**
 * path: a file or folder; word: one of `choices`, or any text; count: an integer of at least 1; integer: any; amount: a number of at
 * least 0; fraction: above 0 and at most 1; size: height and width, where one number means both; flag: true or false; names:
 * one text or a list of them, "" for none.
 */
export type ParameterKind = "path" | "word" | "names" | "count" | "integer" | "amount" | "fraction" | "size" | "flag";

export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  /** A parameter without a default must be given. For a count or size it may be a word: `all`, `first`. */
  readonly default?: SourceArgument;
  readonly choices?: readonly string[];
  readonly documentation: string;
}

/** A field as documentation: the type is written as in a program, `[28, 28, 1]` or `class 10`. */
export interface FieldNote {
  readonly name: string;
  readonly type: string;
  readonly documentation: string;
}

/** A field before its values are read. */
export type GlancedField = Pick<Column, "name" | "shape" | "classes">;

export interface Surroundings {
  readonly files: FileReader;
  readonly seed: number;
  /** For sources that divide their examples by themselves. */
  readonly fold?: Fold | undefined;
  /** Called now and then by sources that take long, with the share that is done. */
  readonly progress?: ((share: number) => void) | undefined;
  /** Bytes that examples may take before a source streams them. */
  readonly memory?: number | undefined;
  /** Absent where everything is read in this thread. */
  readonly workers?: LoadingWorkers | undefined;
}

/** One data source: everything the language, the editor and the manual know about it. */
export interface Source {
  readonly name: string;
  readonly documentation: string;
  readonly parameters: readonly Parameter[];
  readonly fields: readonly FieldNote[];
  /** Generators need no file. */
  readonly generated: boolean;
  /** Whether the source holds rows out by itself, folds included, since its values depend on the training part. */
  readonly divides?: boolean;
  /** Throws a DataError where arguments exclude each other, before any file is looked at. */
  examine?(given: Arguments): void;
  load(given: Arguments, around: Surroundings): Dataset | Promise<Dataset>;
  /** The fields of what `load` would give, where they depend on the files and can be told without reading all of them. */
  glance?(given: Arguments, around: Surroundings): Promise<readonly GlancedField[]>;
}

function asSize(value: SourceArgument): readonly [number, number] | undefined {
  const sizes = typeof value === "number" ? [value, value] : value;
  if (!Array.isArray(sizes) || sizes.length !== 2) return undefined;
  return sizes.every((size) => Number.isInteger(size) && size >= 1) ? [sizes[0], sizes[1]] : undefined;
}

/** Of several files where one belongs. */
export const ONE_FILE =
  'a source reads one file: write the rows of all into one, below one line of names; a file to hold out is `test="FILE"`';

const WANTED: Readonly<Record<ParameterKind, string>> = {
  path: 'a path in quotes, like "folder/file"',
  word: "text in quotes",
  count: "a whole number of at least 1",
  integer: "a whole number",
  amount: "a number of at least 0",
  fraction: "a number above 0 and at most 1",
  size: "a size like 28x28",
  flag: "true or false",
  names: 'a text, or a list of texts like ["a", "b"]',
};

function fits(parameter: Parameter, value: SourceArgument): boolean {
  if (value === parameter.default) return true;
  switch (parameter.kind) {
    case "path":
      return typeof value === "string" && value !== "";
    case "word":
      return typeof value === "string" && (parameter.choices?.includes(value) ?? true);
    case "names":
      return typeof value === "string" || (Array.isArray(value) && value.every((each) => typeof each === "string"));
    case "count":
      return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
    case "integer":
      return Number.isSafeInteger(value);
    case "amount":
      return typeof value === "number" && Number.isFinite(value) && value >= 0;
    case "fraction":
      return typeof value === "number" && value > 0 && value <= 1;
    case "size":
      return asSize(value) !== undefined;
    case "flag":
      return typeof value === "boolean";
  }
}

function checkValue(source: Source, parameter: Parameter, value: SourceArgument): void {
  if (fits(parameter, value)) return;
  const choices = parameter.choices?.map((choice) => JSON.stringify(choice)).join(" or ");
  const message = `${source.name}: ${parameter.name} is ${JSON.stringify(value)}, but must be ${choices ?? WANTED[parameter.kind]}`;
  const isPercent = parameter.kind === "fraction" && typeof value === "number" && value >= 10 && value <= 100;
  if (parameter.kind === "path" && Array.isArray(value))
    throw new DataError("data/bad-argument", message, ONE_FILE, parameter.name);
  const isDate =
    parameter.kind === "fraction" && typeof value === "string" && source.parameters.some((p) => p.name === "shuffle");
  const inTime = isDate
    ? "; `shuffle=false` beside it holds out the last rows of the file, as of a table in order of time"
    : "";
  const meant = valueMeant(parameter.name, value);
  const hint =
    meant ??
    `${parameter.documentation}${inTime}${isPercent ? `: ${value} percent is ${parameter.name}=${value / 100}` : ""}`;
  throw new DataError("data/bad-argument", message, hint, parameter.name);
}

/** `mnist(dir, split=0.8)` */
export function signatureOf(source: Source): string {
  const show = ({ name, kind, default: value }: Parameter) => {
    if (value === undefined) return name;
    return `${name}=${kind === "size" && Array.isArray(value) ? value.join("x") : JSON.stringify(value)}`;
  };
  return `${source.name}(${source.parameters.map(show).join(", ")})`;
}

function collect(source: Source, request: SourceRequest): Map<string, SourceArgument> {
  const values = new Map<string, SourceArgument>();
  const names = source.parameters.map((parameter) => parameter.name);
  if (request.positional.length > names.length) {
    const message = `${source.name} takes ${names.length} arguments, but got ${request.positional.length}`;
    throw new DataError("data/bad-argument", message, `it is ${signatureOf(source)}`, names.length);
  }
  for (const [index, name] of names.entries()) {
    const value = request.positional[index];
    if (value !== undefined) values.set(name, value);
  }
  for (const [name, value] of Object.entries(request.named)) {
    if (!names.includes(name)) {
      const hint = argumentMeant(name, source.parameters) ?? didYouMean(name, names) ?? `it is ${signatureOf(source)}`;
      throw new DataError("data/bad-argument", `${source.name} has no parameter ${name}`, hint, name);
    }
    if (values.has(name))
      throw new DataError("data/bad-argument", `${source.name}: ${name} is given twice`, "leave one of them out", name);
    values.set(name, value);
  }
  return values;
}

/** Examples may be many; of anything else so many would not fit into any memory. */
const MOST: Readonly<Record<string, number>> = { n: 1e8, heldout: 1e8 };
const MOST_OF_OTHERS = 1e5;

/** DataError `data/too-large` where a count or size can only be a slip. */
function checkLargest(source: Source, { name, kind }: Parameter, value: SourceArgument): void {
  if ((kind !== "count" && kind !== "size") || typeof value === "string") return;
  const most = MOST[name] ?? MOST_OF_OTHERS;
  const largest = Math.max(...[value].flat().map(Number));
  if (largest <= most) return;
  const message = `${source.name}: ${name} is ${largest}, more than the ${most} that it may be`;
  throw new DataError("data/too-large", message, "ask for less", name);
}

/** DataError where `test` names what is held out, and another argument says it, too, or what is trained on is named again. */
function checkHeldOut(source: Source, given: ReadonlyMap<string, SourceArgument>): void {
  const { test = "", split = 1, group = "", stratify = false, ...rest } = Object.fromEntries(given);
  if (test === "") return;
  const held = `${source.name}: test holds out ${JSON.stringify(test)}`;
  const refused = (why: string, hint: string, at: string) => new DataError("data/bad-argument", why, hint, at);
  const own = source.parameters.find(({ kind }) => kind === "path")?.name ?? "";
  const plain = (path: unknown): string => String(path).replace(/^\.[/\\]|[/\\]$/g, "");
  if (plain(rest[own]) === plain(test))
    throw refused(
      `${held}, which is what trains: all that is held out is known already, and says nothing of new examples`,
      "leave `test` out: `split=0.8` holds out a fifth",
      "test",
    );
  if (split !== 1)
    throw refused(`${held}, and split=${String(split)} a part of the other`, "leave one of them out", "split");
  const [passedOver] = [...(group === "" ? [] : ["group"]), ...(stratify === true ? ["stratify"] : [])];
  if (passedOver !== undefined)
    throw refused(
      `${held}, and ${passedOver} says how a share is held out`,
      "leave one of them out: without `test`, `split=0.8` holds out a fifth",
      passedOver,
    );
}

/** The checked arguments of one request. */
export class Arguments {
  readonly #values = new Map<string, SourceArgument>();
  readonly #base: string;

  /** DataError `data/bad-argument` for what is missing, unknown, given twice or of the wrong kind. */
  constructor(source: Source, request: SourceRequest) {
    this.#base = request.base;
    const given = collect(source, request);
    for (const parameter of source.parameters) {
      const value = given.get(parameter.name) ?? parameter.default;
      if (value === undefined) {
        const message = `${source.name} needs ${parameter.name}: ${parameter.documentation}`;
        throw new DataError("data/bad-argument", message, `it is ${signatureOf(source)}`);
      }
      checkValue(source, parameter, value);
      checkLargest(source, parameter, value);
      this.#values.set(parameter.name, value);
    }
    checkHeldOut(source, given);
  }

  #of(name: string): SourceArgument {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`a source reads ${name}, which it did not declare`);
    return value;
  }

  number(name: string): number {
    return Number(this.#of(name));
  }

  /** Undefined where a word stands that means no number. */
  optionalNumber(name: string): number | undefined {
    return typeof this.#of(name) === "number" ? this.number(name) : undefined;
  }

  flag(name: string): boolean {
    return this.#of(name) === true;
  }

  /** Undefined where a word stands that means neither. */
  optionalFlag(name: string): boolean | undefined {
    return typeof this.#of(name) === "boolean" ? this.flag(name) : undefined;
  }

  text(name: string): string {
    return String(this.#of(name));
  }

  /** One text or several, as a list. */
  names(name: string): readonly string[] {
    const value = this.#of(name);
    return (Array.isArray(value) ? value : [value]).map(String).filter((each) => each !== "");
  }

  /** The path below the folder of the request. */
  path(name: string): string {
    return resolvePath(this.#base, this.text(name));
  }

  /** [height, width] */
  size(name: string): readonly [number, number] {
    return this.optionalSize(name) ?? [1, 1];
  }

  /** [height, width]; undefined where a word stands that means no size. */
  optionalSize(name: string): readonly [number, number] | undefined {
    return asSize(this.#of(name));
  }
}

/** Most bytes that the numbers of one field may take. */
const FIELD_BYTES = 2 ** 30;

/** Refuses a field before memory is asked for; `bytes` are those of a number. DataError `data/too-large`. */
export function checkNumbers(
  what: string,
  numbers: number,
  { hint = "ask for fewer or smaller examples", bytes = 4 }: { readonly hint?: string; readonly bytes?: 1 | 4 } = {},
): void {
  const most = FIELD_BYTES / bytes;
  if (numbers <= most) return;
  const message = `${what} would have ${numbers} numbers, more than the ${most} a field may have`;
  throw new DataError("data/too-large", message, hint);
}
