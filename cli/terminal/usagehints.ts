// Suggests a verb or flag in place of an unknown one. In: commander's error and the arguments. Out: one sentence.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ownValue } from "../../compiler/arithmetic/lookup.ts";
import { quoted } from "../../project/quoted.ts";
import { programOfRun } from "../../project/source.ts";

/** Verbs of other tools. */
const VERBS: Readonly<Record<string, string>> = {
  run: "dnn train FILE",
  fit: "dnn train FILE",
  test: "dnn eval FILE --weights RUN",
  evaluate: "dnn eval FILE --weights RUN",
  validate: "dnn check FILE",
  lint: "dnn check FILE",
  format: "dnn fmt FILE",
  infer: "dnn predict FILE --weights RUN --input ROWS",
  generate: "dnn sample FILE --weights RUN",
  init: "dnn new DIR",
  print: "dnn summary FILE",
  export: "dnn build FILE --weights RUN --out NAME.js",
  plot: "dnn report RUN",
  view: "dnn report RUN",
  playground: "npm run playground",
  explore: "dnn data FILE",
  describe: "dnn data FILE",
  tune: "dnn sweep FILE --set optimizer.lr=0.1,0.01",
  "cross-validate": "dnn sweep FILE --folds 5",
  help: "dnn --help",
};

/** Flags that are settings of a training here. */
const FLAGS: Readonly<Record<string, string>> = {
  "--lr": "--set optimizer.lr=0.1",
  "--learning-rate": "--set optimizer.lr=0.1",
  "--batch": "--set batch=64",
  "--batch-size": "--set batch=64",
  "--epoch": "--epochs 10",
  "--gpu": "--device gpu",
  "--cpu": "--device cpu",
  "--output": "--out DIR",
  "--checkpoint": "--resume RUN, or --weights RUN",
  "--name": "--out runs/NAME",
  "--optimizer": "--set optimizer=adam",
  "--momentum": "--set optimizer.momentum=0.9",
  "--patience": "--set patience=3",
  "--folds": "`dnn sweep FILE --folds 5`, which holds each part out once",
  "--seeds": "`dnn sweep FILE --seeds 3`, which trains from seeds 1, 2 and 3",
  "--split": 'it into the program: `csv("table.csv", split=0.8)`',
  "--freeze": "a line of the training: `freeze net`",
};

export function hintOnUsage(
  error: { readonly code: string; readonly message: string },
  args: readonly string[],
): string | undefined {
  const [, named] = /'([^']+)'/.exec(error.message) ?? [];
  if (error.code === "commander.unknownCommand" && named !== undefined)
    return Object.hasOwn(VERBS, named) ? `it is called \`${VERBS[named]}\`` : hintOnPlace(named);
  if (error.code === "commander.unknownOption" && named !== undefined) {
    const flag = ownValue(FLAGS, named.replace(/=.*/s, ""));
    if (flag !== undefined) return `write ${flag}`;
  }
  if (error.code === "commander.excessArguments")
    return args[0] === "explain" ? `write dnn explain ${quoted(args.slice(1).join(" "))}` : hintOnPair(args);
  if (error.code === "commander.invalidArgument" && /'--seed /.test(error.message) && /\d\D+\d/.test(error.message))
    return "`dnn sweep FILE --seeds 3` trains from seeds 1, 2 and 3";
  if (error.code === "commander.optionMissingArgument") return hintOnRun(error.message);
  if (error.code !== "commander.missingMandatoryOptionValue") return undefined;
  const run = args.find((word, i) => i > 0 && isRun(word));
  if (run !== undefined && !args.includes("--weights")) return hintOnRunAsFile(run, args);
  if (!error.message.includes("--weights")) return undefined;
  const newest = newestRun("runs");
  return newest
    ? `the newest run here is ${newest}: dnn ${[...args, "--weights", newest].map((word) => quoted(word)).join(" ")}`
    : "`dnn train FILE` makes a run, and says where it saved it";
}

/** `dnn xor.dnn`, `dnn runs/xor-1`: what stands in the place of a verb is what one works on. */
function hintOnPlace(place: string): string | undefined {
  if (isRun(place)) return `a verb comes first: \`dnn report ${quoted(place)}\` shows this run`;
  if (!place.endsWith(".dnn")) return undefined;
  const file = quoted(place);
  return `a verb comes first: \`dnn train ${file}\` trains it, \`dnn check ${file}\` looks for mistakes`;
}

const isRun = (place: string): boolean => existsSync(join(place, "latest"));

/** `dnn predict runs/xor-1`: the run stands in the place of the program, or beside it. */
function hintOnRunAsFile(run: string, args: readonly string[]): string {
  const others = args.slice(1).filter((word) => word !== run);
  const file = others.some((word) => word.endsWith(".dnn"))
    ? []
    : [programOfRun(run, (path) => readFileSync(path)) ?? "FILE.dnn"];
  const words = ["dnn", ...args.slice(0, 1), ...file, ...others, "--weights", run];
  return `${run} is a run: ${words.map((word) => quoted(word)).join(" ")}`;
}

/** `--resume` alone. */
function hintOnRun(message: string): string | undefined {
  const [, flag] = /'(--resume|--weights) /.exec(message) ?? [];
  const newest = flag && newestRun("runs");
  return newest && `the newest run here is ${newest}: ${flag} ${quoted(newest)}`;
}

/** `--set batch 8`: a pair in two words; `--set batch=8 16`: values in two; two programs. */
function hintOnPair(args: readonly string[]): string | undefined {
  const several = args.findIndex((word, i) => args[i - 1] === "--set" && word.includes("=") && isNumber(args[i + 1]));
  if (several > 0) {
    const end = args.findIndex((word, i) => i > several && !isNumber(word));
    const values = args.slice(several, end < 0 ? args.length : end).join(",");
    return `values stand in one word, with commas: dnn sweep FILE --set ${quoted(values)}`;
  }
  const programs = args.filter((word) => word.endsWith(".dnn"));
  if (programs.length > 1) return `one program at a time: dnn ${args[0]} ${quoted(programs[0] ?? "")}`;
  const at = args.findIndex((word, i) => /^--(set|data)$/.test(word) && /^[\w.]+$/.test(args[i + 1] ?? ""));
  const [flag, key, value] = args.slice(at < 0 ? args.length : at);
  if (!flag || !key || value === undefined || value.startsWith("-")) return undefined;
  return `write ${flag} ${quoted(`${key}=${value}`)}`;
}

const isNumber = (word: string | undefined): boolean =>
  word !== undefined && word !== "" && Number.isFinite(Number(word));

/** The folder below `runs` that was written last: a run, or one of the runs of a file's trainings. */
function newestRun(folder: string): string | undefined {
  const inside = (at: string): string[] =>
    existsSync(at) && statSync(at).isDirectory() ? readdirSync(at).map((name) => join(at, name)) : [];
  const places = inside(folder).flatMap((run) => [run, ...inside(run)]);
  const runs = places.filter((run) => existsSync(join(run, "latest")));
  const written = (run: string): number => statSync(join(run, "latest")).mtimeMs;
  return runs.toSorted((a, b) => written(b) - written(a))[0];
}
