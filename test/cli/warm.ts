// Runs commands in a process that stays, one after another, and begins another where one of them ended it.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Done } from "./warm.child.ts";

const CHILD = fileURLToPath(new URL("warm.child.ts", import.meta.url));

let child: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/** The process ends with the one that runs the tests of a file. */
function startChild(): ChildProcess {
  const env = { ...process.env, NO_COLOR: "1" };
  const started = fork(CHILD, { execArgv: [], env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  started.on("exit", () => {
    if (child === started) child = undefined;
  });
  return started;
}

/** One command, once those before it are done. */
export function runWarm(folder: string, args: readonly string[]): Promise<Done> {
  const done = last.then(() => order(folder, args));
  last = done.catch(() => {});
  return done;
}

function order(folder: string, args: readonly string[]): Promise<Done> {
  child ??= startChild();
  const process = child;
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`dnn ${args.join(" ")} ended its process with ${code}`));
    process.once("exit", ended);
    process.once("message", (done) => {
      process.off("exit", ended);
      resolve(done as Done);
    });
    process.send({ folder, args });
  });
}

/** Ends the process. Commands of the tests that come next have another, whether this one has gone yet or not. */
export async function stopWarm(): Promise<void> {
  const process = child;
  if (!process) return;
  child = undefined;
  const closed = new Promise((resolve) => process.once("exit", resolve));
  process.disconnect();
  await closed;
}
