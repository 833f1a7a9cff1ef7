// The long form of the examples' tests: each is trained as its own lines say, without the flags that make tests short. What it
// reached goes into examples/figures.json, what its `show images` lines draw into examples/pictures, the weights into
// runs/gallery: `npm run gallery`, then `npm run docs`. With names, only those. Every example is kept as soon as it is done,
// so that a long run can be broken off and go on with the names that are left.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { figuresText } from "../cli/terminal/progress.ts";
import { hasPictures } from "../cli/terminal/showlines.ts";
import { parse } from "../grammar/parser/parse.ts";
import { timeText } from "../project/numbertext.ts";
import { TARGETS } from "../test/examples/targets.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const place = join(root, "examples/figures.json");

export interface Figure {
  readonly params: number;
  readonly metric: string;
  readonly value: number;
}

type Figures = Readonly<Record<string, number>>;
interface End {
  readonly seconds: number;
  readonly train: Figures | null;
  readonly heldout: Figures | null;
}
type Told =
  | { readonly event: "start"; readonly params: number }
  | { readonly event: "epoch"; readonly epoch: number; readonly train: Figures; readonly heldout: Figures | null }
  | { readonly event: "step" }
  | ({ readonly event: "end" } & End);

/** Runs `dnn` and gives each line of its results to `line`. */
async function dnn(args: readonly string[], line: (text: string) => void): Promise<void> {
  const child = spawn(process.execPath, [join(root, "cli/bin.ts"), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  for await (const text of createInterface({ input: child.stdout })) line(text);
  const code = await ended;
  if (code !== 0) throw new Error(`dnn ${args.join(" ")}: exit code ${code}`);
}

/** The last training's figures; those of a file are all shown as they come. */
async function reached(name: string, runs: string): Promise<Figure> {
  const { metric, own } = TARGETS[name]!;
  let params = 0;
  let end: End | undefined;
  const args = ["train", join(root, `examples/${name}.dnn`), "--json", "--seed", "1", "--out", runs];
  await dnn(args, (text) => {
    const told = JSON.parse(text) as Told;
    if (told.event === "start") params = told.params;
    else if (told.event === "end") end = told;
    else if (told.event === "epoch")
      console.error(`${name}: epoch ${told.epoch}  ${figuresText(told.heldout ?? told.train)}`);
  });
  const value = (own ? end?.train : end?.heldout)?.[metric];
  if (end === undefined || value === undefined) throw new Error(`${name}: no ${metric}`);
  console.error(`${name}: ${timeText(end.seconds)}`);
  return { params, metric, value: Number(value.toPrecision(4)) };
}

/** Draws with each training that has something to draw; where there are several, the last of them stands. */
async function drawn(name: string, runs: string): Promise<void> {
  const file = join(root, `examples/${name}.dnn`);
  const trainings = parse(readFileSync(file, "utf8"), file).file.definitions.filter((d) => d.kind === "train");
  for (const training of trainings.filter(hasPictures)) {
    const weights = trainings.length > 1 ? join(runs, training.name.text) : runs;
    const picture = join(root, `examples/pictures/${name}.png`);
    await dnn(["sample", file, "--weights", weights, "--out", picture], console.error);
  }
}

function keep(name: string, figure: Figure): void {
  const text = existsSync(place) ? readFileSync(place, "utf8") : "{}";
  const figures = { ...(JSON.parse(text) as Record<string, Figure>), [name]: figure };
  const kept = Object.fromEntries(Object.entries(figures).filter(([known]) => known in TARGETS));
  writeFileSync(place, `${JSON.stringify(kept, undefined, 2)}\n`);
}

async function main(chosen: readonly string[]): Promise<void> {
  const unknown = chosen.filter((name) => !(name in TARGETS));
  if (unknown.length > 0) throw new Error(`no example is called ${unknown.join(", ")}`);
  for (const name of chosen.length > 0 ? chosen : Object.keys(TARGETS)) {
    const runs = join(root, "runs/gallery", name);
    rmSync(runs, { recursive: true, force: true });
    mkdirSync(join(root, "runs/gallery"), { recursive: true });
    const figure = await reached(name, runs);
    await drawn(name, runs);
    keep(name, figure);
    console.log(name, figure);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
