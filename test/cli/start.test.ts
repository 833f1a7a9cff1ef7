// The start, before a verb begins: an old Node gets one clear error, and compiled code is kept only where nobody else can put another.

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
import { quoted } from "../../project/quoted.ts";
import { isOwn, ownCache, userCaches } from "../../runtime/files/usercache.node.ts";
import { Place, xor } from "./dnn.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "dnn-start-")));
const place = new Place();
afterAll(() => {
  rmSync(folder, { recursive: true });
  return place.remove();
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

test("a Node that is too old gets an error with the version needed, before anything else is loaded", () => {
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

test("commands that are suggested can be pasted, into the shells of each system", () => {
  const posix = (text: string): string => quoted(text, "linux");
  expect([posix("runs/a-1"), posix("a b"), posix("it's"), posix("a&b")]).toEqual([
    "runs/a-1",
    "'a b'",
    "'it'\\''s'",
    "'a&b'",
  ]);
  const windows = (text: string): string => quoted(text, "win32");
  expect(windows("C:\\runs\\a-1")).toBe("C:\\runs\\a-1");
  // PowerShell takes a comma for a list, and a dollar between double quotes for a variable.
  expect([windows("a b"), windows("a,b"), windows("it's"), windows("a&b")]).toEqual([
    '"a b"',
    '"a,b"',
    '"it\'s"',
    '"a&b"',
  ]);
  expect([windows("$x 's"), windows("a b\\")]).toEqual(["'$x ''s'", "'a b\\'"]);
});

test("names that every object has are names like others: as a setting they are unknown, as a metric they are shown", async () => {
  place.write(
    "proto.dnn",
    xor.replace(
      "metric    accuracy",
      "metric __proto__=mean(xor(x)); metric constructor=mean(xor(x)); metric accuracy",
    ),
  );
  for (const name of ["__proto__", "constructor", "toString"]) {
    const { code, err } = await place.run("train", "proto.dnn", "--set", `${name}=1`, "--out", "none");
    expect([name, code, err]).toEqual([name, 2, expect.stringContaining(`--set ${name}: 'xor' has no such setting`)]);
  }
  const run = await place.run("train", "proto.dnn", "--epochs", "1", "--json", "--out", "proto");
  const epoch = run.out.split("\n").find((line) => line.includes('"event":"epoch"'))!;
  expect(epoch.match(/"__proto__":/g)?.length).toBe(2);
  const table = await place.run("train", "proto.dnn", "--epochs", "1", "--out", "table");
  expect(table.out).toMatch(/__proto__ +constructor/);
  const { out } = await place.run("eval", "proto.dnn", "--weights", "table");
  expect(out).toMatch(/__proto__ +-?\d/);
});
