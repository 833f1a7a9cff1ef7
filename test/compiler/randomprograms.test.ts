// Proves that random programs of the whole language mean what plain arrays say: names, parameters and constants as values, update
// rules, losses, loops, cells, models with functions as arguments, choices, indexing, windows and means over the batch. The graph,
// the graph after all passes, the nests and the engines are held against each other and against the arrays; the results of one
// and several threads are equal to the bit. A program that disagrees is shrunk before it is shown.
//
// PROGRAMS=20000 asks for more, FIRST for another first seed, THREADS=1,2,4 for more threads, GPU=1 for the software
// adapter too. With vitest's --execArgv=--experimental-wasm-revectorize --execArgv=--no-liftoff all kernels run on 256 bits.

import { expect, test } from "vitest";
import { softwareGpu } from "../support/gpu.ts";
import type { Wanted } from "../support/random/levels.ts";
import { disagreement, runLevels } from "../support/random/levels.ts";
import type { RandomProgram } from "../support/random/program.ts";
import { expected, randomProgram, randomValues, smallerPrograms, textOf } from "../support/random/program.ts";

const COUNT = Number(process.env.PROGRAMS ?? 120);
const FIRST = Number(process.env.FIRST ?? 1);
const software = process.env.GPU ? await softwareGpu() : undefined;
const wanted: Wanted = {
  threads: (process.env.THREADS ?? "1").split(",").map(Number),
  ...(typeof software === "object" ? { gpu: software.again } : {}),
};

/** The fault of a program; undefined where it has none. */
async function wrongWith(program: RandomProgram, seed: number): Promise<string | undefined> {
  const values = randomValues(seed);
  try {
    return disagreement(await runLevels(textOf(program), values, wanted), expected(program, values));
  } catch (error) {
    return error instanceof Error ? error.message.split("\n").slice(0, 3).join(" ") : String(error);
  }
}

/** The kind of a message: numbers in it may differ. */
const kindOf = (message: string): string => message.replaceAll(/[-+.\d]+(e[-+]?\d+)?/g, "#").slice(0, 60);

async function shrunk(program: RandomProgram, seed: number, message: string): Promise<string> {
  let [smallest, said] = [program, message];
  for (let tries = 0; tries < 400; ) {
    let found = false;
    for (const less of smallerPrograms(smallest)) {
      if (++tries > 400) break;
      const wrong = await wrongWith(less, seed);
      if (wrong === undefined || kindOf(wrong) !== kindOf(message)) continue;
      [smallest, said, found] = [less, wrong, true];
      break;
    }
    if (!found) break;
  }
  return `seed ${seed}: ${said}\n${textOf(smallest)}`;
}

test(
  `${COUNT} random programs of the whole language agree on all levels`,
  async () => {
    const wrong: string[] = [];
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const program = randomProgram(seed);
      const message = await wrongWith(program, seed);
      if (message !== undefined) wrong.push(await shrunk(program, seed, message));
      if (wrong.length >= Number(process.env.MOST ?? 5)) break;
      if ((seed - FIRST + 1) % 1000 === 0) console.log(`${seed - FIRST + 1} programs, ${wrong.length} disagree`);
    }
    expect(wrong.join("\n\n")).toBe("");
  },
  Math.max(120_000, COUNT * 5000),
);
