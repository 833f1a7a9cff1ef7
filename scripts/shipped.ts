// Tries what is published as its users do: `npm run shipped`. The packed package goes into a fresh folder; the embedding example of the README
// runs in each Node; Deno and Bun load a run and a built module; bundlers bundle an app that predicts in a headless browser, with and without isolation,
// and a worker of a page answers by a built module. Needs the registry of npm and Chromium (CHROMIUM names it). Ends with 1 where something differs.

import { readFileSync } from "node:fs";
import { BUNDLERS, bundle, filesIn, openApp, openServed, openWorker } from "./shipped/apps.ts";
import { FreshFolder, NODES, type Outcome } from "./shipped/folder.ts";

const folder = new FreshFolder();
let failures = 0;

async function claim(what: string, prove: () => string | Promise<string>): Promise<void> {
  const began = performance.now();
  try {
    const said = await prove();
    console.log(`fine    ${what}${said && `: ${said}`} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failures++;
    console.log(`FAILED  ${what}: ${error instanceof Error ? error.message : error}`);
  }
}

function must(isRight: boolean, otherwise: string): void {
  if (!isRight) throw new Error(otherwise);
}

function finished({ code, out, err }: Outcome): string {
  must(code === 0, `ended with ${code}: ${err}${out}`);
  return out.trim();
}

const image = Array.from({ length: 784 }, (_, i) => (i % 13) / 13);

/** Loads a run and a built module, on one thread and on two, and writes the probabilities as JSON. */
const SCRIPT = `import { load } from "dnn-lang";
import { load as open } from "./built/lenet.js";
const image = ${JSON.stringify(image)};
const answers = {};
for (const [name, make] of Object.entries({
  library: () => load("runs/lenet"),
  module: () => open({ device: "cpu", threads: 1 }),
  threads: () => open({ device: "cpu", threads: 2 }),
})) {
  const net = await make();
  answers[name] = { threads: net.threads, probabilities: (await net.predict({ image })).probabilities };
  await net.dispose();
}
console.log(JSON.stringify(answers));
`;

interface Answers {
  readonly library: { readonly probabilities: readonly number[] };
  readonly module: { readonly probabilities: readonly number[] };
  readonly threads: { readonly threads: number; readonly probabilities: readonly number[] };
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? 0)))) : Number.POSITIVE_INFINITY;

/** Engines of JavaScript have exponential functions of their own, and those of WebAssembly may fuse products with sums or not. */
const NEAR = 1e-6;
const NEAR_ON_GPU = 1e-4;

try {
  folder.takeExample("xor");
  folder.takeExample("lenet");
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, lines = ""] = /## Embed.*?```js\n(.*?)```/s.exec(readme) ?? [];
  folder.write("readme.js", lines);
  for (const version of NODES)
    await claim(`the embedding example of README.md in Node ${version}`, () => {
      const out = finished(folder.node(version, "readme.js"));
      must(/\n1 0\.9\d+$/.test(out), `it said ${out}`);
      return finished(folder.node(version, "--version"));
    });

  const few = ["--data", "digits=digits(n=640, heldout=64)", "--epochs", "1", "--out", "runs/lenet"];
  finished(folder.dnn("train", "examples/lenet.dnn", ...few));
  const build = ["--weights", "runs/lenet", "--out", "built/lenet.js", "--target", "wasm,wgsl", "--threads"];
  finished(folder.dnn("build", "examples/lenet.dnn", ...build));
  finished(folder.dnn("build", "examples/xor.dnn", "--target", "wasm", "--out", "training"));
  folder.write("script.js", SCRIPT);
  const wanted = (JSON.parse(finished(folder.node(26, "script.js"))) as Answers).library.probabilities;

  const compare = (outcome: Outcome): string => {
    const { library, module, threads } = JSON.parse(finished(outcome)) as Answers;
    const far = Math.max(...[library, module, threads].map(({ probabilities }) => distance(probabilities, wanted)));
    must(far <= NEAR, `its answers differ by ${far}`);
    must(threads.threads === 2, "it ran on one thread where two were asked for");
    return far === 0 ? "the bits of Node 26" : `within ${far.toExponential(1)} of Node 26`;
  };
  for (const version of NODES)
    await claim(`a run and a module, on threads, in Node ${version}`, () => compare(folder.node(version, "script.js")));
  for (const [tool, ...given] of [
    ["deno", "run", "-A"],
    ["bun", "run"],
  ] as const)
    await claim(`a run and a module, on threads, in ${tool}`, () => {
      const version = finished(folder.tool(tool, "--version")).split("\n")[0];
      return `${version}, ${compare(folder.tool(tool, ...given, "script.js"))}`;
    });

  for (const bundler of BUNDLERS) {
    let out = "";
    await claim(`${bundler.name} bundles the app, its weights beside it`, () => {
      out = bundle(bundler, folder);
      const files = filesIn(folder, out);
      must(
        files.some(([name]) => name.endsWith(".bin")),
        `there are only ${files.map(([name]) => name).join(", ")}`,
      );
      return files.map(([name, size]) => `${name} ${Math.ceil(size / 1024)} KB`).join(", ");
    });
    for (const isolated of [true, false])
      await claim(`the app of ${bundler.name} in a page ${isolated ? "with" : "without"} isolation`, async () => {
        const { plugin, gpu, module, training, wrong, ...facts } = await openApp(folder, out, {
          isolated,
          hasFiles: bundler.hasFiles,
          image,
        });
        must(facts.isolated === isolated, "the page is isolated otherwise");
        must(distance(plugin.probabilities, wanted) <= NEAR, "the import answers differently");
        if (gpu) {
          must(gpu.device.startsWith("gpu:"), `${gpu.device} is no GPU`);
          must(distance(gpu.probabilities, wanted) <= NEAR_ON_GPU, "the GPU answers differently");
        }
        if (module) {
          must(distance(module.probabilities, wanted) <= NEAR, "the module answers differently");
          must(
            module.threads === (isolated ? 2 : 1),
            `the module ran on ${module.threads} threads: ${module.fallback}`,
          );
        }
        must(plugin.threads > 1 === isolated, `the import ran on ${plugin.threads} threads: ${plugin.fallback}`);
        must(training === undefined || training === (isolated ? 2 : 1), `the training ran on ${training} threads`);
        must(wrong.length === 0, wrong.join("; "));
        return `threads: ${plugin.threads}${gpu ? `, ${gpu.device}` : ""}; ${plugin.fallback}`;
      });
  }
  for (const isolated of [true, false])
    await claim(`a worker of a page ${isolated ? "with" : "without"} isolation`, async () => {
      const { threads, fallback, probabilities, wrong } = await openWorker(folder, { isolated, image });
      must(distance(probabilities, wanted) <= NEAR, "the module answers differently");
      must(threads > 1 === isolated, `the module ran on ${threads} threads: ${fallback}`);
      must(wrong.length === 0, wrong.join("; "));
      return `threads: ${threads}; ${fallback}`;
    });
  await claim("the app served by Vite while it is developed", async () => {
    const { plugin, wrong } = await openServed(folder, image);
    must(distance(plugin.probabilities, wanted) <= NEAR, "the import answers differently");
    must(wrong.length === 0, wrong.join("; "));
    return `threads: ${plugin.threads}; ${plugin.fallback}`;
  });
} finally {
  folder.remove();
}
console.log(failures === 0 ? "everything that is shipped works" : `${failures} of what is shipped does not work`);
process.exitCode = failures === 0 ? 0 : 1;
