// Parts of the benchmark, each with a time limit: one that fails, hangs or runs out of time says so, keeps what it has found, and the
// others are run all the same.

export interface Clock<Result> {
  /** Whether the part's time is over: it ends after what it is doing. */
  readonly isOver: boolean;
  /** Stores the result so far, in case that nothing more follows. */
  keep(sofar: Result): void;
  /** Says that something failed; the part goes on with what is next. */
  fail(message: string): void;
}

export interface Part<Result> {
  readonly name: string;
  readonly seconds: number;
  /** Seconds beyond its time after which nothing is expected of it any more. */
  readonly patience?: number;
  readonly run: (clock: Clock<Result>) => Promise<Result>;
}

export interface PartEnd<Result> {
  readonly name: string;
  readonly result?: Result;
  readonly seconds: number;
  /** Whether it had no time for all of it. */
  readonly isCut: boolean;
  readonly error?: string;
}

/** Kernels of a large program may take so long to compile. */
const PATIENCE = 60;

export async function runPart<Result>({
  name,
  seconds,
  patience = PATIENCE,
  run,
}: Part<Result>): Promise<PartEnd<Result>> {
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  const errors: string[] = [];
  let [isCut, sofar] = [false, undefined as Result | undefined];
  const clock: Clock<Result> = {
    get isOver() {
      isCut ||= passed() > seconds;
      return isCut;
    },
    keep: (result) => {
      sofar = result;
    },
    fail: (message) => void errors.push(message),
  };
  process.stderr.write(`${name}\n`);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = Math.max(0, seconds) + patience;
    timer = setTimeout(() => reject(new Error(`no answer within ${late} s`)), 1000 * late);
  });
  try {
    sofar = await Promise.race([run(clock), limit]);
  } catch (error) {
    errors.push(error instanceof Error ? error.message : String(error));
  }
  clearTimeout(timer);
  const result = sofar === undefined ? {} : { result: sofar };
  return { name, ...result, seconds: passed(), isCut, ...(errors.length > 0 ? { error: errors.join("; ") } : {}) };
}
