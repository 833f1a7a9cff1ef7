// In: a checkout, a workload, a number of threads. Out: milliseconds per training step, stretch by stretch. Each timer is a process
// of its own: its start, its compilation and the places of its memory are new, and it waits without work between stretches.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How long is measured. */
export interface Effort {
  readonly runs: number;
  readonly warmUpMs: number;
  /** Stretches of each run, and how long each is. */
  readonly stretches: number;
  readonly stretchMs: number;
}

export interface StepTimer {
  /** Milliseconds per step of a stretch of about `ms` milliseconds, one step at least. */
  readonly time: (ms: number) => Promise<number>;
  readonly stop: () => void;
}

const STEPPER = fileURLToPath(new URL("stepper.ts", import.meta.url));

/** The checkout that this file belongs to. */
export const thisCheckout = fileURLToPath(new URL("..", import.meta.url));

export async function startTimer(
  folder: string,
  workload: string,
  threads: number,
  warmUpMs: number,
): Promise<StepTimer> {
  const child = fork(STEPPER, [folder, workload, String(threads), String(warmUpMs)], {
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let said = "";
  child.stderr!.on("data", (text) => {
    said += text;
  });
  const ended = once(child, "close").then(([code]) => {
    throw new Error(`the steps of '${workload}' of ${folder} ended with ${code}:\n${said}`);
  });
  ended.catch(() => {});
  const answer = async (): Promise<unknown> => (await Promise.race([once(child, "message"), ended]))[0];
  await answer();
  return {
    time: async (ms) => {
      const answered = answer();
      child.send(ms);
      return Number(await answered);
    },
    stop: () => child.disconnect(),
  };
}
