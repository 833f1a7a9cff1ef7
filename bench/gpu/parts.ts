// Parts of the benchmark, each with a time limit: one that fails or runs out of time says so, and the others are run all the same.

export interface Clock {
  /** Whether the part's time is over: it ends after what it is doing. */
  readonly isOver: boolean;
}

export interface Part<Result> {
  readonly name: string;
  readonly seconds: number;
  readonly run: (clock: Clock) => Promise<Result>;
}

export interface PartEnd<Result> {
  readonly name: string;
  readonly result?: Result;
  readonly seconds: number;
  /** Whether it had no time for all of it. */
  readonly isCut: boolean;
  readonly error?: string;
}

export async function runPart<Result>({ name, seconds, run }: Part<Result>): Promise<PartEnd<Result>> {
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  let isCut = false;
  const clock: Clock = {
    get isOver() {
      isCut ||= passed() > seconds;
      return isCut;
    },
  };
  process.stderr.write(`${name}\n`);
  try {
    const result = await run(clock);
    return { name, result, seconds: passed(), isCut };
  } catch (error) {
    return { name, seconds: passed(), isCut, error: error instanceof Error ? error.message : String(error) };
  }
}
