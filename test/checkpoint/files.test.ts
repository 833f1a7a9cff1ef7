// A run's folder holds whole checkpoints only, whatever fails and whatever else writes there.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Disk, describeFailure } from "../../runtime/checkpoint/disk.ts";
import { lockFolder, nodeDisk, saveCheckpoint, writeAtomically } from "../../runtime/checkpoint/files.node.ts";
import { readNamedCheckpoint, readPointer } from "../../runtime/checkpoint/pointers.ts";
import { WeightsError } from "../../runtime/checkpoint/weightserror.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dnn-run-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
if (isRoot) console.warn("skipped: the test of a really read-only folder, because root may write everywhere");

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function refused(work: Promise<unknown>): Promise<WeightsError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(WeightsError);
  if (error instanceof WeightsError) return error;
  throw new Error("no error was thrown");
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made for a test`), { code });
}

/** A disk on which step number `at` fails; `cut` leaves half of a file behind, as a power cut would. */
function failingDisk(at: number, code: string, cut = false): { disk: Disk; steps: () => number } {
  let count = 0;
  const step = async <T>(work: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
    count++;
    if (count < at) return work();
    if (count === at && half && cut) await half();
    throw systemError(code);
  };
  const disk: Disk = {
    create: (path, data) =>
      step(
        () => nodeDisk.create(path, data),
        () => writeFile(path, data.subarray(0, data.length >> 1)),
      ),
    link: (from, to) => step(() => nodeDisk.link(from, to)),
    rename: (from, to) => step(() => nodeDisk.rename(from, to)),
    syncFolder: (path) => step(() => nodeDisk.syncFolder(path)),
    remove: (path) => (cut ? Promise.reject(systemError(code)) : nodeDisk.remove(path)),
    read: nodeDisk.read,
  };
  return { disk, steps: () => count };
}

test("a checkpoint is read back through latest, and latest moves to the newest one", async () => {
  await saveCheckpoint(folder, "step-1.safetensors", bytes("one"));
  await saveCheckpoint(folder, "step-2.safetensors", bytes("two"));
  expect(await readPointer(folder, "latest", nodeDisk)).toBe("step-2.safetensors");
  const { name, path, bytes: contents } = await readNamedCheckpoint(folder, "latest", nodeDisk);
  expect([name, path, contents]).toEqual(["step-2.safetensors", join(folder, name), bytes("two")]);
  expect((await readdir(folder)).sort()).toEqual(["latest", "step-1.safetensors", "step-2.safetensors"]);
});

test("whichever step of saving fails, latest still names a whole checkpoint and nothing half-written stays", async () => {
  for (let at = 1; at <= 6; at++) {
    await saveCheckpoint(folder, "same", bytes("old contents"));
    const { disk } = failingDisk(at, "ENOSPC");
    expect((await refused(saveCheckpoint(folder, "same", bytes("new contents"), disk))).code).toBe(
      "checkpoint/disk-full",
    );
    const now = new TextDecoder().decode((await readNamedCheckpoint(folder, "latest", nodeDisk)).bytes);
    expect([at, now]).toEqual([at, at <= 2 ? "old contents" : "new contents"]);
    expect((await readdir(folder)).sort()).toEqual(["latest", "same"]);
  }
  const { disk, steps } = failingDisk(7, "ENOSPC");
  await saveCheckpoint(folder, "same", bytes("new contents"), disk);
  expect(steps()).toBe(6);
});

test("a process killed in the middle of any step leaves a folder that resumes, and the next run clears the rest away", async () => {
  for (let at = 1; at <= 6; at++) {
    await saveCheckpoint(folder, "same", bytes("old contents"));
    await refused(saveCheckpoint(folder, "same", bytes("new contents"), failingDisk(at, "EIO", true).disk));
    const now = new TextDecoder().decode((await readNamedCheckpoint(folder, "latest", nodeDisk)).bytes);
    expect(["old contents", "new contents"]).toContain(now);
    const lock = await lockFolder(folder);
    expect((await readdir(folder)).sort()).toEqual(["latest", "lock", "same"]);
    await lock.release();
  }
});

test("what was there before is replaced in one go, and the file has exactly the new bytes", async () => {
  const path = join(folder, "w");
  await writeFile(path, "a much longer text than the new one");
  await writeAtomically(path, bytes("short"));
  expect(await readFile(path, "utf8")).toBe("short");
});

test("disk full, read-only, missing folder and other failures each say what happened to which file", async () => {
  const codes: Record<string, string> = {
    ENOSPC: "checkpoint/disk-full",
    EDQUOT: "checkpoint/disk-full",
    EROFS: "checkpoint/read-only",
    EACCES: "checkpoint/read-only",
    ENOENT: "checkpoint/not-found",
    EIO: "checkpoint/failed",
  };
  for (const [code, wanted] of Object.entries(codes)) {
    const error = describeFailure(systemError(code), "write", "runs/a");
    expect([code, error.code, error.message]).toEqual([code, wanted, expect.stringMatching(/^cannot write runs\/a: /)]);
  }
  const missing = await refused(writeAtomically(join(folder, "nowhere", "w"), bytes("x")));
  expect([missing.code, missing.message]).toEqual(["checkpoint/not-found", expect.stringContaining("nowhere")]);
  await writeFile(join(folder, "file"), "");
  const below = await refused(lockFolder(join(folder, "file", "run")));
  expect([below.code, below.message]).toEqual(["checkpoint/failed", expect.stringContaining("is a file")]);
});

test.skipIf(isRoot)(
  "a folder without write permission is reported as read-only, for the lock and for a checkpoint",
  async () => {
    await chmod(folder, 0o555);
    expect((await refused(lockFolder(folder))).code).toBe("checkpoint/read-only");
    expect((await refused(saveCheckpoint(folder, "a", bytes("x")))).code).toBe("checkpoint/read-only");
    await chmod(folder, 0o755);
  },
);

test("an empty folder, a latest that names nothing or leads elsewhere, and a lost checkpoint get different errors", async () => {
  expect((await refused(readPointer(folder, "latest", nodeDisk))).code).toBe("checkpoint/none");
  expect((await refused(readPointer(join(folder, "nowhere"), "latest", nodeDisk))).code).toBe("checkpoint/none");
  for (const name of ["", "../../etc/passwd", "/etc/passwd", "..", "a\\b", "\0\0"]) {
    await writeFile(join(folder, "latest"), name);
    expect([name, (await refused(readPointer(folder, "latest", nodeDisk))).code]).toEqual([
      name,
      "checkpoint/bad-latest",
    ]);
  }
  await writeFile(join(folder, "latest"), "gone\n");
  const lost = await refused(readNamedCheckpoint(folder, "latest", nodeDisk));
  expect([lost.code, lost.message]).toEqual(["checkpoint/not-found", expect.stringContaining("gone")]);
});

test("names that would leave the folder or hide are never written", async () => {
  for (const name of ["../x", "a/b", "", "latest", ".hidden"]) {
    await expect(saveCheckpoint(folder, name, bytes("x"))).rejects.toThrow(RangeError);
  }
});

test("a second run in the same folder is refused, and may start once the first one has given it back", async () => {
  const first = await lockFolder(join(folder, "new", "run"));
  const error = await refused(lockFolder(join(folder, "new", "run")));
  expect([error.code, error.message]).toEqual([
    "checkpoint/folder-in-use",
    expect.stringContaining(`process ${process.pid} on`),
  ]);
  await first.release();
  const second = await lockFolder(join(folder, "new", "run"));
  await first.release();
  expect(await readdir(second.folder)).toEqual(["lock"]);
  await second.release();
  // It was made for the run, and nothing was saved there.
  expect(await readdir(join(folder, "new"))).toEqual([]);
});

test("of many runs that start at once exactly one gets the folder", async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
  const locks = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  expect(locks.length).toBe(1);
  await locks[0]!.release();
});

function ownerFile(pid: number, host = hostname()): string {
  return JSON.stringify({ pid, host, since: "2024-01-01T00:00:00Z" });
}

test("the lock of a living process holds, and that of the same process once killed is taken over", async () => {
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  await once(other, "spawn");
  const pid = other.pid ?? 0;
  await writeFile(join(folder, "lock"), ownerFile(pid));
  const error = await refused(lockFolder(folder));
  expect(error.message).toContain(`process ${pid} on ${hostname()} since 2024`);
  expect(error.hint).toContain(join(folder, "lock"));
  other.kill("SIGKILL");
  await once(other, "exit");
  const lock = await lockFolder(folder);
  expect(JSON.parse(await readFile(join(folder, "lock"), "utf8")).pid).toBe(process.pid);
  expect(await readdir(folder)).toEqual(["lock"]);
  await lock.release();
});

async function takenOver(contents: string, touched = 0): Promise<boolean> {
  const path = join(folder, "lock");
  await writeFile(path, contents);
  const time = Date.now() / 1000 - touched;
  await utimes(path, time, time);
  try {
    const lock = await lockFolder(folder);
    expect(await readdir(folder)).toEqual(["lock"]);
    await lock.release();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "checkpoint/folder-in-use" });
    expect(await readFile(path, "utf8")).toBe(contents);
    return false;
  }
}

test("a lock that names no process, as a kill or a full disk may leave it, holds nothing", async () => {
  for (const contents of [
    "",
    "{",
    "null",
    "[]",
    '{"pid":"x","host":"h"}',
    '{"host":"h"}',
    "\0\0",
    ownerFile(7).slice(0, -1),
  ])
    expect([contents, await takenOver(contents)]).toEqual([contents, true]);
});

test("of another machine's lock only its touches are known: silent for minutes it is free, without touches it is believed", async () => {
  const touched = JSON.stringify({ ...JSON.parse(ownerFile(1, "another-machine")), beat: 10 });
  expect(await takenOver(touched, 60)).toBe(false);
  expect(await takenOver(touched, 600)).toBe(true);
  expect(await takenOver(ownerFile(1, "another-machine"), 600)).toBe(false);
  // A clock that was set back made the lock in the future.
  expect(await takenOver(touched, -86400)).toBe(false);
});

test("a lock of an earlier process with our number, of a number that was given again, and of an earlier start of the system is stale", async () => {
  expect(await takenOver(ownerFile(process.pid))).toBe(true);
  const own = await lockFolder(folder);
  const written = JSON.parse(await readFile(join(folder, "lock"), "utf8"));
  await own.release();
  const parent = { ...written, pid: process.ppid, token: "another" };
  if (written.began === undefined) return console.warn("skipped: this system does not say when a process began");
  expect(await takenOver(JSON.stringify({ ...parent, began: `${written.began}0` }))).toBe(true);
  expect(await takenOver(JSON.stringify({ ...parent, space: "an earlier start" }), 600)).toBe(true);
  expect(await takenOver(JSON.stringify({ ...parent, space: "an earlier start" }))).toBe(false);
});

/** A disk of a process that is killed in its step number `at`: that one is half done, nothing comes after it. */
function killedDisk(at: number): { disk: Disk; isOver: () => boolean } {
  let count = 0;
  const step =
    <Given extends unknown[], Result>(
      work: (...given: Given) => Promise<Result>,
      half?: (...given: Given) => unknown,
    ) =>
    async (...given: Given): Promise<Result> => {
      if (++count === at) await half?.(...given);
      if (count >= at) throw systemError("EIO");
      return work(...given);
    };
  const disk: Disk = {
    create: step(nodeDisk.create, (path, data) => writeFile(path, data.subarray(0, data.length >> 1))),
    link: step(nodeDisk.link),
    rename: step(nodeDisk.rename),
    syncFolder: step(nodeDisk.syncFolder),
    remove: step(nodeDisk.remove),
    read: step(nodeDisk.read),
  };
  return { disk, isOver: () => count < at };
}

test("a process that is killed at any step of taking a folder, or of taking it over, never keeps another from it", async () => {
  for (const before of [undefined, "", ownerFile(process.pid)]) {
    for (let at = 1; ; at++) {
      if (before === undefined) await rm(join(folder, "lock"), { force: true });
      else await writeFile(join(folder, "lock"), before);
      const { disk, isOver } = killedDisk(at);
      const untouched = await lockFolder(folder, disk).catch(() => undefined);
      await untouched?.release();
      if (isOver()) break;
      const lock = await lockFolder(folder).catch((error) => error);
      expect([before, at, lock.message]).toEqual([before, at, undefined]);
      expect(await readdir(folder)).toEqual(["lock"]);
      await lock.release();
      expect(at).toBeLessThan(30);
    }
    await rm(folder, { recursive: true });
    await mkdir(folder);
  }
});

test("where a disk has no links the lock is made all the same, and a second run is refused", async () => {
  const disk: Disk = { ...nodeDisk, link: () => Promise.reject(systemError("EPERM")) };
  await writeFile(join(folder, "lock"), "");
  const lock = await lockFolder(folder, disk);
  expect((await refused(lockFolder(folder, disk))).code).toBe("checkpoint/folder-in-use");
  await lock.confirm();
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test("of several processes that find the lock of a dead one exactly one takes it over", async () => {
  await writeFile(join(folder, "lock"), ownerFile(2 ** 22 + 1));
  const module = new URL("../../runtime/checkpoint/lock.node.ts", import.meta.url).href;
  const code = `import { lockFolder } from ${JSON.stringify(module)};
    while (Date.now() < Number(process.argv[2])) {}
    try { await lockFolder(process.argv[1]); console.log("mine"); } catch (error) { console.log(error.code); }
    setTimeout(() => process.exit(), 1500);`;
  const at = String(Date.now() + 1200);
  const said = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", code, folder, at]);
      const [text] = await once(child.stdout, "data");
      await once(child, "close");
      return String(text).trim();
    }),
  );
  expect(said.toSorted()).toEqual([...Array(4).fill("checkpoint/folder-in-use"), "mine"]);
}, 30_000);

test("a holder whose folder another process took over saves nothing more, and leaves the other's lock", async () => {
  const lock = await lockFolder(folder);
  await lock.confirm();
  await rm(join(folder, "lock"));
  await lock.confirm();
  expect(await readdir(folder)).toEqual(["lock"]);
  await writeFile(join(folder, "lock"), ownerFile(77, "another-machine"));
  expect(await refused(lock.confirm())).toMatchObject({
    code: "checkpoint/folder-lost",
    message: expect.stringContaining("process 77 on another-machine"),
  });
  await lock.release();
  expect(await readFile(join(folder, "lock"), "utf8")).toBe(ownerFile(77, "another-machine"));
});

test("the lock leaves files alone that are not its own", async () => {
  await mkdir(join(folder, "sub"));
  await writeFile(join(folder, "notes.tmp"), "mine");
  await writeFile(join(folder, ".hidden"), "mine");
  await (await lockFolder(folder)).release();
  expect((await readdir(folder)).sort()).toEqual([".hidden", "notes.tmp", "sub"]);
});
