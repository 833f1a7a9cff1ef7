// Interrupts of a training: Ctrl-C, a request of the system, a closed terminal, output that nobody takes any more. The
// stretch under way is finished, so that it can be saved.

import { EXIT } from "../../project/failure.ts";
import { note, streamsEnded, whenStreamsEnd } from "./say.ts";

export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

export class Interrupts {
  asked = false;
  /** Whether it was asked to stop only to begin again, with a program that has changed. */
  isRestart = false;
  private by: Signal | undefined;
  private readonly release: () => void;

  constructor() {
    this.release = whenStreamsEnd(() => {
      this.asked = true;
    });
  }

  /** The exit code of a training that was asked to stop. */
  get exitCode(): number {
    return this.by === undefined ? (streamsEnded() ?? EXIT.interrupted) : EXIT.interrupted;
  }

  /** Signals are asked for only while there is something to save: a compilation, say, ends at the first. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const listener = (signal: Signal): void => this.interrupt(signal);
    for (const signal of SIGNALS) process.on(signal, listener);
    try {
      return await work();
    } finally {
      for (const signal of SIGNALS) process.off(signal, listener);
    }
  }

  private interrupt(signal: Signal): void {
    // A closed terminal sends several signals; someone who presses Ctrl-C twice means it.
    const isAgain = this.by !== undefined && this.by !== "SIGHUP" && signal !== "SIGHUP";
    if (isAgain) process.exit(EXIT.interrupted);
    const isFirst = this.by === undefined;
    this.asked = true;
    this.isRestart = false;
    this.by ??= signal;
    if (isFirst) note("\nstopping after this step; again to stop at once");
  }

  /** A signal that comes later ends the training all the same. */
  restart(): void {
    if (this.asked) return;
    this.asked = true;
    this.isRestart = true;
  }

  /** A signal that came before the training listened. */
  ask(): void {
    this.asked = true;
    this.isRestart = false;
  }

  /** Lets signals and the terminal have their turn. */
  pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  stop(): void {
    this.release();
  }
}
