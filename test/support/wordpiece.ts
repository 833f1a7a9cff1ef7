// A tokenizer.json of whole words and pieces, as libraries write it.

/** The file's contents as plain data: lower case, words between spaces and marks, `[UNK]` for those outside the vocabulary. */
export const wordPiece = (vocab: Readonly<Record<string, number>>): Record<string, unknown> => ({
  version: "1.0",
  added_tokens: [{ id: vocab["[UNK]"], content: "[UNK]", special: true }],
  normalizer: { type: "Lowercase" },
  pre_tokenizer: { type: "Whitespace" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab,
  },
});
