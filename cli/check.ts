// `dnn check`: everything that can be said about programs without running them. Loads no engine and no code generator.

import { countText, printDiagnostic } from "../compiler/diagnostics/print.ts";
import type { Diagnostic } from "../grammar/span.ts";
import { asFailure, EXIT } from "./failure.ts";
import { hasColour, out, sayJsonDiagnostics } from "./say.ts";
import type { Opened } from "./source.ts";
import { hasErrors, openSource, texts } from "./source.ts";

export async function check(files: readonly string[], flags: { readonly json?: boolean }): Promise<number> {
  const all: Diagnostic[] = [];
  for (const file of files) {
    const found = await checkFile(file);
    all.push(...found);
    if (flags.json) sayJsonDiagnostics(found, file);
    else for (const d of found) out(`${printDiagnostic(d, texts, { colour: hasColour(process.stdout) })}\n`);
  }
  if (!flags.json)
    out(all.length > 0 ? countText(all) : files.length === 1 ? "no problems" : `no problems in ${files.length} files`);
  return hasErrors(all) ? EXIT.user : EXIT.fine;
}

/** More problems than this say nothing new. */
const MOST = 200;

/** All problems of a file, in the order of their places. */
async function checkFile(file: string): Promise<readonly Diagnostic[]> {
  let opened: Opened;
  try {
    opened = await openSource(file);
  } catch (error) {
    const failed = asFailure(error);
    if (failed) return failed.diagnostics;
    throw error;
  }
  return checkOpened(opened);
}

export async function checkOpened({ program, path, syntax }: Opened): Promise<readonly Diagnostic[]> {
  const data: Diagnostic[] = [];
  // Trainings first: with real sizes a message says more than with names of sizes.
  for (const definition of program.trains) {
    const { checkTraining } = await import("./checktraining.ts");
    data.push(...(await checkTraining(definition, program, path)));
  }
  for (const [name, value] of program.models) if (value.instance!.children.size === 0) program.checkModel(name);
  return ordered([...syntax, ...data, ...program.diagnostics], path);
}

/** Each problem once, those of the file itself first, by their places. */
function ordered(diagnostics: readonly Diagnostic[], path: string): readonly Diagnostic[] {
  const said = new Set<string>();
  const once = diagnostics.filter((d) => {
    const key = `${d.code} ${d.span?.file} ${d.span?.start} ${d.span ? "" : d.message}`;
    if (said.has(key)) return false;
    said.add(key);
    return true;
  });
  const away = (d: Diagnostic): number => (d.span && d.span.file !== path ? 1 : 0);
  const sorted = once.toSorted((a, b) => away(a) - away(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0));
  return sorted.slice(0, MOST);
}
