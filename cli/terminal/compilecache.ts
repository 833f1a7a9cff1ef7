// The folder of Node's compile cache: a second call of the command starts sooner.

import module from "node:module";
import { ownCache } from "../../runtime/files/usercache.node.ts";

export function keepCompiled(): void {
  // Who names a folder in the environment has chosen it.
  const folder = process.env.NODE_COMPILE_CACHE ?? ownCache();
  if (folder !== undefined) module.enableCompileCache?.(folder);
}
