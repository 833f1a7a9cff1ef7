// What happens before a verb begins: an old Node is told so, and compiled code is kept only where nobody else can put another.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterAll, expect, test } from "vitest";
import { isOwn, ownCache, userCaches } from "../../cli/compilecache.ts";
import { Place, xor } from "./dnn.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "dnn-start-")));
const place = new Place();
afterAll(() => {
  rmSync(folder, { recursive: true });
  place.remove();
});

/** The first file of the command as a Node of that version would run it. */
function startedWith(version: string): { said: string; exitCode: number | undefined; loaded: string[] } {
  const text = readFileSync(new URL("../../cli/bin.ts", import.meta.url), "utf8").replace(/^#!.*/, "");
  const loaded: string[] = [];
  let said = "";
  const process = { versions: { node: version }, exitCode: undefined, stderr: { write: (t: string) => (said += t) } };
  const code = stripTypeScriptTypes(text)
    .replaceAll(/\bimport\(/g, "load(")
    .replace("export {};", "");
  runInNewContext(code, { process, load: (path: string) => loaded.push(path) });
  return { said, exitCode: process.exitCode, loaded };
}

test("a Node that is too old is told which one is needed, before anything else is loaded", () => {
  for (const version of ["12.22.12", "18.0.0", "20.20.2", "21.7.3"]) {
    const said = `dnn needs Node 22 or newer; this is ${version}\n`;
    expect(startedWith(version)).toEqual({ said, exitCode: 1, loaded: [] });
  }
  for (const version of ["22.0.0", "26.10.0", "100.0.0"])
    expect(startedWith(version)).toEqual({ said: "", exitCode: undefined, loaded: ["./main.ts"] });
});

test("the first file has no import of its own and nothing that an old Node cannot read", () => {
  const text = readFileSync(new URL("../../cli/bin.ts", import.meta.url), "utf8");
  expect(text).not.toMatch(/^\s*import\s[^(]|\bawait\b|\?\?|\?\.|#\w+\s*[;=]|node:/m);
});

test("compiled code is kept among the user's caches, never in a folder that all share", () => {
  const home = "/home/ann";
  expect(userCaches({}, "linux", home)).toBe("/home/ann/.cache");
  expect(userCaches({ XDG_CACHE_HOME: "/data/caches" }, "linux", home)).toBe("/data/caches");
  expect(userCaches({ XDG_CACHE_HOME: "relative" }, "linux", home)).toBe("/home/ann/.cache");
  expect(userCaches({}, "darwin", home)).toBe("/home/ann/Library/Caches");
  expect(userCaches({}, "win32", home)).toBeUndefined();
  expect(userCaches({}, "linux", "")).toBeUndefined();
});

test.skipIf(process.platform === "win32")(
  "a folder that another user could write to, own or put in the way is no cache",
  () => {
    const fresh = (name: string, mode: number): string => {
      mkdirSync(join(folder, name));
      chmodSync(join(folder, name), mode);
      return join(folder, name);
    };
    const made = ownCache(fresh("caches", 0o755));
    expect(made).toBe(join(folder, "caches", "dnn"));
    for (const mode of [0o770, 0o707, 0o1777]) {
      chmodSync(made!, mode);
      expect([mode, ownCache(join(folder, "caches"))]).toEqual([mode, undefined]);
    }
    chmodSync(made!, 0o700);
    expect(isOwn(made!, process.getuid!() + 1)).toBe(false);
    expect(ownCache(fresh("shared", 0o777))).toBeUndefined();
    expect(ownCache(fresh("group", 0o770))).toBeUndefined();
    symlinkSync(made!, join(fresh("linked", 0o755), "dnn"));
    expect(ownCache(join(folder, "linked"))).toBeUndefined();
    symlinkSync(join(folder, "shared"), join(folder, "link"));
    expect(ownCache(join(folder, "link"))).toBeUndefined();
    expect(ownCache(join(folder, "caches/dnn/none", "\0"))).toBeUndefined();
  },
);

test("the command keeps nothing in the shared folder for temporary files", async () => {
  place.write("xor.dnn", xor);
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  try {
    expect((await place.run("check", "xor.dnn")).code).toBe(0);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  expect(readdirSync(temporary)).toEqual([]);
});
