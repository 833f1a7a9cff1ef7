// The runtime of a built module of a model that takes texts: a module whose texts a tokenizer.json cuts hands over what reads such files.

export * from "./open.ts";
export { readTokenizersBy } from "./tokenizers.ts";
