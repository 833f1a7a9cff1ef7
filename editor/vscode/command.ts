// The process that runs a verb for the extension. In: the setting, and where the program lies. Out: a program and its arguments.
// Invariant: no shell reads them, so a name of a file may hold any character.

import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export interface Process {
  readonly program: string;
  readonly words: readonly string[];
}

/** The default of the setting. */
export const DEFAULT = "npx --no dnn";

const BIN = join("dist", "cli", "bin.js");

/** The command's own file: in the nearest folder of packages above a program, or in the checkout that the program lies in. */
function installed(file: string, exists: (path: string) => boolean): string | undefined {
  for (let at = dirname(file); ; at = dirname(at)) {
    const bin = join(at, "node_modules", "dnn-lang", BIN);
    if (exists(bin)) return bin;
    if (exists(join(at, "stdlib", "layers.dnn")) && exists(join(at, BIN))) return join(at, BIN);
    if (dirname(at) === at) return undefined;
  }
}

/** The machine that a process is looked for on. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  /** Folders of commands, as `PATH` has them. */
  readonly path: string;
  readonly exists: (path: string) => boolean;
}

const here = (): Surroundings => ({ platform: process.platform, path: process.env.PATH ?? "", exists: existsSync });

/**
 * The process for a verb, or undefined where dnn is not installed, neither beside the program nor for all folders: `npx` would end in
 * an error of npm's own. On Windows commands of packages are scripts, which only a shell runs, so there the installed file is needed.
 */
export function processFor(
  setting: string,
  file: string,
  verb: readonly string[],
  { platform, path, exists }: Surroundings = here(),
): Process | undefined {
  const [program, ...words] = setting.trim() === "" ? [] : setting.trim().split(/\s+/);
  if (program !== undefined && setting.trim() !== DEFAULT) return { program, words: [...words, ...verb] };
  const bin = installed(file, exists);
  if (bin !== undefined) return { program: "node", words: [bin, ...verb] };
  if (platform === "win32") return undefined;
  const command = path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "dnn"))
    .find(exists);
  return command === undefined ? undefined : { program: command, words: verb };
}
