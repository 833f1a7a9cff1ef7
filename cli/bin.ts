#!/usr/bin/env node
// `dnn`: the verbs and their flags. Each verb's code is loaded when it is called, so that `check` starts no engine.

import module from "node:module";

module.enableCompileCache();

const { Command, CommanderError } = await import("commander");
const { collect, whole } = await import("./arguments.ts");
const { asFailure, EXIT } = await import("./failure.ts");

type Verb = () => Promise<number>;
let chosen: Verb | undefined;
const verb = (run: Verb): void => {
  chosen = run;
};

const program = new Command("dnn");
program
  .description("Neural networks from their text: check, train and use `.dnn` programs.")
  .exitOverride()
  .showHelpAfterError("(dnn --help lists the verbs; dnn VERB --help its flags)");

program
  .command("train")
  .description("compile and train; checkpoints under runs/")
  .argument("<file>", "a .dnn program")
  .option("--only <name>", "one training of the file")
  .option("--data <name=expr>", "put another source in place of a data declaration", collect, [])
  .option("--set <key=value>", "override a setting: batch=128, optimizer.lr=0.01", collect, [])
  .option("--epochs <n>", "passes over the data", whole(1))
  .option("--steps <n>", "stop after so many steps", whole(1))
  .option("--seed <n>", "where randomness starts", whole(0))
  .option("--device <device>", "auto, gpu or cpu", "auto")
  .option("--threads <n>", "threads of the CPU engine", whole(1, 64))
  .option("--no-revec", "leave vectors at 128 bits")
  .option("--precision <type>", "f32", "f32")
  .option("--out <dir>", "the run's folder")
  .option("--resume <dir>", "go on with a run")
  .option("--json", "one object a line")
  .action((file, flags) => verb(async () => (await import("./train.ts")).train(file, flags)));
program
  .command("check")
  .description("find mistakes without running anything; exit 1 on errors")
  .argument("<files...>", "programs")
  .option("--json", "one object per diagnostic")
  .action((files, flags) => verb(async () => (await import("./check.ts")).check(files, flags)));

program
  .command("summary")
  .description("the layers of a model: shapes, parameters, multiply-adds")
  .argument("<file>", "a .dnn program")
  .option("--model <name>", "one model of the file")
  .option("--json", "one object")
  .action((file, flags) => verb(async () => (await import("./summary.ts")).summary(file, flags)));

async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return chosen ? await chosen() : EXIT.usage;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    const failed = asFailure(error);
    const { sayDiagnostics } = await import("./say.ts");
    if (failed) {
      sayDiagnostics(failed.diagnostics);
      return failed.exitCode;
    }
    process.stderr.write(`this is a bug in dnn, not in your program:\n${error instanceof Error ? error.stack : error}\n`);
    return EXIT.bug;
  }
}

const { quietPipes } = await import("./say.ts");
quietPipes();
process.exitCode = await main();
