// Rows to predict, from one place: JSON as it stands or in a file, a CSV table, a .npz or .npy of arrays, a picture. What comes
// over standard input, or from a file without a name that says it, says by its bytes what it is.

import { existsSync } from "node:fs";
import { itemAt } from "../../compiler/arithmetic/lists.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { hintOnMissingHere } from "../../project/data/missing.ts";
import { asFailure, usage } from "../../project/failure.ts";
import { counted } from "../../project/numbertext.ts";
import { quoted } from "../../project/quoted.ts";
import type { ModelInput } from "../../project/use/model/modelinputs.ts";
import { fromJson, isJson, rowsFrom } from "../../project/use/rows/jsonrows.ts";
import { fromPicture } from "../../project/use/rows/picturerows.ts";
import { asNumber, numbersOf, type Rows, widthOf, wrong } from "../../project/use/rows/rowvalues.ts";
import { mustBeShares } from "../../project/use/rows/shares.ts";
import { fromSound } from "../../project/use/rows/soundrows.ts";
import { fromRawTable, fromTable, type TableForm } from "../../project/use/rows/tablerows.ts";
import { prepareTexts, takesText, vocabularyOf } from "../../project/use/rows/textvalues.ts";
import { lengthNames } from "../../runtime/data/arrays/layout.ts";
import { fieldName } from "../../runtime/data/fieldname.ts";
import { parquetTable } from "../../runtime/data/tables/parquettable.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { decodeText } from "../../runtime/files/decode.ts";
import { nodeFiles } from "../../runtime/files/files.node.ts";
import { readNpy } from "../../runtime/files/npy.ts";
import { isWav } from "../../runtime/files/wav.ts";
import { readZip } from "../../runtime/files/zip/read.ts";
import { isPictureFile, isPictureName } from "../../runtime/pictures/kind.ts";
import { isFileName, isTableName, STANDARD } from "./inputplaces.ts";
import { note } from "./say.ts";

/** `form`: that of the table which was trained on, if it was one. */
export async function readRows(input: string, inputs: readonly ModelInput[], form?: TableForm): Promise<Rows> {
  const rows = await rowsOf(input, inputs, form);
  for (const each of inputs) mustBeShares(rows.values.get(each.name), each, input.length > 40 ? "--input" : input);
  return rows;
}

async function rowsOf(input: string, inputs: readonly ModelInput[], form?: TableForm): Promise<Rows> {
  await prepareTexts(inputs);
  if (input === STANDARD) return fromBytes(await standardInput(), "standard input", inputs, form);
  const isFile = isFileName(input) || existsSync(input);
  if (/^\s*[[{\d"-]/.test(input) && !isFile) return fromJson(input, "--input", inputs);
  if (isSentence(input, inputs) && !isFile) return rowsFrom([input], inputs, "--input");
  if (!isFile && isPhrase(input, inputs)) return fromCharacters(input, inputs, "--input");
  const [, name, numbers] = isFile ? [] : (/^(\w+)\s*=\s*\[?([-+\d.eE,\s]+)\]?$/.exec(input) ?? []);
  if (name !== undefined && numbers !== undefined)
    throw usage(`--input ${input}: a row is written as JSON`, `--input '{"${name}": ${rowText(numbers)}}'`);
  const bytes = await bytesOf(input);
  if (/\.(txt|text|md)$/i.test(input) && takesCharacters(inputs))
    return fromCharacters(decodeText(bytes, input).replace(/\r?\n$/, ""), inputs, input);
  if (isPictureName(input)) return fromPicture(bytes, input, inputs);
  if (/\.wav$/i.test(input)) return fromSound(bytes, input, inputs);
  if (/\.npz$/i.test(input)) return fromArrays(npzArrays(bytes, input), input, inputs);
  if (/\.npy$/i.test(input)) return fromArray(bytes, input, inputs);
  if (/\.parquet$/i.test(input)) return fromRawTable(await parquetTable(bytes, input), inputs, note);
  if (isTableName(input)) return fromTable(bytes, input, inputs, note, form);
  if (/\.(json|jsonl|ndjson)$/i.test(input)) return fromJson(decodeText(bytes, input), input, inputs);
  return fromBytes(bytes, input, inputs, form);
}

/** `0,1` as the list that it is in JSON, and one number as it is. */
function rowText(numbers: string): string {
  const parts = numbers.split(/[,\s]+/).filter((part) => part !== "");
  return parts.length === 1 ? parts.join() : `[${parts.join(", ")}]`;
}

/** An argument that names no file is the text that a model of one input takes. */
const isSentence = (input: string, inputs: readonly ModelInput[]): boolean =>
  inputs.length === 1 && inputs.every(takesText) && (/\s/.test(input) || !/[/\\]/.test(input));

const takesCharacters = (inputs: readonly ModelInput[]): boolean =>
  inputs.length === 1 && inputs.every((input) => vocabularyOf(input) !== undefined);

/** An argument that names no file by its looks, which a model of characters is given. */
const isPhrase = (input: string, inputs: readonly ModelInput[]): boolean =>
  takesCharacters(inputs) && (/\s/.test(input) || /^[\p{L}'-]+$/u.test(input));

/** A text for a model of characters, which takes as many as it was trained on at a time. */
function fromCharacters(text: string, inputs: readonly ModelInput[], what: string): Rows {
  const given = [...text].length;
  const wanted = widthOf(itemAt(inputs, 0));
  if (given !== wanted && itemAt(inputs, 0).lengths === undefined)
    throw wrong(
      what,
      `this model is given ${counted(wanted, "character")} at a time, and the text has ${given}`,
      `\`dnn sample FILE --weights RUN --prompt ${quoted(text.length > 40 ? `${text.slice(0, 40)}...` : text)}\` writes on from a text of any length`,
    );
  return rowsFrom([text], inputs, what);
}

/** Recognises the kind of bytes that come without a name, by how they begin. */
function fromBytes(
  bytes: Uint8Array,
  what: string,
  inputs: readonly ModelInput[],
  form?: TableForm,
): Rows | Promise<Rows> {
  if (isPictureFile(bytes)) return fromPicture(bytes, what, inputs);
  if (isWav(bytes)) return fromSound(bytes, what, inputs);
  if (startsWith(bytes, "\x93NUMPY")) return fromArray(bytes, what, inputs);
  if (startsWith(bytes, "PK")) return fromArrays(npzArrays(bytes, what), what, inputs);
  const text = decodeText(bytes, what);
  return isJson(text) ? fromJson(text, what, inputs) : fromTable(bytes, what, inputs, note, form);
}

const startsWith = (bytes: Uint8Array, start: string): boolean =>
  [...start].every((sign, i) => bytes[i] === sign.charCodeAt(0));

async function standardInput(): Promise<Uint8Array> {
  if (process.stdin.isTTY) note("rows are read from the terminal, to the end of input (Ctrl-D)");
  const parts: Uint8Array[] = [];
  for await (const part of process.stdin) parts.push(part);
  return Buffer.concat(parts);
}

async function bytesOf(input: string): Promise<Uint8Array> {
  try {
    return await nodeFiles().read(input);
  } catch (error) {
    const isStream = /^\/(dev|proc)\//.test(input);
    const hint = isStream ? { hint: "`--input -` reads standard input" } : {};
    throw asFailure(error, { ...hint, ...hintOnMissingHere(error, "--input", process.cwd()) }) ?? error;
  }
}

// ---------------------------------------------------------------- arrays

interface ArrayRows {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  /** Texts are indices of these. */
  readonly labels?: readonly string[];
}

const fromArray = (bytes: Uint8Array, what: string, inputs: readonly ModelInput[]): Rows =>
  fromArrays(new Map(inputs.slice(0, 1).map(({ name }) => [name, readNpy(bytes, what)])), what, inputs);

function npzArrays(bytes: Uint8Array, path: string): ReadonlyMap<string, ArrayRows> {
  const arrays = new Map<string, ArrayRows>();
  for (const [file, contents] of readZip(bytes, path))
    arrays.set(file.replace(/\.npy$/, ""), readNpy(contents, `${path}: ${file}`));
  return arrays;
}

/** The array whose name becomes that of the field. */
function arrayNamed(arrays: ReadonlyMap<string, ArrayRows>, { field }: ModelInput): ArrayRows | undefined {
  return [...arrays].find(([name], i) => fieldName(name, i) === field.name)?.[1];
}

/** Texts as the classes that a field has by their names. */
function classesOf({ values, labels }: ArrayRows, input: ModelInput, what: string): ArrayLike<number> {
  if (!labels) return values;
  const places = labels.map((label) => asNumber(label, input, what));
  return Array.from(values, (index) => itemAt(places, index));
}

/** How long each sequence is, where an array says it. */
function lengthsIn(arrays: ReadonlyMap<string, ArrayRows>, input: ModelInput, rows: number, what: string) {
  const name = lengthNames(input.name).find((n) => arrays.has(n));
  if (name === undefined) return undefined;
  const lengths = Float32Array.from(lookUp(arrays, name).values);
  const steps = itemAt(input.field.shape, 0);
  const isRight = lengths.length === rows && lengths.every((n) => Number.isInteger(n) && n >= 1 && n <= steps);
  if (isRight) return lengths;
  throw wrong(what, `'${name}' must say for each of ${rows} rows how many of ${steps} steps it has, from 1`);
}

/** Each input's array by its name; a model of one input takes the only array, whatever it is called. */
function fromArrays(arrays: ReadonlyMap<string, ArrayRows>, what: string, inputs: readonly ModelInput[]): Rows {
  const values = new Map<string, Numbers>();
  let count: number | undefined;
  for (const input of inputs) {
    const only = inputs.length === 1 && arrays.size === 1 ? [...arrays.values()][0] : undefined;
    const array = arrays.get(input.name) ?? arrays.get(input.field.name) ?? arrayNamed(arrays, input) ?? only;
    if (!array) throw wrong(what, `there is no array '${input.name}'`, `it has ${[...arrays.keys()].join(", ")}`);
    const width = widthOf(input);
    const rows = array.values.length / width;
    const isOne = array.shape.join() === input.field.shape.join();
    if (!Number.isInteger(rows) || (!isOne && array.shape[0] !== rows))
      throw wrong(
        what,
        `'${input.name}' is [${input.field.shape.join(", ")}] in each row, and the array is [${array.shape.join(", ")}]`,
      );
    if (count !== undefined && rows !== count) throw wrong(what, `arrays have ${count} and ${rows} rows`);
    count = rows;
    if (input.lengths !== undefined) {
      const lengths = lengthsIn(arrays, input, rows, what);
      if (lengths) values.set(input.lengths, lengths);
    }
    values.set(input.name, numbersOf(input, classesOf(array, input, what), what));
  }
  return { count: count ?? 0, values };
}
