// The text of a built module and of its types. In: an artifact, the text that it runs on. Out: `NAME.js` and `NAME.d.ts`. Invariant:
// names of classes and columns are the data's, and stand in both as texts that end nothing and begin nothing.

import type { ModelInput } from "../../project/use/model/modelinputs.ts";
import { pictureSize } from "../../project/use/rows/picturerows.ts";
import type { Artifact } from "../artifact.ts";

/** Parts that only some models need. */
export interface Features {
  readonly hasPictures: boolean;
  readonly hasColumns: boolean;
  readonly hasTexts: boolean;
  readonly hasSounds: boolean;
}

/** The file with the text that models of these parts run on. */
export const bundleName = ({ hasPictures, hasColumns, hasTexts, hasSounds }: Features): string =>
  `module${hasPictures ? ".pictures" : ""}${hasColumns ? ".columns" : ""}${hasTexts ? ".texts" : ""}${hasSounds ? ".sounds" : ""}.txt`;

export const featuresOf = ({ inputs }: Artifact): Features => ({
  hasSounds: inputs.some(({ field }) => field.sound !== undefined),
  hasPictures: inputs.some(({ field }) => pictureSize(field.shape) !== undefined),
  hasColumns: inputs.some(({ field }) => field.columns !== undefined),
  hasTexts: inputs.some(
    ({ field }) => field.labels !== undefined && field.classes !== undefined && field.shape.length > 0,
  ),
});

/** The name of a file beside the module, or its bytes as base64. */
export type Beside = { readonly file: string } | { readonly base64: string };

const sourceText = (bytes: Beside): string =>
  "file" in bytes ? `new URL(${text(`./${bytes.file}`)}, import.meta.url)` : `decodeBase64(${text(bytes.base64)})`;

/** The decoder in its package. */
export const JPEG_DECODER = "@cwasm/jpeg-turbo/jpeg-turbo.wasm";

/** `weights`, and what decodes JPEG pictures, for a model that takes pictures. */
export function moduleCode(artifact: Artifact, runtime: string, weights: Beside, decoder: Beside | undefined): string {
  return `// The model '${artifact.model}', built by dnn: its forward pass, its weights, and what reads rows. No dependencies.
${runtime.replace(/export\{([^}]*)\};?\s*$/, (_, names: string) => `const ${destructured(names)};`)}
const artifact = JSON.parse(${text(JSON.stringify(artifact))});
export { DnnError };
${decoder ? `decodeJpegBy(${sourceText(decoder)});\n` : ""}export async function load({ weights = ${sourceText(weights)} } = {}) {
  return openArtifact(artifact, await bytesFor(weights));
}
`;
}

/** `W as DnnError` of an export, as bindings. */
const destructured = (names: string): string =>
  names
    .split(",")
    .map((each) => each.trim().split(" as "))
    .filter(([from, to]) => to !== undefined && from !== to)
    .map(([from, to]) => `${to}=${from}`)
    .join(",");

/** A text of JavaScript and TypeScript that may stand in a script of a page, too. */
const text = (value: string): string =>
  JSON.stringify(value).replace(
    /[<\u2028\u2029\u007f-\u009f]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

// ---------------------------------------------------------------- types

/** Classes beyond which a union helps nobody. */
const MOST_CLASSES = 1000;

export function moduleTypes(artifact: Artifact): string {
  const { inputs, target, shape } = artifact;
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

/** What the model is asked for: its inputs by name${only ? ", or the only one alone" : ""}. */
export type Row = Inputs${inputs.some((i) => i.field.columns) ? " | Columns" : ""}${only};
${columnsType(inputs)}
export interface Prediction {
${prediction.map(indented).join("\n")}
}

export interface Net extends AsyncDisposable {
  predict(row: Row): Promise<Prediction>;
  batch(rows: readonly Row[]): Promise<Prediction[]>;
  dispose(): Promise<void>;
}

/** What is wrong with a row. */
export declare class DnnError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
}

/** \`weights\`: where the weights lie, or their bytes, if not where the build put them. */
export declare function load(options?: { weights?: string | URL | ArrayBuffer | Uint8Array }): Promise<Net>;
`;
}

const indented = (line: string): string => `  ${line}`;

const listsOf = (item: string, depth: number): string =>
  depth === 0
    ? item
    : `readonly ${listsOf(item, depth - 1)}[]`
        .replace("readonly readonly", "readonly (readonly")
        .replace(/^(readonly \(.*)\[\]$/, "$1)[]");

const labelType = (labels: readonly string[] | undefined, classes = 0): string => {
  if (classes > MOST_CLASSES) return "string";
  return Array.from({ length: classes }, (_, i) => text(labels?.[i] ?? String(i))).join(" | ") || "string";
};

function inputLines(input: ModelInput): string[] {
  const { name, field, lengths } = input;
  const shape = `[${field.shape.join(", ")}]`;
  const kind = field.classes === undefined ? "numbers" : `${field.classes} classes`;
  const shorter = lengths === undefined ? "" : ", or fewer steps";
  return [`/** ${shape} of ${kind}${shorter} */`, `readonly ${text(name)}: ${valueType(input)};`];
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
  const lines = names.map((name) => `  readonly ${text(name)}: number | string | boolean | null;`);
  return `\n/** The columns of the table that it was trained on; there may be others. */\nexport interface Columns {\n${lines.join("\n")}\n  readonly [other: string]: unknown;\n}\n`;
}
