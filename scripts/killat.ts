// Loaded before the command (`node --import`): kills the process right before its operation number KILL_AT on the disk, counted
// from the first that changes something. What stands on the disk then is what a crash at that place leaves.

import promises, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env.KILL_AT);
let count = 0;

/** Lets an operation happen, or not any more. */
function before(): void {
  if (++count === at) process.kill(process.pid, "SIGKILL");
}

type Work = (...given: never[]) => Promise<unknown>;

const counted = <W extends Work>(work: W): W =>
  ((...given: never[]) => {
    before();
    return work(...given);
  }) as W;

const { open } = promises;
Object.assign(promises, {
  rename: counted(promises.rename),
  link: counted(promises.link),
  unlink: counted(promises.unlink),
  mkdir: counted(promises.mkdir),
  rm: counted(promises.rm),
  open: async (...given: Parameters<typeof open>): Promise<FileHandle> => {
    if (typeof given[1] === "number") before();
    const file = await open(...given);
    file.writeFile = counted(file.writeFile.bind(file));
    file.sync = counted(file.sync.bind(file));
    return file;
  },
});
syncBuiltinESMExports();
