// The list of all ops, put into the table when this file is imported. Their order is that of docs/ops.md.

import { addOps } from "../graph/table.ts";
import { abstractOps } from "./abstract.ts";
import { contractOps } from "./contract.ts";
import { elementwiseOps } from "./elementwise.ts";
import { gatherOps } from "./gather.ts";
import { leafOps } from "./leaves.ts";
import { raggedOps } from "./ragged.ts";
import { randomOps } from "./random.ts";
import { reduceOps } from "./reductions.ts";
import { scanOps } from "./scan.ts";
import { viewOps } from "./views.ts";
import { windowOps } from "./windows.ts";

for (const ops of [
  leafOps,
  elementwiseOps,
  viewOps,
  reduceOps,
  windowOps,
  contractOps,
  gatherOps,
  randomOps,
  scanOps,
  raggedOps,
  abstractOps,
])
  addOps(ops());

export { registry } from "../graph/table.ts";
