// Where Node keeps what it compiled, so that the next call begins sooner.

import module from "node:module";
import { ownCache } from "../../runtime/files/usercache.node.ts";

export function keepCompiled(): void {
  // Who names a folder in the environment has chosen it.
  const folder = process.env.NODE_COMPILE_CACHE ?? ownCache();
  if (folder !== undefined) module.enableCompileCache?.(folder);
}
