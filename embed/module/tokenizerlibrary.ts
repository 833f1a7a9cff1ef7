// The reader of tokenizer.json files, for built modules of models whose texts such a file cuts. It is bundled by itself.

export { Tokenizer } from "@huggingface/tokenizers";
