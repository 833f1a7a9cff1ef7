// The entry for pages: the language server in a web worker, without files. Programs are what the page sends; data that lies in
// files stands for itself, as far as its source says what fields it has.

import type { Host } from "../project/host.ts";
import { memoryHost } from "../project/memoryhost.ts";

export type { Host } from "../project/host.ts";
export { memoryHost } from "../project/memoryhost.ts";
export { serve } from "./server/server.ts";

/** `library`: the texts of stdlib/ by their file names. */
export const pageHost = (library: Readonly<Record<string, string>>): Host => memoryHost({ library });
