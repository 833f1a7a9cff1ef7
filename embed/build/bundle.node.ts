// The text of what a built module runs on, without imports. In: what the model takes. Out: minified text that defines `DnnError`,
// `openArtifact`, `bytesFor`, `decodeBase64` and `decodeJpegBy`. A package brings these texts along; in a checkout they are bundled when they are needed.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleName, type Features } from "./write.ts";

const EITHER = [false, true] as const;

export const FEATURES: readonly Features[] = EITHER.flatMap((hasPictures) =>
  EITHER.flatMap((hasColumns) =>
    EITHER.flatMap((hasTexts) => EITHER.map((hasSounds) => ({ hasPictures, hasColumns, hasTexts, hasSounds }))),
  ),
);

export async function moduleText(features: Features): Promise<string> {
  const packed = new URL(bundleName(features), import.meta.url);
  return existsSync(packed) ? readFileSync(packed, "utf8") : bundleModule(features);
}

/** Files of parts, and what stands in their place where a model does without. */
const LEFT_OUT = {
  hasPictures: ["pictures.", "nopictures."],
  hasColumns: ["columnvalues.", "nocolumns."],
  hasTexts: ["textvalues.", "notexts."],
  hasSounds: ["sounds.", "nosounds."],
} as const;

const ALWAYS_LEFT_OUT = [
  ["dnnerror.", "plainerror."],
  ["packagebytes.", "modulebytes."],
  ["readwebp.", "nowebp."],
] as const;

export async function bundleModule(features: Features): Promise<string> {
  const { rolldown } = await import("rolldown");
  const entry = fileURLToPath(new URL(`../module.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url));
  const plugin = {
    name: "left-out",
    resolveId(source: string) {
      const name = source.split("/").at(-1)!;
      const instead = (part: string, other: string) =>
        fileURLToPath(new URL(`../${name.replace(part, other)}`, import.meta.url));
      for (const [part, other] of ALWAYS_LEFT_OUT) if (name.startsWith(part)) return instead(part, other);
      for (const feature of ["hasPictures", "hasColumns", "hasTexts", "hasSounds"] as const) {
        const [part, other] = LEFT_OUT[feature];
        if (!features[feature] && name.startsWith(part)) return instead(part, other);
      }
      return undefined;
    },
  };
  const bundle = await rolldown({
    input: entry,
    platform: "neutral",
    plugins: [plugin],
    treeshake: { moduleSideEffects: false },
    resolve: { mainFields: ["module", "main"], conditionNames: ["browser", "import", "default"] },
  });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  await bundle.close();
  if (output.length !== 1) throw new Error(`the module was bundled into ${output.length} files`);
  return output[0].code;
}
