// Runs commands in a process that stays, one after another and from one file of tests to the next, and begins another where one of
// them ended it, where the surroundings have changed, and after so many commands that their remains would count.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Done } from "./warm.child.ts";

const CHILD = fileURLToPath(new URL("warm.child.ts", import.meta.url));
const MOST_COMMANDS = 200;

interface Warm {
  readonly child: ChildProcess;
  /** The variables that it was started with. */
  readonly surroundings: string;
  commands: number;
}

let warm: Warm | undefined;
let last: Promise<unknown> = Promise.resolve();

const surroundingsNow = (): string => JSON.stringify({ ...process.env, NO_COLOR: "1" });

/** The process ends with the one that runs the tests, which it does not keep from ending. */
function startWarm(): Warm {
  const surroundings = surroundingsNow();
  const env = JSON.parse(surroundings) as NodeJS.ProcessEnv;
  const child = fork(CHILD, { execArgv: [], env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.unref();
  child.channel?.unref();
  child.on("exit", () => {
    if (warm?.child === child) warm = undefined;
  });
  return { child, surroundings, commands: 0 };
}

/** One command, once those before it are done. */
export function runWarm(folder: string, args: readonly string[]): Promise<Done> {
  const done = last.then(() => order(folder, args));
  last = done.catch(() => {});
  return done;
}

function order(folder: string, args: readonly string[]): Promise<Done> {
  if (warm && (warm.commands >= MOST_COMMANDS || warm.surroundings !== surroundingsNow())) {
    warm.child.disconnect();
    warm = undefined;
  }
  warm ??= startWarm();
  warm.commands++;
  const { child } = warm;
  child.channel?.ref();
  return new Promise<Done>((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`dnn ${args.join(" ")} ended its process with ${code}`));
    child.once("exit", ended);
    child.once("message", (done) => {
      child.off("exit", ended);
      resolve(done as Done);
    });
    child.send({ folder, args });
  }).finally(() => child.channel?.unref());
}
