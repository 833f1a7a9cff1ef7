// A fresh folder with the packed package in it, and the tools that it is tried with. In: nothing but the registry of npm. Out: paths, and
// commands that ran.

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Each is tried by itself, whatever `node` runs this. */
export const NODES = [22, 24, 26] as const;

const TOOLS = [
  "deno@2",
  "bun@1",
  "vite@8",
  "webpack@5",
  "webpack-cli",
  "@rspack/core@2",
  "rollup@4",
  "@rollup/plugin-node-resolve@16",
  "esbuild",
  "unplugin@3",
];

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class FreshFolder {
  readonly path = mkdtempSync(join(tmpdir(), "dnn-shipped-"));

  /** The package is packed as npm would publish it. */
  constructor() {
    const name = "dnn-lang.tgz";
    const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", this.path], {
      cwd: ROOT,
      encoding: "utf8",
    });
    copyFileSync(join(this.path, packed.trim().split("\n").at(-1) ?? ""), join(this.path, name));
    this.write("package.json", JSON.stringify({ name: "fresh", private: true, type: "module" }));
    const platform = `${process.platform}-${process.arch}`;
    const nodes = NODES.map((version) => `node-${version}@npm:node-${platform}@${version}`);
    const { code, err } = this.run(
      "npm",
      "install",
      "--no-audit",
      "--no-fund",
      "--silent",
      `./${name}`,
      ...nodes,
      ...TOOLS,
    );
    if (code !== 0) throw new Error(`the package cannot be installed: ${err}`);
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  write(name: string, contents: string | Uint8Array): void {
    mkdirSync(dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), contents);
  }

  /** A copy of an example, under the same path. */
  takeExample(name: string): void {
    mkdirSync(this.at("examples"), { recursive: true });
    copyFileSync(join(ROOT, "examples", `${name}.dnn`), this.at("examples", `${name}.dnn`));
  }

  run(command: string, ...given: string[]): Outcome {
    const found = spawnSync(command, given, { cwd: this.path, encoding: "utf8", timeout: 300_000 });
    return { code: found.status, out: found.stdout ?? "", err: found.stderr || String(found.error ?? "") };
  }

  /** A tool of the folder. */
  tool(name: string, ...given: string[]): Outcome {
    return this.run(this.at("node_modules", ".bin", name), ...given);
  }

  node(version: (typeof NODES)[number], ...given: string[]): Outcome {
    return this.run(this.at("node_modules", `node-${version}`, "bin", "node"), ...given);
  }

  dnn(...given: string[]): Outcome {
    return this.node(24, this.at("node_modules/dnn-lang/dist/cli/bin.js"), ...given);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
