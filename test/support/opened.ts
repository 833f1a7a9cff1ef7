// Programs of tests on this machine, opened above one library, with their texts.

import { machineHost } from "../../project/machine.node.ts";
import { type Opened, Sources } from "../../project/source.ts";

export const machine = machineHost();
export const sources = new Sources(machine);
export const { texts } = sources;

export const openText = (path: string, text: string): Opened => sources.openText(path, text);
