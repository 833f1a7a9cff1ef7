// Texts that are nested or repeated are read and formatted in time that grows as they do, counted in how often each piece of code runs.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { NESTED } from "../support/nestedtexts.ts";

const counter = fileURLToPath(new URL("../support/textwork.child.ts", import.meta.url));

test("no part of the work grows faster than a text, whatever it repeats", () => {
  const found = execFileSync(process.execPath, ["--no-opt", "--no-maglev", counter], { encoding: "utf8" });
  expect(JSON.parse(found)).toEqual(Object.fromEntries(Object.keys(NESTED).map((kind) => [kind, []])));
}, 120_000);
