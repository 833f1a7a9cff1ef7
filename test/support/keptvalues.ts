// Lets the commands of all tests keep what they compute, as the built command does: a folder of this run's own, which goes with it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default function keepForThisRun(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "dnn-tests-"));
  process.env.XDG_CACHE_HOME = folder;
  process.env.DNN_BUILD = "tests";
  return () => rmSync(folder, { recursive: true, force: true });
}
