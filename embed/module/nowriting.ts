// In the place of `writing.ts` in built modules of models that do not give the next character of a text.

export { Net as WritingNet } from "../net.ts";
