// The place that programs of the page stand in: the library, and the files that were dropped on the page.

import type { Host } from "../../project/host.ts";
import { memoryHost } from "../../project/memoryhost.ts";
import type { ProgramText } from "./protocol.ts";

/** The texts of stdlib/ by their names, and the version: put in place when the page is built. */
declare const DNN_LIBRARY: Readonly<Record<string, string>>;
declare const DNN_VERSION: string;

export const hostOf = (files: ProgramText["files"], devices?: Host["devices"]): Host =>
  memoryHost({ library: DNN_LIBRARY, version: DNN_VERSION, files, ...(devices ? { devices } : {}) });
