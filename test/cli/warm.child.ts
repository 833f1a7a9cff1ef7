// A process that runs one command after another, each as if it were the first: its arguments, its folder, what it writes and its
// exit code. Starting Node and warming up the compiler takes longer than most commands that the tests give.

import { forgetNodes } from "../../compiler/graph/node.ts";

export interface Order {
  readonly folder: string;
  readonly args: readonly string[];
}

/** The outcome of a command; the exit code where it lived to the end. */
export interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const main = new URL("../../cli/main.ts", import.meta.url).href;
let count = 0;

async function runOne({ folder, args }: Order): Promise<Done> {
  forgetNodes();
  process.chdir(folder);
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  process.exitCode = undefined;
  const out = captureFrom(process.stdout);
  const err = captureFrom(process.stderr);
  // Another address is another module: the verbs and their flags are made again.
  await import(`${main}?${count++}`);
  const code = Number(process.exitCode ?? 0);
  return { code, out: out(), err: err() };
}

/** Takes what a stream is given from now on; the result ends this and gives the text. */
function captureFrom(stream: NodeJS.WriteStream): () => string {
  const parts: string[] = [];
  const { write } = stream;
  stream.write = (part: string | Uint8Array, ...rest: unknown[]): boolean => {
    parts.push(typeof part === "string" ? part : Buffer.from(part).toString());
    const then = rest.at(-1);
    if (typeof then === "function") then();
    return true;
  };
  return () => {
    stream.write = write;
    stream.removeAllListeners("error");
    return parts.join("");
  };
}

process.on("disconnect", () => process.exit());
process.on("message", async (order: Order) => process.send!(await runOne(order)));
