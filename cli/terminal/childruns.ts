// Trainings in processes of their own, some at a time. In: for each the words of `dnn`. Out: how each ended. They end with the
// process that asked for them: nothing reads their output afterwards.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { EXIT } from "../../project/failure.ts";

const OWN = import.meta.url;
const bin = fileURLToPath(new URL(`../bin${OWN.slice(OWN.lastIndexOf("."))}`, OWN));

export interface Ended {
  readonly code: number;
  readonly err: string;
}

export interface Job {
  readonly words: () => readonly string[];
  /** Called once it has ended; false begins no others. */
  readonly ended: (how: Ended) => Promise<boolean>;
}

/** A folder that another process has not let go of yet is tried again for so long. */
const PATIENCE = 120_000;
const PAUSE = 500;
/** It trains there still, or has saved there since somebody looked. */
const HELD = ["checkpoint/folder-in-use", "checkpoint/folder-has-run"];

/** Runs all jobs, `count` at a time, until all have ended or `isStopped`. */
export async function runJobs(jobs: readonly Job[], count: number, isStopped: () => boolean): Promise<void> {
  const waiting = [...jobs];
  const children = new Set<ChildProcess>();
  let isOver = false;
  const stopping = setInterval(() => {
    if (isStopped()) for (const child of children) child.kill("SIGTERM");
  }, PAUSE);
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job && !isOver && !isStopped(); job = waiting.shift()) {
      const how = await patiently(() => start(job.words(), children), isStopped);
      if (!(await job.ended(how))) isOver = true;
    }
  };
  try {
    await Promise.all(Array.from({ length: count }, work));
  } finally {
    clearInterval(stopping);
    for (const child of children) child.kill("SIGTERM");
  }
}

/** The process that was killed may have left one that is still saving. */
async function patiently(run: () => Promise<Ended>, isStopped: () => boolean): Promise<Ended> {
  const began = Date.now();
  for (;;) {
    const how = await run();
    const isHeld = how.code === EXIT.user && HELD.some((code) => how.err.includes(code));
    if (!isHeld || isStopped() || Date.now() - began > PATIENCE) return how;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function start(words: readonly string[], children: Set<ChildProcess>): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let err = "";
  child.stdout.resume();
  child.stderr.on("data", (data) => {
    err = `${err}${data}`.slice(-20_000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      children.delete(child);
      resolve({ code: code ?? EXIT.interrupted, err });
    });
  });
}
