// The parameters that every source of tables has, and their values as one object. Out of place here: what only one kind of file
// knows, such as what separates its cells.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { didYouMean } from "../../files/nearest.ts";
import type { Arguments, Parameter } from "../source.ts";
import { LENGTH_PARAMETER, TOKEN_PARAMETERS, type TokenSettings, tokenSettings } from "../tokens/settings.ts";
import type { ColumnType } from "./formats.ts";
import { listed, type RawTable } from "./rawtable.ts";

/** Stands for the column that a table is usually about. */
const LAST = "last";

const MISSING = ["error", "drop", "mean", "frequent", "flag"] as const;
const BALANCE = ["none", "repeat", "weights"] as const;
const CATEGORIES = ["fields", "onehot"] as const;
const DATES = ["days", "parts"] as const;

/** How a table is to be read; see `TABLE_PARAMETERS`. */
export interface TableSettings {
  readonly label: readonly string[];
  readonly split: number;
  readonly missing: (typeof MISSING)[number];
  readonly columns: readonly string[];
  readonly drop: readonly string[];
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly categories: (typeof CATEGORIES)[number];
  readonly dates: (typeof DATES)[number];
  readonly test: string;
  readonly shuffle: boolean;
  readonly stratify: boolean;
  readonly group: string;
  readonly balance: (typeof BALANCE)[number];
  readonly weight: string;
  /** Columns of texts. */
  readonly text: readonly string[];
  readonly tokens: TokenSettings;
}

/** Those that stand first, in the order in which they may be given without their names. */
export const FIRST_PARAMETERS: readonly Parameter[] = [
  {
    name: "label",
    kind: "names",
    default: LAST,
    documentation:
      'the column to predict, or a list of them: unless told otherwise the one called label, else the last; "" for none',
  },
  { name: "split", kind: "fraction", default: 0.8, documentation: "the share of the shuffled rows that trains" },
  {
    name: "missing",
    kind: "word",
    default: "error",
    choices: MISSING,
    documentation:
      "rows with empty cells: an error, left out, or filled with the mean (of words the most frequent), the most frequent value, or the mean and a column that is 1 where a cell was empty",
  },
];

export const TABLE_PARAMETERS: readonly Parameter[] = [
  { name: "columns", kind: "names", default: "", documentation: "the columns to read beside the label, if not all" },
  { name: "drop", kind: "names", default: "", documentation: "columns to leave out" },
  {
    name: "types",
    kind: "names",
    default: "",
    documentation:
      'what columns hold where their cells do not show it: ["zip: class", "when: dmy"], each class, number, text, date, ymd, dmy or mdy',
  },
  {
    name: "categories",
    kind: "word",
    default: "fields",
    choices: CATEGORIES,
    documentation:
      "columns of words: fields of classes, to be embedded, or beside these numbers of x that are 1 for one word",
  },
  {
    name: "dates",
    kind: "word",
    default: "days",
    choices: DATES,
    documentation: "columns of dates: days since 1970-01-01, or year, month and weekday",
  },
  { name: "test", kind: "word", default: "", documentation: "another file with the same columns, which is held out" },
  { name: "shuffle", kind: "flag", default: true, documentation: "false: the last rows of the file are held out" },
  { name: "stratify", kind: "flag", default: false, documentation: "true: each class of the label is split by itself" },
  {
    name: "group",
    kind: "word",
    default: "",
    documentation: "a column, such as the patient: rows with the same value are all trained on or all held out",
  },
  {
    name: "balance",
    kind: "word",
    default: "none",
    choices: BALANCE,
    documentation:
      "classes that are rare in the training part: their rows repeated, or a field weight that is larger for them",
  },
  { name: "weight", kind: "word", default: "", documentation: "the column that the field weight is read from" },
  {
    name: "text",
    kind: "names",
    default: "",
    documentation: "columns of texts, each a field of sequences of tokens",
  },
  ...TOKEN_PARAMETERS,
  LENGTH_PARAMETER,
];

export async function tableSettings(given: Arguments, files: FileReader): Promise<TableSettings> {
  const chosen = <T extends string>(name: string, choices: readonly [T, ...T[]]): T =>
    choices.find((choice) => choice === given.text(name)) ?? choices[0];
  const text = given.names("text");
  const types = typesOf(given.names("types"));
  for (const name of text) types.set(name, "text");
  return {
    label: given.names("label"),
    split: given.number("split"),
    missing: chosen("missing", MISSING),
    columns: given.names("columns"),
    drop: given.names("drop"),
    types,
    categories: chosen("categories", CATEGORIES),
    dates: chosen("dates", DATES),
    test: given.text("test") === "" ? "" : given.path("test"),
    shuffle: given.flag("shuffle"),
    stratify: given.flag("stratify"),
    group: given.text("group"),
    balance: chosen("balance", BALANCE),
    weight: given.text("weight"),
    text: [...types].flatMap(([name, type]) => (type === "text" ? [name] : [])),
    tokens: await tokenSettings(given, given.number("length"), files),
  };
}

const TYPES: readonly ColumnType[] = ["class", "number", "date", "ymd", "dmy", "mdy", "text"];

/** `zip: class`, the name up to the last colon. */
function typesOf(written: readonly string[]): Map<string, ColumnType> {
  return new Map(
    written.map((text) => {
      const at = text.lastIndexOf(":");
      const type = TYPES.find((each) => each === text.slice(at + 1).trim());
      if (at > 0 && type) return [text.slice(0, at).trim(), type];
      const hint = `write the column, a colon and one of ${TYPES.join(", ")}: types=["zip: class"]`;
      throw new DataError(
        "data/bad-argument",
        `types holds ${JSON.stringify(text)}, which gives no column a type`,
        hint,
        "types",
      );
    }),
  );
}

/** The use of each column, by its name. */
export interface Roles {
  readonly labels: readonly string[];
  readonly keeps: (written: string) => boolean;
}

/** DataErrors `data/csv-no-label`, `data/no-column`, `data/nested` and `data/bad-argument` where settings and columns do not fit. */
export function rolesOf(
  { path, header, nested }: Pick<RawTable, "path" | "header" | "nested">,
  settings: TableSettings,
): Roles {
  const { columns, drop, group, weight, types, text } = settings;
  const named: readonly (readonly [argument: string, names: Iterable<string>])[] = [
    ["columns", columns],
    ["drop", drop],
    ["group", group === "" ? [] : [group]],
    ["weight", weight === "" ? [] : [weight]],
    ["text", text],
    ["types", types.keys()],
  ];
  for (const [argument, names] of named)
    for (const name of names) if (!header.includes(name)) throw unknown(path, header, name, argument);
  const others = header.filter(
    (name) => name !== "" && !drop.includes(name) && name !== group && name !== weight && !text.includes(name),
  );
  const labels = labelsOf(header, others, settings, path);
  const taken = [...labels, group, weight, ...text].find((name) => name !== "" && drop.includes(name));
  if (taken !== undefined)
    throw new DataError(
      "data/bad-argument",
      `${path}: column ${JSON.stringify(taken)} is dropped and used`,
      "leave it out of drop",
      "drop",
    );
  const both = labels.find((name) => text.includes(name));
  if (both !== undefined) throw textLabel(path, both);
  const used = new Set([...labels, group, weight, ...text]);
  const keeps = (written: string): boolean =>
    used.has(written) || (!drop.includes(written) && (columns.length === 0 || columns.includes(written)));
  for (const [name, what] of nested ?? []) {
    if (!keeps(name)) continue;
    const message = `${path}: column ${JSON.stringify(name)} holds ${what}, and a table has one number, word or date in each cell`;
    throw new DataError("data/nested", message, `leave it out with drop=${JSON.stringify(name)}`);
  }
  return { labels, keeps };
}

function textLabel(path: string, name: string): DataError {
  const message = `${path}: column ${JSON.stringify(name)} is a text and the label at once`;
  const hint = 'label="COLUMN" names the column to predict, label="" is for a table without one';
  return new DataError("data/bad-argument", message, hint, "label");
}

function unknown(path: string, header: readonly string[], name: string, argument: string): DataError {
  const hint = didYouMean(name, header) ?? `its columns are ${listed(header)}`;
  return new DataError(
    "data/no-column",
    `${path} has no column ${JSON.stringify(name)} for ${argument}`,
    hint,
    argument,
  );
}

function labelsOf(
  header: readonly string[],
  others: readonly string[],
  { label: asked }: TableSettings,
  path: string,
): readonly string[] {
  if (asked.length === 1 && asked[0] === LAST && !header.includes(LAST)) {
    const label = others.includes("label") ? "label" : others.at(-1);
    return label === undefined ? [] : [label];
  }
  const lacking = asked.find((name) => !header.includes(name));
  if (lacking === undefined) return [...new Set(asked)];
  const hint = didYouMean(lacking, header) ?? `its columns are ${listed(header)}; label="" is for a table without one`;
  throw new DataError(
    "data/csv-no-label",
    `${path} has no column ${JSON.stringify(lacking)} for the label`,
    hint,
    "label",
  );
}
