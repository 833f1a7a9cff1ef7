// Run by scalars.test.ts in a process of its own, whose V8 has other flags: what is off, one line each.

import type { ScalarName } from "../../compiler/arithmetic/scalar.ts";
import { scalars } from "../../compiler/arithmetic/scalar.ts";
import { firstOff, sweep, wasmOf } from "./scalarsweep.ts";

let done = 0;
for (const name of Object.keys(scalars) as ScalarName[]) {
  const columns = sweep(name);
  const run = await wasmOf(name, columns[0]!.length);
  const off = firstOff(name, columns, await run(columns));
  if (off !== undefined) console.log(off);
  done++;
}
console.log(`${done} instructions`);
