// Proves which modules load which: `check` starts no engine and no code generator, and what ships to a browser needs no Node.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Files that are loaded with a file: its imports and theirs, those of types and those on demand left out. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(root, file), "utf8");
  for (const [, names = "", path = ""] of text.matchAll(/^(?:import|export)\s([^;"]*?)from\s+"([^"]+)";/gm)) {
    if (/^type\s/.test(names)) continue;
    if (!path.startsWith(".")) seen.add(path);
    else loadedWith(relative(root, join(root, dirname(file), path)), seen);
  }
  return seen;
}

test("dnn check loads neither targets nor engines, and nothing of the runtime for a program without a training", () => {
  const models = loadedWith("cli/verbs/programs/check.ts");
  expect(models).toContain("compiler/check/program/program.ts");
  // How objects are printed, paths joined and tensors called is the same everywhere; arrays that a program names are read at once.
  const names = ["crc32", "dataerror", "files", "nearest", "npy", "usualhints", "zip/directory", "zip/read"];
  const arrays = names.map((name) => `runtime/files/${name}.ts`);
  // Which source reads a file by its ending is said where a file stands in the place of a program.
  const shared = ["runtime/data/elsewhere.ts", ...arrays, "runtime/half.ts", "runtime/json.ts", "runtime/plan.ts"];
  expect([...models].filter((f) => f.startsWith("runtime/")).toSorted()).toEqual(shared);
  const loaded = [...loadedWith("project/check/training.ts", models)];
  expect(loaded).toContain("compiler/check/training/train.ts");
  expect(
    loaded.filter((f) => /^compiler\/(targets|passes\/list)|^compiler\/compile|^runtime\/(wasm|webgpu|train)/.test(f)),
  ).toEqual([]);
});

test("the command line itself loads only what chooses a verb", () => {
  const loaded = [...loadedWith("cli/main.ts")].filter((f) => f.startsWith("compiler/") || f.startsWith("runtime/"));
  // Where compiled code is cached is known before any of it is loaded.
  expect(loaded).toEqual(["runtime/files/usercache.node.ts"]);
});

test("sessions, engines and checkpoints in memory need no Node and nothing of the compiler", () => {
  const files = [
    ...readdirSync(join(root, "runtime/train")).map((f) => `runtime/train/${f}`),
    "runtime/engine.ts",
    "runtime/wasm/engine.ts",
  ];
  for (const file of files) {
    expect(existsSync(join(root, file))).toBe(true);
    const wrong = [...loadedWith(file)].filter((f) => /^node:|\.node\.ts$|^(compiler|grammar|cli)\//.test(f));
    expect([file, wrong]).toEqual([file, []]);
  }
});
