#!/usr/bin/env node
// `dnn`: looks at the Node that runs it before anything else is loaded. Only words that every Node with modules reads stand here:
// what is newer waits in main.ts.

const version = process.versions.node;

if (Number(version.split(".")[0]) >= 22) {
  import("./main.ts");
} else {
  process.stderr.write(`dnn needs Node 22 or newer; this is ${version}\n`);
  process.exitCode = 1;
}

export {};
