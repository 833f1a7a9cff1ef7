// The language server as the extension starts it: a process of its own, over its streams.

import { lsp } from "../../cli/verbs/tools/lsp.ts";

process.exitCode = await lsp();
