// The files of one program: the one that was opened and those that it imports, each opened once however many import it, so
// that a model is one model for all of them. Names in checkpoints and buffers are theirs alone: a model called like
// another's, and every layer bound in an imported file, carries its file's name.

import { FileTensors, type ReadArray } from "../values/filetensors.ts";

export class Modules<Program> {
  /** Programs by their files, in the order in which they were opened. */
  readonly programs = new Map<string, Program>();
  /** Arrays of files that any of them names. */
  readonly fileTensors: FileTensors;
  private readonly models = new Set<string>();
  private readonly files = new Set<string>();

  constructor(readArray?: ReadArray) {
    this.fileTensors = new FileTensors(readArray);
  }

  /** The path of a model of a file: its name for the first of that name, `file/name` for others. */
  claimModel(name: string, file: string): string {
    return claim(this.models, this.models.has(name) ? `${stemOf(file)}/${name}` : name);
  }

  /** The path of what a file binds at its top level: none for the file that was opened. */
  claimRoot(file: string): string {
    return this.programs.size === 0 ? "" : `${claim(this.files, stemOf(file))}/`;
  }
}

/** The name, or with a number behind it the first that is free. */
function claim(taken: Set<string>, name: string): string {
  let path = name;
  for (let i = 2; taken.has(path); i++) path = `${name}_${i}`;
  taken.add(path);
  return path;
}

const stemOf = (file: string): string =>
  file
    .replace(/^.*[\\/]/, "")
    .replace(/\.dnn$/, "")
    .replace(/\W/g, "_");
