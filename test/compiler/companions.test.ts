// Names of what belongs to another tensor: one place makes and reads them, and in memory no role is read out of a name.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { companionName, companionOf, isOfTraining } from "../../runtime/plan.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("a companion's name leads back to that whose it is, and to no other companion", () => {
  for (const kind of ["length", "classes", "average", "carried"] as const) {
    const name = companionName("net.dense1.weight", kind);
    expect(companionOf(name, kind)).toBe("net.dense1.weight");
    expect([isOfTraining(name), isOfTraining("net.dense1.weight")]).toEqual([true, false]);
    for (const other of ["length", "classes", "average", "carried"] as const)
      if (other !== kind) expect(companionOf(name, other)).toBeUndefined();
  }
});

test("no other file looks for a role in a name", () => {
  const reads = /(endsWith|startsWith|includes|split|indexOf)\((["'`])[^"'`]*~|\/[^/\n]*~[^/\n]*\/\.(test|exec)/;
  expect(reads.test('name.includes("~")') && reads.test('name.split("~")[0]') && reads.test("/~ema$/.test(name)")).toBe(
    true,
  );
  const files = ["compiler", "runtime", "project", "report", "cli", "editor/server"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  expect(files.length).toBeGreaterThan(200);
  const found = files.filter((path) => reads.test(readFileSync(join(root, path), "utf8")));
  expect(found).toEqual(["runtime/plan.ts"]);
});
