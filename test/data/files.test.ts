// Files come from disk or memory with the same errors, and relative paths start from the program's folder.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { blockingFiles, nodeFiles } from "../../runtime/files/files.node.ts";
import { memoryFiles, resolvePath } from "../../runtime/files/files.ts";
import { failure, utf8 } from "./rawfiles.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dnn-files-"));
  await mkdir(join(folder, "below"));
  await writeFile(join(folder, "below", "corpus.txt"), "abcd".repeat(100));
});
afterAll(() => rm(folder, { recursive: true }));

test("paths resolve against the base unless they are absolute, with either slash", () => {
  expect(resolvePath("/home/me", "data.csv")).toBe("/home/me/data.csv");
  expect(resolvePath("/home/me/", "../data.csv")).toBe("/home/me/../data.csv");
  expect(resolvePath("/home/me", "/data.csv")).toBe("/data.csv");
  expect(resolvePath("C:\\me", "D:\\data.csv")).toBe("D:\\data.csv");
  expect(resolvePath("", "data.csv")).toBe("data.csv");
});

test("a data set loads from the disk, relative to the base", async () => {
  const request = { name: "text", positional: ["below/corpus.txt"], named: { seq: 8 }, seed: 1, base: folder };
  const data = await loadDataset(request, nodeFiles());
  expect([data.train.length, data.heldout.length]).toEqual([44, 4]);
});

test("a missing file names itself and suggests the file that is there", async () => {
  const disk = await failure(nodeFiles().read(join(folder, "below", "corpsu.txt")));
  expect([disk.code, disk.hint]).toEqual(["data/file-not-found", "did you mean corpus.txt?"]);
  const memory = await failure(memoryFiles({ "a/corpus.txt": utf8("x") }).read("a/corpsu.txt"));
  expect([memory.code, memory.hint]).toEqual([disk.code, disk.hint]);
});

test("a missing folder suggests the folder that is there, and no file", async () => {
  await writeFile(join(folder, "belov.txt"), "");
  const disk = await failure(nodeFiles().list(join(folder, "belov")));
  expect([disk.code, disk.hint]).toEqual(["data/folder-not-found", "did you mean below?"]);
  const memory = memoryFiles({ "a/below/corpus.txt": utf8("x"), "a/belov.txt": utf8("x") });
  expect((await failure(memory.list("a/belov"))).hint).toBe(disk.hint);
  await rm(join(folder, "belov.txt"));
});

test("a folder instead of a file, a file instead of a folder, and a missing folder get different errors", async () => {
  for (const files of [nodeFiles(), blockingFiles()]) {
    expect((await failure(files.read(join(folder, "below")))).message).toContain("is a folder, not a file");
    expect((await failure(files.list(join(folder, "below", "corpus.txt")))).message).toContain(
      "is a file, not a folder",
    );
    expect((await failure(files.list(join(folder, "nowhere")))).message).toContain("no folder");
    expect((await failure(files.read(join(folder, "below", "corpus.txt", "x")))).code).toBe("data/file-not-found");
    if (process.platform !== "win32")
      expect((await failure(files.read("/dev/null"))).code).toBe("data/file-unreadable");
  }
});

test.skipIf(process.platform === "win32")(
  "links are followed, and what they lead to is looked at: pipes, devices, circles, nothing",
  async () => {
    const at = (name: string) => join(folder, "below", name);
    await symlink(at("corpus.txt"), at("link.txt"));
    await symlink(at("circle"), at("circle"));
    await symlink(at("nowhere"), at("dangling"));
    await symlink("/dev/zero", at("zero"));
    execFileSync("mkfifo", [at("pipe")]);
    const cases = {
      circle: "round in a circle",
      dangling: "there is no file",
      zero: "not an ordinary file",
      pipe: "not an ordinary file",
    };
    for (const files of [nodeFiles(), blockingFiles()]) {
      expect((await files.read(at("link.txt"))).length).toBe(400);
      expect((await files.readPart(at("link.txt"), 390, 500)).length).toBe(10);
      expect(await files.readPart(at("link.txt"), 5, 9)).toEqual((await files.read(at("link.txt"))).slice(5, 9));
      for (const [name, message] of Object.entries(cases))
        expect((await failure(files.read(at(name)))).message).toContain(message);
      // Files of the kernel say that they are empty, and reading some would wait for ever.
      if (existsSync("/proc/self/status")) expect((await files.read("/proc/self/status")).length).toBe(0);
    }
    for (const name of ["link.txt", "circle", "dangling", "zero", "pipe"]) await rm(at(name));
  },
);

test("both readers list names in order and know what exists", async () => {
  const memory = memoryFiles({ "d/b.txt": utf8("b"), "d/a/c.txt": utf8("c"), "./d/x/../e.txt": utf8("e") });
  expect(await memory.list("d")).toEqual(["a", "b.txt", "e.txt"]);
  expect([await memory.exists("d/a"), await memory.exists("d/z")]).toEqual([true, false]);
  expect(await nodeFiles().list(folder)).toEqual(["below"]);
  expect([await nodeFiles().exists(folder), await nodeFiles().exists(join(folder, "z"))]).toEqual([true, false]);
});
