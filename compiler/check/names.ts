// "Did you mean": the nearest known name by edit distance, and what other frameworks call our things.

import type { Diagnostic, Span } from "../../grammar/span.ts";

const SYNONYMS: Readonly<Record<string, string>> = {
  Linear: "dense",
  Dense: "dense",
  linear: "dense",
  fc: "dense",
  InnerProduct: "dense",
  Conv2d: "conv",
  Conv2D: "conv",
  convolutional: "conv",
  Conv1d: "conv",
  ConvTranspose2d: "upconv",
  Conv2DTranspose: "upconv",
  deconv: "upconv",
  MaxPool2d: "maxpool",
  MaxPooling2D: "maxpool",
  AvgPool2d: "avgpool",
  AveragePooling2D: "avgpool",
  GlobalAveragePooling2D: "avgpool global",
  AdaptiveAvgPool2d: "avgpool global",
  BatchNorm2d: "batchnorm",
  BatchNorm1d: "batchnorm",
  BatchNormalization: "batchnorm",
  batch_norm: "batchnorm",
  LayerNorm: "layernorm",
  LayerNormalization: "layernorm",
  Dropout: "dropout",
  Embedding: "embed",
  embedding: "embed",
  Flatten: "flatten",
  ReLU: "relu",
  LeakyReLU: "leaky_relu",
  leaky: "leaky_relu",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
  LSTM: "lstm",
  GRU: "gru",
  RNN: "rnn",
  SimpleRNN: "rnn",
  Softmax: "softmax",
  GELU: "gelu",
  ELU: "elu",
  SiLU: "silu",
  swish: "silu",
  CrossEntropyLoss: "cross_entropy",
  MSELoss: "mse",
  BCEWithLogitsLoss: "bce",
  NLLLoss: "nll",
  Adam: "adam",
  SGD: "sgd",
  AdamW: "adamw",
  RMSprop: "rmsprop",
  Adagrad: "adagrad",
  kernel_size: "size",
  filters: "filters",
  out_channels: "filters",
  units: "n",
  strides: "stride",
  dilation_rate: "dilation",
};

/** The hint and the correction that go with a name nobody knows, where one is near. */
export function suggestion(name: string, span: Span, known: readonly string[]): Pick<Diagnostic, "hint" | "fix"> {
  const close = didYouMean(name, known);
  if (!close) return {};
  return {
    hint: `did you mean \`${close}\`?`,
    fix: { title: `write \`${close}\``, edits: [{ span, text: close }] },
  };
}

export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const synonym = SYNONYMS[name];
  if (synonym) return synonym;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const k of new Set(known)) {
    if (k.includes(" ")) continue;
    const d = distance(name, k, least);
    if (d < least) [best, least] = [k, d];
  }
  return best;
}

/** Edits between two words, where two letters that changed places are one edit; given up at `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1]));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j]!, (before[j - 2] ?? limit) + 1);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
