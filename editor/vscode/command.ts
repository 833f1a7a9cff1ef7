// The process that runs a verb for the extension. In: the setting, and where the program lies. Out: a program and its arguments.
// Invariant: no shell reads them, so a name of a file may hold any character.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Process {
  readonly program: string;
  readonly words: readonly string[];
}

/** The default of the setting. */
export const DEFAULT = "npx --no dnn";

/** The command's own file in the nearest folder of packages above a program. */
function installed(file: string, exists: (path: string) => boolean): string | undefined {
  for (let at = dirname(file); ; at = dirname(at)) {
    const bin = join(at, "node_modules", "dnn-lang", "dist", "cli", "bin.js");
    if (exists(bin)) return bin;
    if (dirname(at) === at) return undefined;
  }
}

/**
 * The process for a verb, or undefined where dnn is not installed: what Windows calls `npx` is a script that only a shell
 * runs, so there the installed file is needed.
 */
export function processFor(
  setting: string,
  file: string,
  verb: readonly string[],
  platform: NodeJS.Platform = process.platform,
  exists: (path: string) => boolean = existsSync,
): Process | undefined {
  const [program, ...words] = setting.trim() === "" ? [] : setting.trim().split(/\s+/);
  if (program !== undefined && setting.trim() !== DEFAULT) return { program, words: [...words, ...verb] };
  const bin = installed(file, exists);
  if (bin !== undefined) return { program: "node", words: [bin, ...verb] };
  return platform === "win32" ? undefined : { program: "npx", words: ["--no", "dnn", ...verb] };
}
