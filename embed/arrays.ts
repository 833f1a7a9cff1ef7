// Arrays in memory as data to train on. In: for each field the values of all examples, and the fields that the program declares.
// Out: the arrays of a .npz archive, so that all that is true of `npz` is true of them.

import type { Field } from "../compiler/check/training/lines/types.ts";
import { failure } from "../project/failure.ts";
import { isLabelName } from "../runtime/data/fieldname.ts";
import type { NpyArray } from "../runtime/files/npy.ts";
import type { NumberArray } from "./rows.ts";

type Item = number | string | boolean | NumberArray | readonly Item[];

/** A field of all examples: a list with an item for each, or all of their numbers in one typed array. */
export type FieldValues = NumberArray | readonly Item[];

/** By the names of fields. `image_test` beside `image_train` is held out. */
export type TrainingData = Readonly<Record<string, FieldValues>>;

export function arraysOf(data: TrainingData, declared: readonly Field[]): ReadonlyMap<string, NpyArray> {
  const names = Object.keys(data);
  if (names.length === 0) throw refused("there are no fields in it", "write data: { image, label }");
  const counts = names.flatMap((name) => (isTyped(data[name]) ? [] : [data[name]!.length]));
  return new Map(
    Object.entries(data).map(([name, values]) => {
      const field = declared.find((f) => f.name === name.replace(/_(train|test|val|valid)$/, ""));
      return [name, arrayOf(name, values, field, isTyped(values) ? undefined : values.length, counts)];
    }),
  );
}

const refused = (message: string, hint: string) => failure("data/bad-array", `data: ${message}`, { hint });

const isTyped = (value: unknown): value is NumberArray => ArrayBuffer.isView(value) && !(value instanceof DataView);

function arrayOf(
  name: string,
  values: FieldValues,
  field: Field | undefined,
  listed: number | undefined,
  counts: readonly number[],
): NpyArray {
  if (isTyped(values)) return typedArray(name, values, field, counts);
  if (!Array.isArray(values)) throw refused(`'${name}' is no list of examples`, "hand over a list or a typed array");
  const inner = shapeOf(values[0] ?? 0);
  const flat = (values as readonly Item[]).flatMap((item, i) => {
    const shape = shapeOf(item);
    if (shape.join() === inner.join()) return flatten(item);
    throw refused(
      `'${name}': example 0 is [${inner.join(", ")}] and example ${i} is [${shape.join(", ")}]`,
      "all examples have one shape: fill shorter sequences up, and give their lengths as NAME_length",
    );
  });
  const shape = [listed ?? values.length, ...(fits(inner, field) && field ? field.shape.map(Number) : inner)];
  if (flat.every((v) => typeof v === "string")) return textArray(shape, flat);
  if (flat.every((v) => typeof v === "boolean"))
    return { shape, kind: "boolean", values: Uint8Array.from(flat, Number) };
  const wrong = flat.find((v) => typeof v !== "number");
  if (wrong !== undefined) throw refused(`'${name}' holds ${JSON.stringify(wrong)} among numbers`, "give numbers only");
  return { shape, ...numbers(name, flat as number[], inner, field) };
}

/** Whether so many numbers fill the field that the program declares. */
const fits = (inner: readonly number[], field: Field | undefined): boolean =>
  field !== undefined && inner.reduce((a, b) => a * b, 1) === sizeOf(field);

const sizeOf = ({ shape }: Field): number => shape.map(Number).reduce((a, b) => a * b, 1);

/** The examples stand one after the other: how many there are, the lists beside it say, or the declared shape. */
function typedArray(name: string, values: NumberArray, field: Field | undefined, counts: readonly number[]): NpyArray {
  const width = field ? sizeOf(field) : values.length / (counts[0] ?? values.length);
  const count = values.length / width;
  if (!Number.isInteger(width) || !Number.isInteger(count))
    throw refused(
      `'${name}' has ${values.length} numbers, which is no whole number of examples${field ? ` of [${field.shape.join(", ")}]` : ""}`,
      "hand over a list with an item for each example, or as many numbers as all of them have",
    );
  const shape = [count, ...(field ? field.shape.map(Number) : width === 1 ? [] : [width])];
  if (values instanceof Float32Array || values instanceof Float64Array) return { shape, kind: "float", values };
  const plain = values instanceof Uint8ClampedArray ? Uint8Array.from(values) : values;
  return { shape, kind: "integer", values: plain };
}

/** Whole numbers are lengths, or classes where the program says so, or by the name of the field; sequences of them may be. */
function numbers(name: string, flat: number[], inner: readonly number[], field: Field | undefined) {
  const isWhole = flat.every((v) => Number.isInteger(v) && Math.abs(v) < 2 ** 31);
  const isOne = inner.length === 0 && !/(^|_)lengths?$/.test(name);
  const isNumber = field ? field.classes === undefined : !isLabelName(name);
  if (isWhole && !(isOne && isNumber)) return { kind: "integer" as const, values: Int32Array.from(flat) };
  return { kind: "float" as const, values: Float64Array.from(flat) };
}

function textArray(shape: readonly number[], flat: readonly string[]): NpyArray {
  const labels = [...new Set(flat)].sort((a, b) => (a < b ? -1 : 1));
  const places = new Map(labels.map((label, i) => [label, i]));
  return { shape, kind: "text", labels, values: Int32Array.from(flat, (text) => places.get(text)!) };
}

const shapeOf = (item: Item): number[] => {
  if (isTyped(item)) return [item.length];
  return Array.isArray(item) ? [item.length, ...shapeOf((item[0] ?? 0) as Item)] : [];
};

function flatten(item: Item): (number | string | boolean)[] {
  if (isTyped(item)) return Array.from(item);
  return Array.isArray(item) ? item.flatMap(flatten) : [item as number | string | boolean];
}
