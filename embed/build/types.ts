// The types of a built module: shapes of its inputs, its classes as a union, the columns of its table. In: an artifact. Out: `NAME.d.ts`.

import type { ModelInput } from "../../project/use/model/modelinputs.ts";
import { pictureSize } from "../../project/use/rows/picturerows.ts";
import { textField } from "../../project/use/textwriting.ts";
import type { Artifact } from "../artifact.ts";
import { literal } from "./literal.ts";

/** Classes beyond which a union helps nobody. */
const MOST_CLASSES = 1000;

export function moduleTypes(artifact: Artifact): string {
  const { inputs, target, shape } = artifact;
  const writes = textField(inputs, shape) !== undefined;
  const only = inputs.length === 1 ? ` | ${valueType(inputs[0]!)}` : "";
  const prediction = target
    ? [
        "readonly label: Label;",
        "readonly class: number;",
        "readonly probability: number;",
        "/** Of each class, in their order. */",
        "readonly probabilities: readonly number[];",
      ]
    : [`/** [${shape.join(", ")}] */`, `readonly output: ${listsOf("number", shape.length)};`];
  return `// The types of a module that dnn built.

${target ? `/** The classes, in their order. */\nexport type Label = ${labelType(target.labels, target.classes)};\n\n` : ""}/** Pixels as \`ImageData\` has them: 4 bytes a pixel, or 1 or 3. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

export type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array;

export interface Inputs {
${inputs.flatMap(inputLines).map(indented).join("\n")}
}

/** Inputs of the model: by name${only ? ", or the only one alone" : ""}. */
export type Row = Inputs${inputs.some((i) => i.field.columns) ? " | Columns" : ""}${only};
${columnsType(inputs)}
export interface Prediction {
${prediction.map(indented).join("\n")}
}

export interface Net extends AsyncDisposable {
  /** Inputs of the model, by which a row is filled. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** The device that computes it, such as \`cpu:relaxed\` or \`gpu:NAME\`, and on how many threads. */
  readonly device: string;
  readonly threads: number;
  /** Why that is not what was asked for. */
  readonly fallback: string | undefined;
  predict(row: Row): Promise<Prediction>;
  batch(rows: readonly Row[]): Promise<Prediction[]>;
${writes ? SAMPLE_METHOD : ""}  dispose(): Promise<void>;
}

${writes ? SAMPLE_OPTIONS : ""}/** A mistake in a row. */
export declare class DnnError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
}

export interface LoadOptions {
  /** Where the weights lie, or their bytes, if not where the build put them. */
  readonly weights?: string | URL | ArrayBuffer | Uint8Array;
  /** A GPU where one is there and the module has kernels for it, or the processor, unless one of them is asked for. */
  readonly device?: "auto" | "cpu" | "gpu";
  /** Threads of the processor, in a module that was built with --threads. */
  readonly threads?: number;
  /** An object that gives adapters in the place of \`navigator.gpu\`. */
  readonly gpu?: { requestAdapter(options?: object): Promise<unknown> };
}

export declare function load(options?: LoadOptions): Promise<Net>;
`;
}

const SAMPLE_METHOD = `  /** Text, piece by piece, the prompt first; \`await\` gives all of it. */
  sample(options?: SampleOptions): AsyncGenerator<string, void, undefined> & PromiseLike<string>;
`;

const SAMPLE_OPTIONS = `export interface SampleOptions {
  /** The text that it goes on from. */
  readonly prompt?: string;
  /** Characters or words, 200 unless said otherwise. */
  readonly length?: number;
  /** 1 unless said otherwise; below it safer, above it bolder, at 0 always the likeliest. */
  readonly temperature?: number;
  /** A text of one seed is always the same. */
  readonly seed?: number;
}

`;

const indented = (line: string): string => `  ${line}`;

const listsOf = (item: string, depth: number): string => {
  if (depth === 0) return item;
  return depth === 1 ? `readonly ${item}[]` : `readonly (${listsOf(item, depth - 1)})[]`;
};

const labelType = (labels: readonly string[] | undefined, classes = 0): string => {
  if (classes > MOST_CLASSES) return "string";
  return Array.from({ length: classes }, (_, i) => literal(labels?.[i] ?? String(i))).join(" | ") || "string";
};

function inputLines(input: ModelInput): string[] {
  const { name, field, lengths } = input;
  const shape = `[${field.shape.join(", ")}]`;
  const kind = field.classes === undefined ? "numbers" : `${field.classes} classes`;
  const shorter = lengths === undefined ? "" : ", or fewer steps";
  return [`/** ${shape} of ${kind}${shorter} */`, `readonly ${literal(name)}: ${valueType(input)};`];
}

function valueType({ field }: ModelInput): string {
  const { shape, classes, labels } = field;
  const item =
    classes === undefined
      ? "number"
      : labels && shape.length === 0
        ? `number | ${labelType(labels, classes)}`
        : "number | string";
  if (shape.length === 0) return item;
  const lists = listsOf(classes === undefined ? "number" : `(${item})`, shape.length);
  const picture = pictureSize(shape) && classes === undefined ? " | Pixels | ArrayBuffer | Blob" : "";
  const sound = field.sound ? " | ArrayBuffer | Blob" : "";
  const flat = shape.length > 1 ? " | readonly number[]" : "";
  return `Numbers | ${lists}${flat}${classes === undefined ? "" : " | string"}${picture}${sound}`;
}

/** The columns of the table, where the model was trained on one. */
function columnsType(inputs: readonly ModelInput[]): string {
  const names = [...new Set(inputs.flatMap(({ field }) => field.columns?.map((c) => c.written) ?? []))];
  if (names.length === 0) return "";
  const lines = names.map((name) => `  readonly ${literal(name)}: number | string | boolean | null;`);
  return `\n/** The columns of the table that it was trained on; there may be others. */\nexport interface Columns {\n${lines.join("\n")}\n  readonly [other: string]: unknown;\n}\n`;
}
