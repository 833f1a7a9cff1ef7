// `dnn`: the verbs and their flags. Each verb's code is loaded when it is called, so that `check` starts no engine.

import { keepCompiled } from "./terminal/compilecache.ts";

keepCompiled();

const { Command, CommanderError, Option } = await import("commander");
const { amount, amountFrom, collect, whole } = await import("./terminal/arguments.ts");
const { asFailure, EXIT } = await import("../project/failure.ts");
const { ownVersion } = await import("../project/version.ts");
const { sayDiagnostics, streamsEnded, watchStreams, writeStyled } = await import("./terminal/say.ts");

type Verb = () => Promise<number>;
let chosen: Verb | undefined;
const verb = (run: Verb): void => {
  chosen = run;
};

const program = new Command("dnn");
program
  .description("Neural networks from their text: check, train and use `.dnn` programs.")
  .exitOverride()
  .configureOutput({
    writeOut: (text) => writeStyled(process.stdout, text),
    writeErr: (text) => writeStyled(process.stderr, text),
  })
  .version(ownVersion(), "-V, --version", "the version of dnn")
  .showHelpAfterError("(dnn --help lists the verbs; dnn VERB --help its flags)")
  .addHelpText(
    "after",
    "\ndocs/language.md is the manual, docs/library.md lists every layer and function: dnn explain NAME",
  );

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
  .option("--split-seed <n>", "which examples are held out, and what generated data draws (0)", whole(0))
  .option("--device <device>", "auto, gpu or cpu", "auto")
  .option("--threads <n>", "threads of the CPU engine", whole(1, 64))
  .option("--no-revec", "leave vectors at 128 bits")
  .option("--precision <type>", "f32", "f32")
  .option("--out <dir>", "the run's folder")
  .option("--resume <dir>", "go on with a run")
  .option("--weights <dir>", "start from the weights of another run, as far as they fit by name and shape")
  .option("--json", "one object a line")
  .action((file, flags) => verb(async () => (await import("./verbs/train.ts")).train(file, flags)));
program
  .command("check")
  .description("find mistakes without running anything; exit 1 on errors")
  .argument("<files...>", "programs")
  .option("--json", "one object per diagnostic")
  .addOption(
    new Option("--format <format>", "text, json or github (annotations of a workflow)")
      .choices(["text", "json", "github"])
      .default(process.env.GITHUB_ACTIONS === "true" ? "github" : "text"),
  )
  .action((files, flags) => verb(async () => (await import("./verbs/check.ts")).check(files, flags)));

program
  .command("summary")
  .description("the layers of a model: shapes, parameters, multiply-adds")
  .argument("<file>", "a .dnn program")
  .option("--model <name>", "one model of the file")
  .option("--json", "one object")
  .action((file, flags) => verb(async () => (await import("./verbs/summary.ts")).summary(file, flags)));
program
  .command("eval")
  .description("loss and metrics of trained weights on held-out data")
  .argument("<file>", "a .dnn program")
  .requiredOption(
    "--weights <dirs>",
    "folders of runs, RUN/latest, RUN/best or files of weights, separated by commas: several are averaged (required)",
  )
  .option("--data <name=expr>", "put another source in place of a data declaration", collect, [])
  .option("--threads <n>", "threads of the CPU engine", whole(1, 64))
  .option("--json", "one object")
  .action((file, flags) => verb(async () => (await import("./verbs/evaluate.ts")).evaluate(file, flags)));
program
  .command("predict")
  .description("a trained model's output for given rows")
  .argument("<file>", "a .dnn program")
  .requiredOption("--weights <dir>", "the folder of a run, RUN/latest, RUN/best or a file of weights (required)")
  .requiredOption(
    "--input <rows>",
    "a .csv, .json, .jsonl, .npz, .npy, .png or .jpg file, a folder of such, JSON as it stands, or - for standard input; several times for several (required)",
    (text: string, before: readonly string[] = []) => collect(text, before),
  )
  .argument("[more...]", "more of what --input takes")
  .option("--model <name>", "one model of the file")
  .option("--data <name=expr>", "put another source in place of a data declaration", collect, [])
  .addOption(
    new Option("--format <format>", "text, json (one object a row) or csv (a table)").choices(["text", "json", "csv"]),
  )
  .option("--json", "short for --format json")
  .option("--out <file>", "where the predictions go: FILE.csv, FILE.json (a list) or FILE.jsonl (one object a line)")
  .action((file, more, flags) => verb(async () => (await import("./verbs/predict.ts")).predict(file, more, flags)));

program
  .command("sample")
  .description("what a training shows, or text from a character model")
  .argument("<file>", "a .dnn program")
  .requiredOption("--weights <dir>", "the folder of a run, RUN/latest, RUN/best or a file of weights (required)")
  .option("--model <name>", "one model of the file")
  .option("--text", "text of a character model alone, whatever the training shows")
  .option("--prompt <text>", "what the text goes on from")
  .option("--length <n>", "characters (400)", whole(1))
  .option("--temperature <t>", "below 1 safer, above 1 bolder, 0 always the likeliest (1)", amountFrom(0))
  .option("--seed <n>", "where randomness starts", whole(0), 1)
  .option("--out <file>", "where pictures go (sample.png), or a page with everything: FILE.html")
  .option("--data <name=expr>", "put another source in place of a data declaration", collect, [])
  .action((file, flags) => verb(async () => (await import("./verbs/sample.ts")).sample(file, flags)));

program
  .command("lr-find")
  .description("a learning rate to start with: losses while the rate grows")
  .argument("<file>", "a .dnn program")
  .option("--only <name>", "one training of the file")
  .option("--data <name=expr>", "put another source in place of a data declaration", collect, [])
  .option("--set <key=value>", "override a setting: batch=128", collect, [])
  .option("--from <rate>", "the first rate", amount(0), 1e-6)
  .option("--to <rate>", "the last rate", amount(0), 10)
  .option("--steps <n>", "steps from the first to the last", whole(10), 200)
  .option("--seed <n>", "where randomness starts", whole(0), 1)
  .option("--device <device>", "auto, gpu or cpu", "auto")
  .option("--threads <n>", "threads of the CPU engine", whole(1, 64))
  .option("--out <file.svg>", "draw the curve into a file")
  .option("--json", "one object")
  .action((file, flags) => verb(async () => (await import("./verbs/lrfind.ts")).findRate(file, flags)));

program
  .command("fmt")
  .description("one canonical layout, in place")
  .argument("<files...>", "programs")
  .option("--check", "write nothing; exit 1 where a file has another layout")
  .action((files, flags) => verb(async () => (await import("./verbs/fmt.ts")).fmt(files, flags)));

program
  .command("graph")
  .description("the computation graph of a model")
  .argument("<file>", "a .dnn program")
  .option("--format <format>", "dot, mermaid or svg", "dot")
  .option("--model <name>", "one model of the file")
  .action((file, flags) => verb(async () => (await import("./verbs/graph.ts")).graph(file, flags)));

program
  .command("build")
  .description("the generated kernels and the plan, readable")
  .argument("<file>", "a .dnn program")
  .requiredOption("--target <target>", "wasm or wgsl (required)")
  .requiredOption("--out <dir>", "where the files go (required)")
  .option("--only <name>", "one training of the file")
  .option("--data <name=expr>", "put another source in place of a data declaration", collect, [])
  .option("--set <key=value>", "override a setting", collect, [])
  .option(
    "--print-after <stage>",
    "print what a stage gives: the graphs after a pass, loop nests, schedules, the layout",
  )
  .option("--verify", "check every stage's result against what must hold of it")
  .action((file, flags) => verb(async () => (await import("./verbs/build.ts")).build(file, flags)));

program
  .command("new")
  .description("a commented program to start from")
  .argument("[dir]", "where it goes", ".")
  .option("--template <name>", "mlp, lenet, charlm or gan", "mlp")
  .action((dir, flags) => verb(async () => (await import("./verbs/new.ts")).create(dir, flags.template)));

program
  .command("explain")
  .description("what a code means, or what a layer, function, data source or line of a training does")
  .argument("[code-or-name]", "as in error[CODE], or a name as in docs/library.md; without it, all codes")
  .action((what) => verb(async () => (await import("./verbs/explain.ts")).explain(what)));

program
  .command("lsp")
  .description("the language server for editors")
  .option("--stdio", "over standard input and output, the only way there is")
  .action(() => verb(async () => (await import("./verbs/lsp.ts")).lsp()));

program
  .command("doctor")
  .description("what this machine offers")
  .action(() => verb(async () => (await import("./verbs/doctor.ts")).doctor()));

async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return chosen ? await chosen() : EXIT.usage;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.fine;
      const hint = (await import("./terminal/usagehints.ts")).hintOnUsage(error, process.argv.slice(2));
      if (hint) process.stderr.write(`hint: ${hint}\n`);
      return EXIT.usage;
    }
    const failed = asFailure(error);
    if (failed) {
      sayDiagnostics(failed.diagnostics);
      return failed.exitCode;
    }
    writeStyled(
      process.stderr,
      `this is a bug in dnn, not in your program:\n${error instanceof Error ? error.stack : error}\n`,
    );
    return EXIT.bug;
  }
}

watchStreams();
const code = await main();
process.exitCode = streamsEnded() ?? code;
