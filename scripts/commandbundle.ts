// Puts the modules of the command in dist/ into few files, which takes a sixth off the start of `dnn train` (bench/start.ts). In: what
// tsc built. Out: `dist/cli/parts/`, and a `dist/cli/main.js` that loads it. Of packages, those of the parser and of the words of a
// command are among them, with their licences. A module that asks where it is gets the place that it had: the library, the workers of
// an engine and the texts of pages lie where the built modules look for them.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type ChunkingContext, rolldown } from "rolldown";
import { withOwnPlace } from "./ownplace.ts";

const place = (name: string): string => fileURLToPath(new URL(`../dist/cli/${name}`, import.meta.url));
const parts = place("parts");

/** Functions that are written into pages as their own text: a bundle may give them other names. */
const asText = /report[\\/]run[\\/]client[\\/]/;

/** Packages that every command loads, in sixty files. */
const taken = /^(?:@?chevrotain|commander)(?:\/|$)/;

const fromParts = (file: string): string => relative(parts, file).split(sep).join("/");

/** Entries whose modules are one file each, with all that they import: those that every verb needs, and those of a training beside them. */
const TIERS = {
  main: "main.js",
  verbs: "dispatch.js",
  training: "verbs/trainings/train.js",
};
let tiers: (readonly [string, ReadonlySet<string>])[] | undefined;

rmSync(parts, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: place("main.js") },
  platform: "node",
  transform: { define: { "process.env.DNN_BUILD": JSON.stringify(buildDigest()) } },
  // A verb loads what it needs when it needs it, though another one may need it always.
  checks: { ineffectiveDynamicImport: false },
  external: (id) => !(id.startsWith(".") || isAbsolute(id) || taken.test(id)),
  plugins: [
    {
      name: "places",
      // A module that imports nothing may stay by itself; all others must be there once.
      resolveId(name, importer) {
        const file = importer === undefined ? name : join(dirname(importer), name);
        return asText.test(file) ? { id: fromParts(file), external: "relative" } : undefined;
      },
      transform: (code, file) => (code.includes("import.meta.url") ? withOwnPlace(code, fromParts(file)) : undefined),
    },
  ],
});
const { output } = await bundle.write({
  dir: parts,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "[name].js",
  comments: { legal: true, annotation: false, jsdoc: false },
  codeSplitting: {
    groups: Object.keys(TIERS).map((tier, i) => ({
      debugName: tier,
      // A group takes along all that its modules import: the first tier chooses first.
      priority: 10 - i,
      name: (file, graph) => (tierOf(file, graph) === tier ? tier : null),
    })),
  },
});
await bundle.close();
writeFileSync(join(parts, "LICENSES.txt"), licencesOf(output.flatMap((o) => (o.type === "chunk" ? o.moduleIds : []))));
for (const name of ["command", "terminal", "verbs", "dispatch.js", "dispatch.d.ts"])
  rmSync(place(name), { recursive: true, force: true });
writeFileSync(place("main.js"), 'import "./parts/main.js";\n');

/** The first tier that a module is needed in, and none for what some verb needs at times: a hundred files take longer to find than to read. */
function tierOf(file: string, graph: ChunkingContext): string | null {
  tiers ??= Object.entries(TIERS).map(([name, from]) => [name, reachable(place(from), graph)] as const);
  const [name] = tiers.find(([, files]) => files.has(file)) ?? ["main"];
  return name === "main" ? null : name;
}

/** All that a module imports, and what that imports, the module too. */
function reachable(from: string, graph: ChunkingContext): ReadonlySet<string> {
  const found = new Set([from]);
  for (const file of found) for (const next of graph.getModuleInfo(file)?.importedIds ?? []) found.add(next);
  return found;
}

/** Names the compiled code, all of it: what a build computes may be kept for that build alone. */
function buildDigest(): string {
  const root = fileURLToPath(new URL("../dist/", import.meta.url));
  const hash = createHash("sha256");
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" }).sort())
    if (name.endsWith(".js")) hash.update(`${name}\n`).update(readFileSync(join(root, name)));
  return hash.digest("hex").slice(0, 32);
}

/** The licences of all packages that these files belong to. */
function licencesOf(files: readonly string[]): string {
  const folders = files.flatMap((file) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file) ?? []);
  return [...new Set(folders)]
    .sort()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const licence = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      if (licence === undefined) throw new Error(`${folder} has no licence to bring along`);
      return `${name} ${version}\n\n${readFileSync(join(folder, licence), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
