// The files of a built module: its text, its types, its weights and the script of its threads. In: an artifact, the texts that it runs
// on. Invariant: names of classes and columns are the data's, and stand in texts that end nothing and begin nothing.

import { deflateSync } from "fflate";
import type { ModelInput } from "../../project/use/model/modelinputs.ts";
import { pictureSize } from "../../project/use/rows/picturerows.ts";
import { packageBytes } from "../../runtime/pictures/packagebytes.ts";
import type { Artifact } from "../artifact.ts";
import type { Built } from "./make.ts";

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

/** The texts of the GPU, of threads, and of one of them. */
export const GPU_BUNDLE = "modulegpu.txt";
export const THREADS_BUNDLE = "modulethreads.txt";
export const THREAD_BUNDLE = "modulethread.txt";

/** The decoder of JPEG pictures in its package. */
export const JPEG_DECODER = "@cwasm/jpeg-turbo/jpeg-turbo.wasm";

export const featuresOf = ({ inputs }: Artifact): Features => ({
  hasSounds: inputs.some(({ field }) => field.sound !== undefined),
  hasPictures: inputs.some(({ field }) => pictureSize(field.shape) !== undefined),
  hasColumns: inputs.some(({ field }) => field.columns !== undefined),
  hasTexts: inputs.some(
    ({ field }) => field.labels !== undefined && field.classes !== undefined && field.shape.length > 0,
  ),
});

export interface BuiltFile {
  readonly name: string;
  readonly contents: string | Uint8Array;
}

/** Expressions of JavaScript that find the files beside a module. */
export interface Places {
  /** The bytes, or where they are. */
  readonly weights: string;
  /** A thread that has been started. */
  readonly thread: string;
  /** The decoder of JPEG pictures, for a model that takes pictures. */
  readonly decoder: string;
}

/** The files of a module called NAME.js. `read` gives what it runs on. */
export async function moduleFiles(
  built: Built,
  module: string,
  read: (bundle: string) => Promise<string>,
  isSingle = false,
): Promise<readonly BuiltFile[]> {
  const { artifact, bytes } = built;
  const stem = module.replace(/\.m?js$/, "");
  const thread = artifact.wasm?.sharing ? await read(THREAD_BUNDLE) : "";
  const decoder = featuresOf(artifact).hasPictures ? await packageBytes(JPEG_DECODER) : new Uint8Array();
  const beside = {
    weights: `${stem}.bin`,
    decoder: `${stem}.jpeg.wasm`,
    thread: `${stem}.threads${module.slice(stem.length)}`,
  };
  const places = isSingle
    ? { weights: inside(bytes), thread: threadInside(thread), decoder: inside(decoder) }
    : {
        weights: addressOf(beside.weights),
        thread: threadAt(addressOf(beside.thread)),
        decoder: addressOf(beside.decoder),
      };
  const files: BuiltFile[] = [
    { name: module, contents: await moduleCode(artifact, read, places) },
    { name: module.replace(/(m?)js$/, "d.$1ts"), contents: moduleTypes(artifact) },
  ];
  if (isSingle) return files;
  files.push({ name: beside.weights, contents: bytes });
  if (thread) files.push({ name: beside.thread, contents: thread });
  if (decoder.length > 0) files.push({ name: beside.decoder, contents: decoder });
  return files;
}

/** A file beside the module, in the words by which bundlers find it. */
const addressOf = (name: string): string => `new URL(${text(`./${name}`)}, import.meta.url)`;

/** The bytes in the module itself, compressed: as text they could hardly be, once they are sent. */
export const inside = (bytes: Uint8Array): string => `unpacked(${text(base64(deflateSync(bytes, { level: 9 })))})`;

function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

/** Node's threads are found in it: it has no `Worker` of the web. */
const threadWith = (inNode: string, elsewhere: string): string =>
  `typeof Worker === "undefined" ? new (process.getBuiltinModule("node:worker_threads").Worker)(${inNode}) : new Worker(${elsewhere}, { type: "module" })`;

/** `address` is written out where the thread is made: bundlers find its script by that. */
const threadAt = (address: string): string => threadWith(address, address);

/** The script in the module itself. */
export const threadInside = (script: string): string =>
  threadWith(
    `${text(script)}, { eval: true }`,
    `URL.createObjectURL(new Blob([${text(script)}], { type: "text/javascript" }))`,
  );

export async function moduleCode(
  artifact: Artifact,
  read: (bundle: string) => Promise<string>,
  { weights, thread, decoder }: Places,
): Promise<string> {
  const features = featuresOf(artifact);
  const runtime = await read(bundleName(features));
  const parts: string[] = [];
  const part = async (bundle: string): Promise<string> => `(() => {\n${withExports(await read(bundle), returned)}})()`;
  if (artifact.wgsl) parts.push(`startOnGpu: ${await part(GPU_BUNDLE)}`);
  if (artifact.wasm?.sharing)
    parts.push(`startOnThreads: ${await part(THREADS_BUNDLE)}`, `startThread: () => ${thread}`);
  return `// The model '${artifact.model}', built by dnn: its forward pass, its weights, and what reads rows. No dependencies.
${withExports(runtime, bound)}
const artifact = JSON.parse(${text(JSON.stringify(artifact))});
export { DnnError };
${features.hasPictures ? `decodeJpegBy(() => ${decoder});\n` : ""}export async function load({ weights = ${weights}, ...options } = {}) {
  return openArtifact(artifact, await bytesFor(weights), options${parts.length > 0 ? `, { ${parts.join(", ")} }` : ""});
}
`;
}

/** A bundle with something in the place of what it exports at its end. */
const withExports = (bundle: string, instead: (names: readonly (readonly string[])[]) => string): string =>
  bundle.replace(/export\{([^}]*)\};?\s*$/, (_, names: string) =>
    instead(names.split(",").map((each) => each.trim().split(" as "))),
  );

/** `W as DnnError` of an export, as bindings. */
const bound = (names: readonly (readonly string[])[]): string => {
  const others = names.filter(([from, to]) => to !== undefined && from !== to);
  return `const ${others.map(([from, to]) => `${to}=${from}`).join(",")};`;
};

/** The only export, as the result of a function. */
const returned = ([only]: readonly (readonly string[])[]): string => `return ${only?.[0]};`;

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

/** Inputs of the model: by name${only ? ", or the only one alone" : ""}. */
export type Row = Inputs${inputs.some((i) => i.field.columns) ? " | Columns" : ""}${only};
${columnsType(inputs)}
export interface Prediction {
${prediction.map(indented).join("\n")}
}

export interface Net extends AsyncDisposable {
  /** The device that computes it, such as \`cpu:relaxed\` or \`gpu:NAME\`, and on how many threads. */
  readonly device: string;
  readonly threads: number;
  /** Why that is not what was asked for. */
  readonly fallback: string | undefined;
  predict(row: Row): Promise<Prediction>;
  batch(rows: readonly Row[]): Promise<Prediction[]>;
  dispose(): Promise<void>;
}

/** A mistake in a row. */
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
