// Builds the playground into a folder of static files, and serves it: `npm run playground`, or `npm run playground -- --build FOLDER`.
// The page is served with the headers that threads need; on a server without them it trains on one thread.

import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { BUNDLES, bundle } from "../embed/build/bundle.node.ts";
import { requestOf } from "../project/data/declaration.ts";
import { machineHost } from "../project/machine.node.ts";
import { Sources } from "../project/source.ts";
import { reportFrame } from "../report/run/page.ts";
import { describeSource } from "../runtime/data/sources/all.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** Each becomes a file of this name; workers are found by it. */
const ENTRIES = {
  app: "playground/page/app.ts",
  lab: "playground/lab/worker.ts",
  server: "playground/lab/server.ts",
  thread: "runtime/wasm/worker.browser.ts",
};

/** The first program of the editor. */
const FIRST = "spirals";

/** The gallery's programs whose data is made rather than read, under its headings. */
function examples(): readonly { readonly group: string; readonly names: readonly string[] }[] {
  const groups: { readonly group: string; readonly names: string[] }[] = [];
  for (const line of read("examples/README.md").split("\n")) {
    const heading = /^## (.*)/.exec(line)?.[1];
    if (heading !== undefined) groups.push({ group: heading, names: [] });
    const name = /^\| \[\w+\]\((\w+)\.dnn\)/.exec(line)?.[1];
    if (name !== undefined && isGenerated(name)) groups.at(-1)?.names.push(name);
  }
  return groups.filter(({ names }) => names.length > 0);
}

/** Whether a program trains, on data that is made. */
function isGenerated(name: string): boolean {
  const { program, imported } = new Sources(machineHost()).openForUse(
    fileURLToPath(new URL(`examples/${name}.dnn`, root)),
  );
  const sources = [...program.data.values()].map((definition) => requestOf(program, definition, "").name);
  return (
    program.trains.length > 0 && imported.length === 0 && sources.every((source) => describeSource(source)?.generated)
  );
}

export async function buildPlayground(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const groups = examples();
  const library = readdirSync(new URL("stdlib/", root)).filter((n) => n.endsWith(".dnn"));
  const texts = {
    DNN_LIBRARY: Object.fromEntries(library.map((name) => [name, read(`stdlib/${name}`)])),
    DNN_VERSION: JSON.parse(read("package.json")).version,
    DNN_GRAMMAR: JSON.parse(read("editor/vscode/syntaxes/dnn.tmLanguage.json")),
    DNN_EXAMPLES: groups,
    DNN_FIRST: { name: FIRST, text: read(`examples/${FIRST}.dnn`) },
  };
  for (const name of groups.flatMap((g) => g.names))
    writeFileSync(join(folder, `${name}.dnn`), read(`examples/${name}.dnn`));
  const build = await rolldown({
    input: Object.fromEntries(
      Object.entries(ENTRIES).map(([name, path]) => [name, fileURLToPath(new URL(path, root))]),
    ),
    platform: "browser",
    transform: {
      define: Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, JSON.stringify(value)])),
    },
  });
  await build.write({
    dir: folder,
    format: "esm",
    minify: true,
    // Marks of functions without effects are for further bundlers.
    comments: { annotation: false },
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  });
  await build.close();
  copyFileSync(new URL("playground/page/index.html", root), join(folder, "index.html"));
  writeFileSync(join(folder, "report.json"), JSON.stringify(reportFrame()));
  for (const name of BUNDLES) writeFileSync(join(folder, name), await bundle(name));
  for (const decoder of ["jpeg-turbo/jpeg-turbo.wasm", "webp/webp.wasm"])
    copyFileSync(new URL(`node_modules/@cwasm/${decoder}`, root), join(folder, basename(decoder)));
  const plots = read("node_modules/uplot/dist/uPlot.min.css");
  writeFileSync(join(folder, "style.css"), `${plots}\n${read("playground/page/style.css")}`);
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".dnn": "text/plain",
  ".txt": "text/plain",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Gives the address and what ends the server. `isolated`: with the headers that threads need. */
export async function servePlayground(
  folder: string,
  port = 0,
  isolated = true,
): Promise<{ address: string; close: () => Promise<void> }> {
  const names = new Set(readdirSync(folder));
  const headers = isolated
    ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
    : {};
  const server = createServer((request, response) => {
    const name = basename((request.url ?? "/").split("?")[0] ?? "") || "index.html";
    if (!names.has(name)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    response.writeHead(200, { ...headers, "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-cache" });
    response.end(readFileSync(join(folder, name)));
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { address, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [option, given] = process.argv.slice(2);
  // A folder that is only served lies outside of what a package would hold.
  const folder =
    option === "--build" ? resolve(given ?? "playground-build") : mkdtempSync(join(tmpdir(), "dnn-playground-"));
  await buildPlayground(folder);
  if (option === "--build") console.log(`the playground is in ${folder}`);
  else console.log(`the playground is at ${(await servePlayground(folder, 5173)).address}, until Ctrl-C`);
}
