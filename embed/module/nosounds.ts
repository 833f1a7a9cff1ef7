// In place of `sounds.ts` in built modules of models that take no sounds.

import type { soundInFile as Original } from "../sounds.ts";

export const soundInFile: typeof Original = () => undefined;
