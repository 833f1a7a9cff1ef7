// `dnn fmt`: programs in their one layout, rewritten in place; with --check only told apart.

import { writeFile } from "node:fs/promises";
import { format } from "../../../grammar/format/format.ts";
import { asFailure, EXIT } from "../../../project/failure.ts";
import type { Flags, Values } from "../../command/flag.ts";
import { programs } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { sources } from "../../terminal/machine.ts";
import { note, out, printDiagnostics } from "../../terminal/say.ts";

const flags = {
  check: { description: "write nothing; exit 1 where a file has another layout" },
} as const satisfies Flags;

type FmtFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programs],
  flags,
  example: "dnn fmt --check examples/*.dnn",
  run: ([files], flags) => fmt(files, flags),
});

async function fmt(files: readonly string[], flags: FmtFlags): Promise<number> {
  let code: number = EXIT.fine;
  for (const file of files) {
    const outcome = await formatFile(file, flags.check === true);
    if (outcome === "wrong" || (outcome === "changed" && flags.check)) code = EXIT.user;
    if (outcome === "changed") out(flags.check ? `${file} is not in the canonical layout` : file);
  }
  if (flags.check && code === EXIT.fine) note("all files are in the canonical layout");
  return code;
}

async function formatFile(file: string, check: boolean): Promise<"same" | "changed" | "wrong"> {
  try {
    const text = sources.read(file);
    sources.texts.add(file, text);
    const formatted = format(text, file);
    if ("diagnostics" in formatted) {
      printDiagnostics(formatted.diagnostics);
      return "wrong";
    }
    if (formatted.text === text) return "same";
    if (!check) await writeFile(file, formatted.text);
    return "changed";
  } catch (error) {
    const failed = asFailure(error);
    if (!failed) throw error;
    printDiagnostics(failed.diagnostics);
    return "wrong";
  }
}
