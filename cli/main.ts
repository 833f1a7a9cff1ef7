// `dnn`: what its modules are compiled to is kept from the first one on.

import { keepCompiled } from "./terminal/compilecache.ts";

keepCompiled();
const { runCommand } = await import("./dispatch.ts");
await runCommand();
