// The plugin of bundlers: `import net from "./lenet.dnn?weights=runs/lenet-1"` is the trained model, ready to predict. In: the import. Out: the
// module that `dnn build --weights` writes, its types, and its weights as an asset where the bundler has such. What is wrong with the program
// or its weights ends the build, with the lines that it is about.

import "../neededversion.node.ts";

import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { createUnplugin, type UnpluginInstance } from "unplugin";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { asFailure, usage } from "../../project/failure.ts";
import { machineHost } from "../../project/machine.node.ts";
import { Sources } from "../../project/source.ts";
import { chosenModel, modelGraph } from "../../project/use/model/apply.ts";
import { openWeights } from "../../project/use/model/weights.ts";
import { type AssetContext, type Assets, assetsOf, serveAssets } from "./assets.node.ts";
import { bundleText } from "./bundle.node.ts";
import { type ModuleTarget, makeArtifact } from "./make.ts";
import { moduleTypes } from "./types.ts";
import { moduleCode } from "./write.ts";

export interface PluginOptions {
  /** The folder that `weights=` starts from; the current one unless said otherwise. */
  readonly root?: string;
  /** A file for the types of all such imports, such as `src/dnn.d.ts`. */
  readonly types?: string;
  /** Puts weights into the bundle rather than beside it; `&inline` does so for one import. */
  readonly inline?: boolean;
}

const IMPORT = /\.dnn(?:\?.*)?$/;

/** Of `file.dnn?weights=RUN&model=NAME&target=wasm,wgsl&threads&f16&inline`. */
function requestIn(id: string): { file: string; query: URLSearchParams } {
  const at = id.indexOf("?");
  return at < 0
    ? { file: id, query: new URLSearchParams() }
    : { file: id.slice(0, at), query: new URLSearchParams(id.slice(at)) };
}

interface Made {
  readonly code: string;
  readonly types: string;
}

async function made(id: string, root: string, sources: Sources, assets: Assets): Promise<Made> {
  const { file, query } = requestIn(id);
  const weights = query.get("weights");
  if (!weights)
    throw usage(
      `the import of ${basename(file)} names no weights`,
      `"./${basename(file)}?weights=runs/NAME-1" is the model with those of a run`,
    );
  const opened = await openWeights(file, { weights: resolve(root, weights), data: [] }, sources, () => {});
  const graph = modelGraph(opened, chosenModel(opened, query.get("model") ?? undefined, "&model=NAME chooses one"));
  const built = makeArtifact(graph, {
    isHalf: query.has("f16"),
    targets: targetsIn(query.get("target") ?? "wasm"),
    hasThreads: query.has("threads"),
  });
  const name = `${basename(file).replace(/\.dnn$/, "")}.js`;
  const code = await moduleCode(built, name, bundleText, query.has("inline") ? () => undefined : assets.place);
  return { code: `${assets.imports()}${code}export default await load();\n`, types: moduleTypes(built.artifact) };
}

/** Of `&target=wasm,wgsl`. */
function targetsIn(text: string): readonly ModuleTarget[] {
  const found = text.split(",");
  const isTarget = (name: string): name is ModuleTarget => name === "wasm" || name === "wgsl";
  if (found.every(isTarget)) return found;
  throw usage(`target=${text} in the import: kernels are written in wasm, wgsl or both`, "&target=wasm,wgsl");
}

/** A failure with the lines of the program that it is about. Mistakes of the program come first: weights fit no program that has some. */
async function explained(error: unknown, file: string, sources: Sources): Promise<unknown> {
  const failed = asFailure(error);
  if (!failed) return error;
  const checked = await mistakesIn(file, sources);
  const found = checked.length > 0 ? checked : failed.diagnostics;
  const texts = found.map((d) => printDiagnostic(d, sources.texts, { colour: false }));
  return new Error(texts.join("\n\n"), { cause: error });
}

/** Mistakes of the program itself; its data need not be where it is built. */
async function mistakesIn(file: string, sources: Sources): Promise<readonly Diagnostic[]> {
  try {
    const found = await checkOpened(sources.open(file));
    return found.filter((d) => d.severity === "error" && !d.code.startsWith("data/"));
  } catch (error) {
    return asFailure(error)?.diagnostics ?? [];
  }
}

/** The declaration of one import, whatever folder it is written from. */
function declaration(id: string, types: string): string {
  const { file, query } = requestIn(id);
  const inner = types.replace(/^export declare /gm, "export ").replace(/^(?=.)/gm, "  ");
  const wanted = `*/${basename(file)}?${decodeURIComponent(query.toString())}`;
  return `declare module ${JSON.stringify(wanted)} {\n${inner}  const net: Net;\n  export default net;\n}\n`;
}

const dnn: UnpluginInstance<PluginOptions | undefined> = createUnplugin<PluginOptions | undefined>(
  ({ root = process.cwd(), types, inline = false }: PluginOptions | undefined = {}, { framework }) => {
    const declared = new Map<string, string>();
    // Vite gives no assets while it serves.
    let isServing = false;
    return {
      name: "dnn-lang",
      enforce: "pre" as const,
      resolveId(id: string, importer: string | undefined) {
        if (!IMPORT.test(id) || !importer || !(id.startsWith(".") || isAbsolute(id))) return null;
        return resolve(dirname(requestIn(importer).file), requestIn(id).file) + id.slice(requestIn(id).file.length);
      },
      loadInclude: (id: string) => IMPORT.test(id),
      async load(id: string) {
        const sources = new Sources(machineHost());
        this.addWatchFile(requestIn(id).file);
        try {
          const kind = inline || isServing ? "inline" : framework;
          // The types that all bundlers share do not type its result.
          const context = this as unknown as AssetContext;
          const assets = assetsOf(kind, { context, root });
          const { code, types: text } = await made(id, root, sources, assets);
          if (types !== undefined) {
            declared.set(id, declaration(id, text));
            writeChanged(resolve(root, types), `// Written by dnn-lang.\n\n${[...declared.values()].join("\n")}`);
          }
          return { code, map: null };
        } catch (error) {
          throw await explained(error, requestIn(id).file, sources);
        }
      },
      vite: {
        configResolved({ command }: { readonly command: string }) {
          isServing = command === "serve";
        },
      },
      esbuild: { setup: serveAssets },
    };
  },
);

/** A file that stays as it is wakes no watcher. */
function writeChanged(path: string, text: string): void {
  let before: string | undefined;
  try {
    before = readFileSync(path, "utf8");
  } catch {
    // There is none yet.
  }
  if (before !== text) writeFileSync(path, text);
}

export default dnn;
