// The texts that built modules run on, without imports. In: a name among `BUNDLES`. Out: minified text; that of `write.ts` begins a
// module and defines `DnnError`, `openArtifact`, `unpacked` and `decodeJpegBy`. A package brings these texts along; in a checkout they
// are bundled when they are needed.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleName, type Features, GPU_BUNDLE, THREAD_BUNDLE, THREADS_BUNDLE, TOKENIZERS_BUNDLE } from "./write.ts";

const EITHER = [false, true] as const;

const READERS: readonly Features[] = EITHER.flatMap((hasPictures) =>
  EITHER.flatMap((hasColumns) =>
    EITHER.flatMap((hasTexts) =>
      EITHER.map((hasSounds) => ({ hasPictures, hasColumns, hasTexts, hasSounds, hasWriting: false })),
    ),
  ),
);

/** A model that writes texts takes nothing but a text. */
const WRITER: Features = {
  hasPictures: false,
  hasColumns: false,
  hasTexts: true,
  hasSounds: false,
  hasWriting: true,
};

const FEATURES: readonly Features[] = [...READERS, WRITER];

/** By the names of their files: which part is the entry, and what the model takes. */
const SOURCES = new Map<string, { readonly entry: string; readonly features?: Features }>([
  ...FEATURES.map(
    (features) => [bundleName(features), { entry: features.hasTexts ? "opentexts" : "open", features }] as const,
  ),
  [TOKENIZERS_BUNDLE, { entry: "tokenizerlibrary" }],
  [GPU_BUNDLE, { entry: "gpu" }],
  [THREADS_BUNDLE, { entry: "threads" }],
  [THREAD_BUNDLE, { entry: "thread" }],
]);

/** All files of a package. */
export const BUNDLES: readonly string[] = [...SOURCES.keys()];

export async function bundleText(name: string): Promise<string> {
  const packed = new URL(name, import.meta.url);
  return existsSync(packed) ? readFileSync(packed, "utf8") : bundle(name);
}

/** Files of parts, and what stands in their place where a model does without. */
const LEFT_OUT = {
  hasPictures: ["pictures.", "nopictures."],
  hasColumns: ["columnvalues.", "nocolumns."],
  hasTexts: ["textvalues.", "notexts."],
  hasSounds: ["sounds.", "nosounds."],
  hasWriting: ["writing.", "nowriting."],
} as const;

const PARTS = Object.keys(LEFT_OUT) as readonly (keyof Features)[];

const ALWAYS_LEFT_OUT = [
  ["dnnerror.", "plainerror."],
  ["packagebytes.", "bytes."],
  ["readwebp.", "nowebp."],
  ["didyoumean.", "nosuggestions."],
  ["rowadvice.", "netadvice."],
  ["rowhints.", "norowhints."],
  ["lookup.", "nonodes."],
] as const;

/** Of the project's own files: a checkout has sources, a package what they were compiled to. */
const ENDING = import.meta.url.endsWith(".ts") ? "ts" : "js";

const fileOf = (name: string): string => fileURLToPath(new URL(`../module/${name}`, import.meta.url));

/** Bundles a text from its sources. */
export async function bundle(name: string): Promise<string> {
  const { rolldown } = await import("rolldown");
  const source = SOURCES.get(name);
  if (!source) throw new Error(`there is no bundle ${name}`);
  const { entry, features } = source;
  const plugin = {
    name: "left-out",
    resolveId(source: string) {
      const name = source.split("/").at(-1)!;
      for (const [part, other] of ALWAYS_LEFT_OUT) if (name.startsWith(part)) return fileOf(name.replace(part, other));
      if (features && source === "@huggingface/tokenizers") return fileOf(`tokenizers.${ENDING}`);
      for (const feature of PARTS) {
        const [part, other] = LEFT_OUT[feature];
        if (!features?.[feature] && name.startsWith(part)) return fileOf(name.replace(part, other));
      }
      return undefined;
    },
  };
  const build = await rolldown({
    input: fileOf(`${entry}.${ENDING}`),
    platform: "neutral",
    plugins: [plugin],
    treeshake: { moduleSideEffects: entry === "thread" },
    resolve: { mainFields: ["module", "main"], conditionNames: ["browser", "import", "default"] },
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  if (output.length !== 1) throw new Error(`${name} was bundled into ${output.length} files`);
  // Marks for a bundler that is to leave calls out, which has been done.
  return inLines(output[0].code.replaceAll(/\/\* @__PURE__ \*\/ ?/g, " "));
}

/** A line for each statement: Node prints the line of an error that nobody catches, which is not to be the whole module. */
async function inLines(text: string): Promise<string> {
  const { parseAst } = await import("rolldown/parseAst");
  const starts = [0, ...parseAst(text).body.map(({ start }) => start), text.length];
  const statements = starts.slice(1).map((end, i) => text.slice(starts[i], end).trim());
  return `${statements.filter((statement) => statement !== "").join("\n")}\n`;
}
