// In: the files of a table and how they are to be read. Out: its data set: all numeric columns together as `x`, the label as
// `label` or `y`, and each column under its own name, divided into what trains and what is held out.

import { formatText, isDateLike } from "../../files/csvcells.ts";
import { DataError } from "../../files/dataerror.ts";
import type { Column, DataRemark, Dataset, Fold } from "../dataset.ts";
import { classWeights, type Division, divide, repeatRare } from "../division.ts";
import { clashesOf, clashRemark, fieldNames } from "../fieldname.ts";
import type { FieldNote } from "../source.ts";
import { numbersAt, splitRows } from "../split.ts";
import {
  type ColumnSummary,
  isMissing,
  leftOutText,
  readTable,
  type Table,
  type TableColumn,
  type TableOptions,
} from "./columns.ts";
import { type ClassColumn, isOfClasses, numbersOf, ownField, type Rows, sideBySide, wholeClasses } from "./features.ts";
import type { TableFiles } from "./rawtable.ts";
import { rolesOf, type TableSettings } from "./settings.ts";
import { tagsIn } from "./tags.ts";

/** Fields of a table, for the manual. */
export const TABLE_FIELDS: readonly FieldNote[] = [
  {
    name: "x",
    type: "[n]",
    documentation:
      "the numeric columns but the label, in file order: $1,234.50 is 1234.5, 12% is 12, true and yes are 1, false and no 0, dates are days",
  },
  {
    name: "label",
    type: "class K",
    documentation: "the label column, when it holds words or a few whole numbers; classes are sorted",
  },
  { name: "y", type: "[]", documentation: "the label column, when it holds numbers; several of them side by side" },
  { name: "weight", type: "[]", documentation: "how much an example counts, where weight or balance asks for it" },
  {
    name: "<text>",
    type: "[T] of V",
    documentation: "a column of texts: the tokens of each, as many as it has, of a vocabulary from the training rows",
  },
  { name: "<column>", type: "[] or class K", documentation: "each column under its own name, made an identifier" },
];

const OFFER =
  'missing="drop" leaves such rows out, missing="mean" fills them in, missing="flag" fills them in and says where they were';

export interface TableRequest {
  /** The file, and the one that is held out if there is one. */
  readonly tables: TableFiles;
  readonly settings: TableSettings;
  readonly cells: Pick<TableOptions, "separator" | "decimal">;
  readonly seed: number;
  readonly fold?: Fold | undefined;
  readonly progress?: TableOptions["progress"];
  /** Remarks on the file itself, for the note on x. */
  readonly notes?: readonly string[];
}

/** Every table is read this way, whichever kind of file it is. */
export function tableDataset(request: TableRequest): Dataset {
  const { tables, settings, cells, progress } = request;
  const { labels, keeps } = rolesOf(tables[0], settings);
  const { group, weight } = settings;
  const types = new Map(settings.types);
  if (group !== "" && !types.has(group)) types.set(group, "class");
  const isLabel = (written: string) => labels.includes(written);
  const table = readTable(tables, { ...cells, types, tokens: settings.tokens, keeps, isLabel, progress });
  const others = table.columns.filter((c) => !isLabel(c.written) && c.written !== group && c.written !== weight);
  const targets = labels.map((written) => columnOf(table, written));
  const columns: Columns = { all: table.columns.filter((c) => others.includes(c) || targets.includes(c)), targets };
  const kept = keptRows(table, settings.missing, targets);
  const classes = targetClasses(columns, kept);
  const division = divisionOf(table, kept, classes?.values, request);
  const rows = { order: numbersAt(division.order, kept), cut: division.cut };
  const named = namesOf(columns, settings);
  const fields = allFields(columns, named, rows, request, table.notes);
  const weights = weightField(table, kept, division, classes, settings);
  return {
    unit: "rows",
    unitsPerExample: 1,
    remarks: [...remarksOn(table, columns, settings), ...clashRemarks(table.path, columns, named)],
    ...splitRows([...fields, ...weights], rows.order.length, rows.cut, rows.order),
  };
}

/** The columns that are fields. */
export interface Columns {
  readonly all: readonly TableColumn[];
  readonly targets: readonly TableColumn[];
}

function columnOf({ path, columns }: Table, written: string): TableColumn {
  const column = columns.find((c) => c.written === written);
  if (!column) throw new Error(`${path}: column ${written} was not read`);
  return column;
}

// ---------------------------------------------------------------- rows

/** Rows to keep, in file order. DataError `data/csv-missing` names the line and the column. */
function keptRows(table: Table, missing: TableSettings["missing"], targets: readonly TableColumn[]): Int32Array {
  const kept: number[] = [];
  const needed = (missing === "error" || missing === "drop" ? table.columns : targets).filter(({ holes }) => holes > 0);
  for (let row = 0; row < table.count; row++) {
    const hole = needed.find((column) => isMissing(column, row));
    if (!hole) kept.push(row);
    else if (missing !== "drop") {
      throw missingCell(
        table.where(row),
        hole.written,
        targets.map(({ written }) => written),
      );
    }
  }
  if (kept.length === 0) throw new DataError("data/csv-no-rows", `${table.path}: every row has an empty cell`, OFFER);
  return Int32Array.from(kept);
}

/** The error of a row that lacks a value. */
export function missingCell(where: string, written: string, labels: readonly string[]): DataError {
  const hint = labels.includes(written) ? 'missing="drop" leaves such rows out' : OFFER;
  return new DataError("data/csv-missing", `${where}: column ${JSON.stringify(written)} has no value`, hint);
}

/** Of each kept row the class that the one label gives it; undefined where there is none or it is a quantity. */
function targetClasses({ targets }: Columns, kept: Int32Array): ClassColumn | undefined {
  const [target, more] = targets;
  if (!target || more) return undefined;
  const own = ownField(
    target,
    "label",
    { order: kept, cut: kept.length },
    { missing: "error", categories: "fields", dates: "days" },
  );
  return isOfClasses(own) ? own : wholeClasses(own);
}

function divisionOf(
  table: Table,
  kept: Int32Array,
  classes: ArrayLike<number> | undefined,
  { settings, seed, fold, tables }: TableRequest,
): Division {
  const { split, shuffle, stratify, group, balance, test } = settings;
  const { path } = table;
  if (stratify && !classes) throw needsClasses(path, "stratify");
  if (balance !== "none" && !classes) throw needsClasses(path, "balance");
  if (stratify && group !== "")
    throw new DataError(
      "data/bad-argument",
      `${path}: stratify and group exclude each other`,
      "leave one of them out",
      "stratify",
    );
  const grouped = group === "" ? undefined : columnOf(table, group);
  const division = divide(
    kept.length,
    {
      split,
      shuffle,
      seed,
      fold,
      heldoutFrom: tables[1] ? heldoutFrom(kept, table, test) : undefined,
      strata: stratify ? classes : undefined,
      groups: grouped ? numbersAt(kept, grouped.values) : undefined,
    },
    path,
  );
  return balance === "repeat" && classes ? repeatRare(division, classes, seed) : division;
}

function needsClasses(path: string, argument: string): DataError {
  const message = `${path}: ${argument} needs one label of classes, and there is none`;
  return new DataError(
    "data/bad-argument",
    message,
    'label="COLUMN" names it; types=["COLUMN: class"] makes numbers classes',
    argument,
  );
}

/** Which of the kept rows is the first of the second file. */
function heldoutFrom(kept: Int32Array, { ofFirst, path }: Table, test: string): number {
  const from = kept.findIndex((row) => row >= ofFirst);
  if (from > 0) return from;
  throw new DataError("data/csv-no-rows", `${from < 0 ? test : path}: every row has an empty cell`, OFFER);
}

// ---------------------------------------------------------------- fields

export interface Names {
  /** Of each column, its field's. */
  readonly names: readonly string[];
  /** The second name of the label; undefined for none, and where labels of classes are several. */
  readonly target: string | undefined;
}

/** The names of columns in programs, and the label. */
export function namesOf({ all, targets }: Columns, settings: TableSettings): Names {
  const numbers = targets.filter((column) => !column.labels);
  const target = numbers.length > 0 ? "y" : targets.length === 1 ? "label" : undefined;
  const hasX = all.some(
    (column) => !targets.includes(column) && !column.texts && (!column.labels || settings.categories === "onehot"),
  );
  const reserved = [
    ...(hasX ? ["x"] : []),
    ...(settings.balance === "weights" || settings.weight !== "" ? ["weight"] : []),
  ];
  const single = targets.length === 1 ? targets[0]?.written : undefined;
  if (target !== undefined && single !== target) reserved.push(target);
  return {
    names: fieldNames(
      all.map(({ written }) => written),
      reserved,
    ),
    target,
  };
}

export function allFields(
  columns: Columns,
  { names, target }: Names,
  rows: Rows,
  request: Pick<TableRequest, "settings" | "notes">,
  notes: readonly string[],
) {
  const { settings } = request;
  const own = columns.all.map((column, index) => ({ column, own: ownField(column, names[index]!, rows, settings) }));
  const inputs = own.filter(({ column }) => !columns.targets.includes(column));
  const parts = inputs.flatMap((each) => numbersOf(each.column, each.own, rows, settings));
  const leftOut =
    settings.categories === "onehot" ? [] : inputs.flatMap(({ column }) => (column.labels ? [column] : []));
  const x = parts.length > 0 ? [sideBySide("x", parts, rows.order.length)] : [];
  const noted = x.map((field) => ({ ...field, note: noteOf(field, leftOut, [...(request.notes ?? []), ...notes]) }));
  const labels = labelFields(
    columns.targets.flatMap((target) => own.filter(({ column }) => column === target).map((each) => each.own)),
    target,
    rows,
    columns.targets[0]?.summary,
  );
  const taken = new Set(["x", ...labels.map(({ name }) => name)]);
  const fields = own.map((each) => each.own);
  const derived = parts.filter((part) => !fields.includes(part) && part.columns?.[0]?.format.kind === "date");
  return [...noted, ...labels, ...[...fields, ...derived].filter(({ name }) => !taken.has(name))];
}

/** The label under the name that every table gives it: words as `label`, numbers as `y`; few whole numbers as both. */
function labelFields(
  targets: readonly Column[],
  target: string | undefined,
  rows: Rows,
  summary: ColumnSummary | undefined,
): Column[] {
  if (target === undefined) return [];
  if (target === "label") return targets.map((own) => ({ ...own, name: "label" }));
  const numbers = targets.filter(({ classes }) => classes === undefined);
  if (targets.length > 1) return [sideBySide("y", numbers, rows.order.length)];
  const [own] = numbers;
  if (!own) return [];
  const classes = wholeClasses(own, summary);
  if (!classes) return [{ ...own, name: "y" }];
  const note = `y holds ${own.columns?.[0]?.written} as numbers; label holds the same as ${classes.classes} classes`;
  return [{ ...own, name: "y", note }, classes];
}

/** `weight`, of a column or from the classes of the label. */
function weightField(
  table: Table,
  kept: Int32Array,
  division: Division,
  classes: ClassColumn | undefined,
  { weight, balance }: TableSettings,
): Column[] {
  if (weight !== "" && balance === "weights")
    throw new DataError(
      "data/bad-argument",
      `${table.path}: weight and balance="weights" both give the field weight`,
      "leave one of them out",
      "weight",
    );
  if (balance === "weights" && classes) {
    const own = classWeights(division, classes.values, classes.classes);
    const values = Float32Array.from(division.order, (at) => own[classes.values[at]!]!);
    return [{ name: "weight", shape: [], values }];
  }
  if (weight === "") return [];
  const column = columnOf(table, weight);
  const rows = numbersAt(division.order, kept);
  const values = Float32Array.from(rows, (row) => column.values[row]!);
  const isWeight = (value: number | undefined): boolean => column.format.kind === "number" && (value ?? -1) >= 0;
  const wrong = rows.filter((_, i) => !isWeight(values[i]));
  if (wrong.length === 0) return [{ name: "weight", shape: [], values }];
  const where = table.where(wrong.reduce((a, b) => Math.min(a, b)));
  const message = `${where}: column ${JSON.stringify(weight)} holds no weight, which is a number of at least 0`;
  throw new DataError("data/bad-argument", message, "correct the cell, or name another column", "weight");
}

// ---------------------------------------------------------------- notes and remarks

/** Columns that a note lists one by one. */
const LISTED = 12;

/** `x holds size, rate (12% is 12); price is left out of x: its cells are 58 different words, such as "2,340"` */
function noteOf({ columns = [] }: Column, leftOut: readonly TableColumn[], notes: readonly string[]): string {
  const held = columns.slice(0, LISTED).map(({ written, name, format }) => {
    if (format.kind === "is") return `${written}=${format.word}`;
    if (format.kind === "missing") return name;
    const how = formatText(format);
    return how === "" ? written : `${written} (${how})`;
  });
  const more = (count: number) => (count > LISTED ? [`and ${count - LISTED} more`] : []);
  const all = [...held, ...more(columns.length)].join(", ");
  const left = leftOut.slice(0, LISTED).map(leftOutText);
  return [`x holds ${all}`, ...notes, ...left, ...more(leftOut.length)].join("; ");
}

/** From so many rows on, a column whose rows nearly all differ holds no classes, and a label whose rows all differ. */
const [FEW, FEWEST] = [20, 5];

/** Whether the cells of a column look like sentences. */
const isProse = ({ labels, example }: TableColumn): boolean =>
  labels !== undefined && !isDateLike(example) && /\S\s+\S+\s+\S/.test(example);

/** Columns that are taken for classes and hardly are: dates of several forms, numbers in no one format, texts, names of the rows. */
export function remarksOn(
  { path, count }: Pick<Table, "path" | "count">,
  { all, targets }: Columns,
  { types }: TableSettings,
): DataRemark[] {
  return all.flatMap((column): DataRemark[] => {
    const kinds = column.labels?.length ?? 0;
    const isLabel = targets.includes(column);
    const isDistinct = isLabel && count >= FEWEST && (kinds === count || isProse(column));
    const tags = types.has(column.written) ? undefined : tagsIn(column, isLabel, path);
    if (tags) return [tags];
    const many = (count >= FEW || isDistinct) && kinds > count / 2;
    if (!column.labels || types.has(column.written)) return [];
    if (!(many || (!isLabel && isDateLike(column.example)))) return [];
    const asText = `text=${JSON.stringify(column.written)} makes it a sequence of words`;
    if (isLabel) {
      const message = `${path}: the label ${column.written} has ${kinds} classes in ${count} rows, so that ${kinds === count ? "each is" : "most are"} seen once`;
      const hint = `label="COLUMN" names the column to predict${isProse(column) ? `; ${asText}` : ""}`;
      return [{ code: "data/many-classes", message, hint }];
    }
    const hint = isProse(column)
      ? asText
      : many
        ? `drop=${JSON.stringify(column.written)} leaves it out altogether; it is a field of ${kinds} classes, and numbers, if it holds any, must all be written in one way`
        : "write all dates in one form, such as 2020-01-31";
    return [{ code: "data/left-out", message: `${path}: ${leftOutText(column)}`, hint }];
  });
}

/** Columns that programs would write alike. */
export function clashRemarks(path: string, { all, targets }: Columns, { names }: Names): DataRemark[] {
  const labels = targets.map(({ written }) => written);
  const clashes = clashesOf(
    all.map(({ written }) => written),
    names,
  );
  return clashes.filter(({ second }) => !labels.includes(second)).map((clash) => clashRemark(path, clash));
}
