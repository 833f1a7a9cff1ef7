// An app that imports a trained model, a built module and the runtime for pages, bundled by each bundler and opened in a headless browser.
// In: a fresh folder with trained weights. Out: what the page answers, on which device and with how many threads.

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import type { Page } from "playwright-core";
import { ISOLATION, openModules } from "../../test/embed/modulepage.ts";
import type { FreshFolder } from "./folder.ts";

const REQUEST = "../examples/lenet.dnn?weights=runs/lenet&target=wasm,wgsl&threads";

/** `hasFiles`: whether the bundler finds files by `new URL("./file", import.meta.url)`. */
const mainOf = (hasFiles: boolean): string => `import net, { load as open } from "${REQUEST}";
import * as browser from "dnn-lang/browser";
${hasFiles ? 'import { load } from "../built/lenet.js";' : "const load = undefined;"}
globalThis.app = { net, open, browser, load };
`;

const HTML = `<!doctype html><title>app</title><script type="module" src="MAIN"></script>`;

interface Bundler {
  readonly name: string;
  readonly hasFiles: boolean;
  /** Bundles into the folder OUT of the fresh folder. */
  readonly build: (
    folder: FreshFolder,
    out: string,
  ) => { readonly code: number | null; readonly err: string; readonly out: string };
}

export const BUNDLERS: readonly Bundler[] = [
  {
    name: "Vite",
    hasFiles: true,
    build(folder, out) {
      folder.write("index.html", HTML.replace("MAIN", "/src/main.js"));
      folder.write(
        "vite.config.js",
        `import dnn from "dnn-lang/bundler";\nexport default { plugins: [dnn.vite()], build: { outDir: "${out}", target: "esnext" }, worker: { format: "es" } };\n`,
      );
      return folder.tool("vite", "build", "--logLevel", "warn");
    },
  },
  {
    name: "webpack",
    hasFiles: true,
    build(folder, out) {
      folder.write(
        "webpack.config.js",
        `import dnn from "dnn-lang/bundler";\nexport default { mode: "production", entry: "./src/main.js", performance: false, output: { path: "${folder.at(out)}", filename: "main.js" }, plugins: [dnn.webpack()] };\n`,
      );
      folder.write(`${out}/index.html`, HTML.replace("MAIN", "main.js"));
      return folder.tool("webpack", "--stats", "errors-only");
    },
  },
  {
    name: "Rspack",
    hasFiles: true,
    build(folder, out) {
      folder.write(
        "rspack.js",
        `import { rspack } from "@rspack/core";\nimport dnn from "dnn-lang/bundler";\nconst compiler = rspack({ mode: "production", entry: "./src/main.js", output: { path: "${folder.at(out)}", filename: "main.js" }, plugins: [dnn.rspack()] });\ncompiler.run((error, stats) => {\n  if (error || stats.hasErrors()) { console.error(error ?? stats.toString("errors-only")); process.exitCode = 1; }\n  compiler.close(() => {});\n});\n`,
      );
      folder.write(`${out}/index.html`, HTML.replace("MAIN", "main.js"));
      return folder.node(24, "rspack.js");
    },
  },
  {
    name: "Rollup",
    hasFiles: false,
    build(folder, out) {
      folder.write(
        "rollup.config.js",
        `import resolve from "@rollup/plugin-node-resolve";\nimport dnn from "dnn-lang/bundler";\nexport default { input: "src/main.js", output: { dir: "${out}", format: "es", entryFileNames: "main.js" }, plugins: [dnn.rollup(), resolve({ browser: true })] };\n`,
      );
      folder.write(`${out}/index.html`, HTML.replace("MAIN", "main.js"));
      return folder.tool("rollup", "--config", "--silent");
    },
  },
  {
    name: "esbuild",
    hasFiles: false,
    build(folder, out) {
      folder.write(
        "esbuild.js",
        `import { build } from "esbuild";\nimport dnn from "dnn-lang/bundler";\nawait build({ entryPoints: ["src/main.js"], bundle: true, minify: true, format: "esm", outdir: "${out}", plugins: [dnn.esbuild()], logLevel: "error" });\n`,
      );
      folder.write(`${out}/index.html`, HTML.replace("MAIN", "main.js"));
      return folder.node(24, "esbuild.js");
    },
  },
];

export interface AppAnswer {
  readonly device: string;
  readonly threads: number;
  readonly fallback: string;
  readonly probabilities: readonly number[];
}

interface AppFacts {
  readonly isolated: boolean;
  readonly plugin: AppAnswer;
  readonly gpu: AppAnswer | undefined;
  readonly module: AppAnswer | undefined;
  /** Threads of a training's engine in the page. */
  readonly training: number | undefined;
  readonly wrong: readonly string[];
}

/** Runs in the page. */
const ASK = `async (image, hasTraining, hasGpu) => {
  const { net, open, browser, load } = globalThis.app;
  const answer = async (model) => ({ device: model.device, threads: model.threads, fallback: model.fallback, probabilities: (await model.predict({ image })).probabilities });
  const plugin = await answer(net);
  const onGpu = hasGpu && (await open({ device: "gpu" }));
  const gpu = onGpu ? await answer(onGpu) : undefined;
  if (onGpu) await onGpu.dispose();
  const built = load && (await load({ threads: 2, device: "cpu" }));
  const module = built && (await answer(built));
  await built?.dispose();
  let training;
  if (hasTraining) {
    const engine = await browser.openCpu("training", 2);
    await engine.run("initialise");
    training = engine.threads;
    await engine.stop();
  }
  return { isolated: globalThis.crossOriginIsolated, plugin, gpu, module, training };
}`;

interface Question {
  readonly image: readonly number[];
  readonly hasTraining: boolean;
  readonly hasGpu: boolean;
}

async function ask(page: Page, { image, hasTraining, hasGpu }: Question): Promise<Omit<AppFacts, "wrong">> {
  await page.waitForFunction("globalThis.app", undefined, { timeout: 60_000 });
  return page.evaluate(`(${ASK})(${JSON.stringify(image)}, ${hasTraining}, ${hasGpu})`);
}

export function bundle({ name, hasFiles, build }: Bundler, folder: FreshFolder): string {
  folder.write("src/main.js", mainOf(hasFiles));
  const out = `dist-${name.toLowerCase()}`;
  const { code, err, out: said } = build(folder, out);
  if (code !== 0) throw new Error(`${name} ends with ${code}: ${err}${said}`);
  mkdirSync(folder.at(out, "training"), { recursive: true });
  for (const file of readdirSync(folder.at("training")))
    copyFileSync(folder.at("training", file), folder.at(out, "training", file));
  return out;
}

/** Files of a bundle and their bytes. */
export const filesIn = (folder: FreshFolder, out: string): readonly (readonly [string, number])[] =>
  readdirSync(folder.at(out), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("training"))
    .map(({ parentPath, name }) => [name, statSync(`${parentPath}/${name}`).size] as const);

/** A driver of software takes long for a GPU's kernels: they run in the page that is isolated alone. */
export async function openApp(
  folder: FreshFolder,
  out: string,
  {
    isolated,
    hasFiles,
    image,
  }: { readonly isolated: boolean; readonly hasFiles: boolean; readonly image: readonly number[] },
): Promise<AppFacts> {
  const { page, wrong, close } = await openModules(folder.at(out), isolated ? { headers: ISOLATION } : {});
  try {
    return { ...(await ask(page, { image, hasTraining: hasFiles, hasGpu: isolated })), wrong };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${wrong.join("\n")}`);
  } finally {
    await close();
  }
}

const WORKER = `import { load } from "./lenet.js";
const loading = load({ device: "cpu" });
onmessage = async ({ data }) => {
  const net = await loading;
  postMessage({ threads: net.threads, fallback: net.fallback, device: net.device, probabilities: (await net.predict(data)).probabilities });
};
`;

/** A page whose worker imports the built module, without a bundler, and answers what it is sent. */
export async function openWorker(
  folder: FreshFolder,
  { isolated, image }: { readonly isolated: boolean; readonly image: readonly number[] },
): Promise<AppAnswer & { readonly wrong: readonly string[] }> {
  const texts = { "worker.js": WORKER };
  const { page, wrong, close } = await openModules(folder.at("built"), {
    texts,
    ...(isolated && { headers: ISOLATION }),
  });
  try {
    const answer = await page.evaluate<AppAnswer>(`new Promise((resolve, reject) => {
      const worker = new Worker("/worker.js", { type: "module" });
      worker.onerror = ({ message }) => reject(new Error("the worker fails: " + message));
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage({ image: ${JSON.stringify(image)} });
    })`);
    return { ...answer, wrong };
  } finally {
    await close();
  }
}

/** The server that Vite develops with gives the app unbundled. */
export async function openServed(folder: FreshFolder, image: readonly number[]): Promise<AppFacts> {
  folder.write("src/main.js", mainOf(true));
  const server = spawn(
    folder.at("node_modules", ".bin", "vite"),
    ["--port", "5199", "--strictPort", "--host", "127.0.0.1"],
    { cwd: folder.path },
  );
  try {
    await new Promise<void>((resolve, reject) => {
      server.stdout.on("data", (data) => String(data).includes("127.0.0.1") && resolve());
      server.on("exit", (code) => reject(new Error(`vite ends with ${code}`)));
    });
    const { page, wrong, close } = await openModules(folder.at("training"));
    try {
      await page.goto("http://127.0.0.1:5199/");
      return { ...(await ask(page, { image, hasTraining: false, hasGpu: false })), wrong };
    } finally {
      await close();
    }
  } finally {
    server.kill();
  }
}
