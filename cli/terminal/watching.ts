// `dnn train --watch`: trains again whenever the program's files change. In: a file and how it is trained. Out: the exit code of the
// training that was interrupted. Invariant: a change that is a mistake stops no training, and each training starts from what the one
// before it learned, as far as that fits.

import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { asFailure, EXIT } from "../../project/failure.ts";
import { hasErrors } from "../../project/source.ts";
import { Interrupts, SIGNALS } from "./interrupts.ts";
import { machine, sources } from "./machine.ts";
import { note, printDiagnostics, whenStreamsEnd } from "./say.ts";

/** How often files are looked at, in milliseconds. */
const PAUSE = 250;

export interface Pass {
  readonly code: number;
  /** Where its weights are; undefined where it saved none. */
  readonly folder: string | undefined;
}

/** Words that differ from one training to the next. */
export interface PassWords {
  /** From 1. */
  readonly number: number;
  /** The run to start from; undefined for the first. */
  readonly from: string | undefined;
}

export type TrainPass = (words: PassWords, interrupts: Interrupts) => Promise<Pass>;

export async function trainWatching(file: string, train: TrainPass): Promise<number> {
  const stop = new Stop();
  try {
    return await trainUntil(stop, file, train);
  } finally {
    stop.release();
  }
}

async function trainUntil(stop: Stop, file: string, train: TrainPass): Promise<number> {
  const watch = new ProgramWatch(file);
  let from: string | undefined;
  for (let number = 1; ; ) {
    watch.begin();
    const interrupts = new Interrupts();
    const look = (): void => {
      if (stop.asked) interrupts.ask();
      else void watch.look(() => interrupts.restart());
    };
    const looking = setInterval(look, PAUSE);
    let pass: Pass | undefined;
    try {
      pass = await attempt((start) => train({ number, from: start }, interrupts), from);
    } finally {
      clearInterval(looking);
      interrupts.stop();
    }
    if (pass && interrupts.asked && !interrupts.isRestart) return pass.code;
    from = pass?.folder ?? from;
    if (pass) number++;
    if (!interrupts.isRestart) {
      note(`waiting for changes of ${file}; Ctrl-C ends`);
      if (!(await watch.change(() => stop.asked))) return EXIT.interrupted;
    }
    note(`${file} has changed: it is trained again${from === undefined ? "" : ` from what ${from} learned`}`);
  }
}

/** Listens to signals all the time: one that comes between two trainings is not lost. */
class Stop {
  asked = false;
  private readonly listener = (): void => {
    if (this.asked) process.exit(EXIT.interrupted);
    this.asked = true;
  };
  private readonly releaseStreams = whenStreamsEnd(() => {
    this.asked = true;
  });

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.listener);
  }

  release(): void {
    for (const signal of SIGNALS) process.off(signal, this.listener);
    this.releaseStreams();
  }
}

/** Mistakes are printed, and the next change may correct them. What was learned so far may fit nothing of the program any more. */
async function attempt(
  train: (from: string | undefined) => Promise<Pass>,
  from: string | undefined,
): Promise<Pass | undefined> {
  try {
    return await train(from);
  } catch (error) {
    const failed = asFailure(error);
    if (!failed) throw error;
    if (from !== undefined && failed.diagnostics.some((d) => d.code === "weights/nothing-fits")) {
      note(`nothing that ${from} learned fits the program now: it is trained from the start`);
      return attempt(train, undefined);
    }
    printDiagnostics(failed.diagnostics);
    return undefined;
  }
}

/** The texts of a program: those that are trained, and whether other ones are there. */
class ProgramWatch {
  private readonly file: string;
  private trained = new Map<string, string | undefined>();
  private seen = "";
  private last = "";
  private isLooking = false;

  constructor(file: string) {
    this.file = file;
  }

  /** Takes the present state of the files as the one that is trained. */
  begin(): void {
    this.trained = textsOf([this.file, ...importedBy(this.file)]);
    this.seen = keyOf(this.trained);
  }

  /** Calls `changed` where the program is another one than is trained, and has no mistakes. */
  async look(changed: () => void): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const key = this.settled();
      if (key === undefined || key === this.seen) return;
      this.seen = key;
      if (key === keyOf(this.trained)) return;
      const found = await problemsOf(this.file);
      if (!hasErrors(found)) return changed();
      printDiagnostics(found);
      note("the training goes on with the program as it was");
    } finally {
      this.isLooking = false;
    }
  }

  /** The texts as one key; undefined while they are being written, as two looks after each other find them different. */
  private settled(): string | undefined {
    const now = textsOf([...this.trained.keys()]);
    const key = keyOf(now);
    const isSettled = key === this.last && ![...now.values()].includes(undefined);
    this.last = key;
    return isSettled ? key : undefined;
  }

  /** Waits for another program, with mistakes or without; false where that is to end. */
  async change(isOver: () => boolean): Promise<boolean> {
    while (!isOver()) {
      const key = this.settled();
      if (key !== undefined && key !== keyOf(this.trained)) return true;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    return false;
  }
}

/** Undefined for a file that is not there, as while an editor puts another in its place. */
function textsOf(paths: readonly string[]): Map<string, string | undefined> {
  const read = (path: string): string | undefined => {
    try {
      return new TextDecoder().decode(machine.read(path));
    } catch {
      return undefined;
    }
  };
  return new Map(paths.map((path) => [path, read(path)]));
}

const keyOf = (texts: ReadonlyMap<string, string | undefined>): string => JSON.stringify([...texts]);

function importedBy(file: string): readonly string[] {
  try {
    return sources.open(file).imported.map((i) => i.file);
  } catch (error) {
    if (asFailure(error)) return [];
    throw error;
  }
}

async function problemsOf(file: string): Promise<readonly Diagnostic[]> {
  try {
    return await checkOpened(sources.open(file));
  } catch (error) {
    const failed = asFailure(error);
    if (failed) return failed.diagnostics;
    throw error;
  }
}
