// The command: finds the verb that is called, reads its words and flags, runs it, and turns how it ended into an exit code.

import { Command, CommanderError } from "commander";
import { asFailure, EXIT } from "../project/failure.ts";
import { addVerb } from "./command/commander.ts";
import { machine } from "./terminal/machine.ts";
import { printDiagnostics, streamsEnded, watchStreams, writeStyled } from "./terminal/say.ts";
import { verbs } from "./verbs/all.ts";

/** The words before a verb; each call of the command has its own, since a parser keeps what it has read. */
const newProgram = (): Command =>
  new Command("dnn")
    .description("Neural networks from their text: check, train and use `.dnn` programs.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeStyled(process.stdout, text),
      writeErr: (text) => writeStyled(process.stderr, text),
    })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .version(machine.version, "-V, --version", "the version of dnn")
    .showHelpAfterError("(dnn --help lists the verbs; dnn VERB --help its flags)")
    .addHelpText(
      "after",
      "\ndocs/language.md is the manual, docs/commands.md lists every flag,\ndocs/library.md every layer and function: dnn explain NAME",
    );

/** All verbs by name and description, and with flags and code the one that is called: `dnn VERB`, `dnn help VERB`. */
async function addVerbs(
  program: Command,
  words: readonly string[],
  choose: (run: () => Promise<number>) => void,
): Promise<void> {
  const named = words[0] === "help" ? words[1] : words[0];
  for (const { name, description, load } of verbs) {
    const command = program.command(name).description(description);
    if (name === named) addVerb(command, (await load()).verb, choose);
  }
}

async function runWords(words: readonly string[]): Promise<number> {
  const program = newProgram();
  let chosen: (() => Promise<number>) | undefined;
  try {
    await addVerbs(program, words, (run) => {
      chosen = run;
    });
    await program.parseAsync(words, { from: "user" });
    return chosen ? await chosen() : EXIT.usage;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.fine;
      const hint = (await import("./terminal/usagehints.ts")).hintOnUsage(error, words);
      if (hint) process.stderr.write(`hint: ${hint}\n`);
      return EXIT.usage;
    }
    const failed = asFailure(error);
    if (failed) {
      printDiagnostics(failed.diagnostics);
      return failed.exitCode;
    }
    writeStyled(
      process.stderr,
      `this is a bug in dnn, not in your program:\n${error instanceof Error ? error.stack : error}\n`,
    );
    return EXIT.bug;
  }
}

export async function runCommand(): Promise<void> {
  watchStreams();
  const code = await runWords(process.argv.slice(2));
  process.exitCode = streamsEnded() ?? code;
}
