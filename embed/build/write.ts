// The files of a built module: its text, its types, its weights, the script of its threads. In: an artifact, the texts that it runs on.
// Invariant: names of classes and columns are the data's, and stand in texts that end nothing and begin nothing.

import { pictureSize } from "../../project/use/rows/picturerows.ts";
import { textField } from "../../project/use/textwriting.ts";
import { packageBytes } from "../../runtime/pictures/packagebytes.ts";
import type { Artifact } from "../artifact.ts";
import { literal } from "./literal.ts";
import type { Built } from "./make.ts";
import { moduleTypes } from "./types.ts";

/** Parts that only some models need. */
export interface Features {
  readonly hasPictures: boolean;
  readonly hasColumns: boolean;
  readonly hasTexts: boolean;
  readonly hasSounds: boolean;
  /** Whether it gives the next character of a text. */
  readonly hasWriting: boolean;
}

/** The file with the text that models of these parts run on. */
export const bundleName = ({ hasPictures, hasColumns, hasTexts, hasSounds, hasWriting }: Features): string =>
  `module${hasPictures ? ".pictures" : ""}${hasColumns ? ".columns" : ""}${hasTexts ? ".texts" : ""}${hasSounds ? ".sounds" : ""}${hasWriting ? ".writing" : ""}.txt`;

/** The reader of tokenizer.json files. */
export const TOKENIZERS_BUNDLE = "moduletokenizers.txt";

/** The texts of the GPU, of threads, and of one of them. */
export const GPU_BUNDLE = "modulegpu.txt";
export const THREADS_BUNDLE = "modulethreads.txt";
export const THREAD_BUNDLE = "modulethread.txt";

/** The decoder of JPEG pictures in its package. */
export const JPEG_DECODER = "@cwasm/jpeg-turbo/jpeg-turbo.wasm";

const featuresOf = ({ inputs, shape }: Artifact): Features => ({
  hasWriting: textField(inputs, shape) !== undefined,
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

/** The address of a file of the module, as an expression of JavaScript; undefined where the file shall stand in the module itself. */
export type Place = (file: BuiltFile) => string | undefined;

/** Gives a text that modules run on. */
export type ReadBundle = (name: string) => Promise<string>;

/** The files of a module called NAME.js, its types and what lies beside it. */
export async function moduleFiles(
  built: Built,
  module: string,
  read: ReadBundle,
  isSingle = false,
): Promise<readonly BuiltFile[]> {
  const beside: BuiltFile[] = [];
  const place: Place = (file) => {
    if (isSingle) return undefined;
    beside.push(file);
    // These are the words by which bundlers find it.
    return `new URL(${literal(`./${file.name}`)}, import.meta.url)`;
  };
  const contents = await moduleCode(built, module, read, place);
  const types = { name: module.replace(/(m?)js$/, "d.$1ts"), contents: moduleTypes(built.artifact) };
  return [{ name: module, contents }, ...beside, types];
}

/** The text of a module called NAME.js. Each further file that it needs, its weights among them, is given to `place`. */
export async function moduleCode(
  { artifact, bytes }: Built,
  module: string,
  read: ReadBundle,
  place: Place,
): Promise<string> {
  const [stem, ending] = [module.replace(/\.m?js$/, ""), /\.m?js$/.exec(module)?.[0] ?? ".js"];
  const features = featuresOf(artifact);
  const sourceOf = async (name: string, contents: Uint8Array<ArrayBuffer>): Promise<string> =>
    place({ name, contents }) ?? (await inside(contents));
  const runtime = await read(bundleName(features));
  const part = async (bundle: string): Promise<string> => `(() => {\n${withExports(await read(bundle), returned)}})()`;
  const parts = [`weights: () => ${await sourceOf(`${stem}.bin`, bytes)}`];
  if (artifact.wgsl) parts.push(`startOnGpu: ${await part(GPU_BUNDLE)}`);
  if (artifact.wasm?.sharing) {
    const script = { name: `${stem}.threads${ending}`, contents: await read(THREAD_BUNDLE) };
    const address = place(script);
    const thread = address === undefined ? threadInside(script.contents) : threadWith(address, address);
    parts.push(`startOnThreads: ${await part(THREADS_BUNDLE)}`, `startThread: () => ${thread}`);
  }
  const tokenizers = artifact.inputs.some(({ field }) => field.tokens?.tokenizer)
    ? `readTokenizersBy(${await part(TOKENIZERS_BUNDLE)});\n`
    : "";
  const decoder = features.hasPictures
    ? `decodeJpegBy(() => ${await sourceOf(`${stem}.jpeg.wasm`, await packageBytes(JPEG_DECODER))});\n`
    : "";
  return `// The model '${artifact.model}', built by dnn: its forward pass, its weights, and what reads rows. No dependencies.
${withExports(runtime, bound)}
const artifact = JSON.parse(${literal(JSON.stringify(artifact))});
export { DnnError };
${decoder}${tokenizers}export async function load(options) {
  return openArtifact(artifact, { ${parts.join(", ")} }, options);
}
`;
}

/** The bytes in the module itself, compressed: as text they could hardly be, once they are sent. */
async function inside(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const packed = new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw")));
  return `unpacked(${literal(base64(new Uint8Array(await packed.arrayBuffer())))})`;
}

function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

/** A thread of Node or of the web. Addresses are written out where it is made: bundlers find its script by that. */
const threadWith = (inNode: string, elsewhere: string): string =>
  `typeof Worker === "undefined" ? new (process.getBuiltinModule("node:worker_threads").Worker)(${inNode}) : new Worker(${elsewhere}, { type: "module" })`;

/** The script in the module itself. */
const threadInside = (script: string): string =>
  threadWith(
    `${literal(script)}, { eval: true }`,
    `URL.createObjectURL(new Blob([${literal(script)}], { type: "text/javascript" }))`,
  );

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
