// `dnn check`: everything that can be said about programs without running them. Loads no engine and no code generator.

import { toAnnotation } from "../../../compiler/diagnostics/github.ts";
import { countText, printDiagnostic } from "../../../compiler/diagnostics/print.ts";
import type { Diagnostic } from "../../../grammar/syntax/span.ts";
import { checkOpened } from "../../../project/check/opened.ts";
import { asFailure, EXIT } from "../../../project/failure.ts";
import type { Opened } from "../../../project/source.ts";
import { hasErrors } from "../../../project/source.ts";
import { type Flags, oneOf, type Values } from "../../command/flag.ts";
import { programs } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { sources } from "../../terminal/machine.ts";
import { hasColour, out, outStyled, printJsonDiagnostics } from "../../terminal/say.ts";

const flags = {
  json: { description: "short for --format json" },
  format: {
    value: "format",
    type: oneOf("text", "json", "github"),
    defaultText: "github in a workflow of GitHub, else text",
    description: "json is one object per diagnostic, github annotations of a workflow",
  },
} as const satisfies Flags;

type CheckFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programs],
  flags,
  example: "dnn check examples/*.dnn",
  run: ([files], flags) => check(files, flags),
});

async function check(files: readonly string[], flags: CheckFlags): Promise<number> {
  const format = flags.json ? "json" : (flags.format ?? (process.env.GITHUB_ACTIONS === "true" ? "github" : "text"));
  const all: Diagnostic[] = [];
  for (const file of files) {
    const found = await checkFile(file);
    all.push(...found);
    if (format === "json") printJsonDiagnostics(found, file);
    else if (format === "github") for (const d of found) out(toAnnotation(d, sources.texts, file));
    else
      for (const d of found) outStyled(`${printDiagnostic(d, sources.texts, { colour: hasColour(process.stdout) })}\n`);
  }
  if (format === "text")
    out(all.length > 0 ? countText(all) : files.length === 1 ? "no problems" : `no problems in ${files.length} files`);
  return hasErrors(all) ? EXIT.user : EXIT.fine;
}

/** All problems of a file, in the order of their places. */
async function checkFile(file: string): Promise<readonly Diagnostic[]> {
  let opened: Opened;
  try {
    opened = sources.open(file);
  } catch (error) {
    const failed = asFailure(error);
    if (failed) return failed.diagnostics;
    throw error;
  }
  return checkOpened(opened);
}
