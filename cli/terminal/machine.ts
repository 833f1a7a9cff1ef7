// The machine that this process runs on, and the programs that it opens.

import { machineHost } from "../../project/machine.node.ts";
import { Sources } from "../../project/source.ts";

export const machine = machineHost();
export const sources = new Sources(machine);
