// Names that other frameworks have for ours: PyTorch, Keras, TensorFlow, JAX, Caffe, Darknet. Ours may be a word of the same kind,
// or where the language has another way, a sentence that says how it is written.

import { ownValue } from "../../arithmetic/lookup.ts";
import { OTHER_WAYS } from "./otherways.ts";
import { SETTINGS, type SettingName, settingNames } from "./settings.ts";

/** Theirs by ours. */
const NAMES: Readonly<Record<string, string>> = {
  // layers
  dense: "Linear LazyLinear Dense linear fc fully_connected FullyConnected InnerProduct connected Bilinear",
  conv: "Conv1d Conv2d Conv3d Conv1D Conv2D Conv3D conv1d conv2d conv3d Convolution convolutional Convolution2D LazyConv2d",
  upconv:
    "conv_transpose transposed_conv transposed_convolution ConvTranspose1d ConvTranspose2d ConvTranspose3d Conv2DTranspose Conv2dTranspose deconv deconvolutional Deconvolution",
  maxpool: "MaxPool1d MaxPool2d MaxPool3d MaxPooling1D MaxPooling2D max_pool max_pool2d Pooling",
  avgpool: "AvgPool1d AvgPool2d AveragePooling1D AveragePooling2D avg_pool avg_pool2d",
  "avgpool global":
    "global_average_pooling global_avg_pool gap GAP AdaptiveAvgPool adaptive_pool AdaptiveAvgPool1d AdaptiveAvgPool2d GlobalAveragePooling1D GlobalAveragePooling2D GlobalAvgPool2D",
  "maxpool global":
    "global_max_pooling global_max_pool AdaptiveMaxPool2d GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPool2D",
  batchnorm:
    "BatchNorm1d BatchNorm2d BatchNorm3d BatchNorm BatchNormalization BatchNormalisation batch_norm batch_normalization bn",
  layernorm: "LayerNorm LayerNormalization layer_norm",
  lrn: "LocalResponseNorm local_response_normalization LRN",
  dropout: "drop Dropout Dropout1d Dropout2d SpatialDropout2D Dropout3d",
  embed: "Embedding embedding EmbeddingBag Embed",
  flatten: "Flatten flatten_layer",
  upsample: "Upsample UpSampling2D UpSampling1D interpolate unpool",
  attention:
    "MultiheadAttention MultiHeadAttention multi_head_attention SelfAttention self_attention scaled_dot_product_attention mha",
  residual: "shortcut Residual skip_connection",
  concat: "Concatenate cat concatenate route hstack",
  lstm: "LSTM LSTMCell CuDNNLSTM",
  gru: "GRU GRUCell",
  rnn: "RNN RNNCell SimpleRNN SimpleRNNCell",
  bidirectional: "Bidirectional BiLSTM bilstm",
  // activations
  relu: "ReLU Relu relu_",
  leaky_relu: "LeakyReLU LeakyRelu leaky leakyrelu",
  sigmoid: "Sigmoid logistic expit",
  tanh: "Tanh hyperbolic_tangent",
  softmax: "Softmax",
  log_softmax: "LogSoftmax",
  gelu: "GELU",
  elu: "ELU",
  silu: "SiLU swish Swish",
  softplus: "Softplus",
  // losses and metrics
  cross_entropy:
    "CrossEntropyLoss crossentropy categorical_crossentropy sparse_categorical_crossentropy SparseCategoricalCrossentropy SoftmaxWithLoss softmax_cross_entropy",
  mse: "MSELoss mean_squared_error MeanSquaredError mse_loss l2_loss",
  bce: "BCELoss BCEWithLogitsLoss binary_crossentropy BinaryCrossentropy binary_cross_entropy bce_with_logits binary_cross_entropy_with_logits sigmoid_cross_entropy BCE",
  nll: "NLLLoss nll_loss",
  hinge: "HingeEmbeddingLoss Hinge hinge_loss",
  accuracy: "Accuracy acc",
  // optimizers and schedules
  sgd: "SGD GradientDescent",
  adam: "Adam",
  adamw: "AdamW",
  rmsprop: "RMSprop RMSProp",
  adagrad: "Adagrad AdaGrad",
  cosine: "CosineAnnealingLR CosineDecay cosine_decay",
  sgdr: "CosineAnnealingWarmRestarts CosineDecayRestarts",
  step_decay: "StepLR MultiStepLR PiecewiseConstantDecay",
  exponential: "ExponentialLR ExponentialDecay exponential_decay",
  inverse: "InverseTimeDecay",
  warmup: "LinearLR linear_warmup",
  // parameters
  size: "kernel_size kernel filter_size ksize pool_size window",
  filters: "out_channels num_filters num_output channels nf out_planes",
  stride: "strides subsample",
  padding: "pad pads border",
  dilation: "dilation_rate dilations",
  groups: "group num_groups feature_group_count",
  ceil: "ceil_mode",
  causal: "is_causal",
  bias: "use_bias bias_term",
  over: "dim axis axes dims",
  keep: "keepdim keepdims keep_dims",
  n: "units out_features hidden_size hidden output_size num_units features embedding_dim output_dim num_hiddens hidden_dim hidden_units num_heads nhead n_heads n_head heads num_attention_heads scale_factor",
  p: "rate prob drop_prob dropout_rate keep_prob",
  lr: "learning_rate learningrate alpha base_lr",
  decay: "weight_decay l2_regularization",
  beta1: "beta_1 momentum",
  beta2: "beta_2",
  eps: "epsilon",
  every: "step_size",
  factor: "gamma decay_rate",
  low: "eta_min min_lr",
  period: "T_0",
  growth: "T_mult",
  label: "target targets labels y_true ground_truth",
  // functions
  where: "torch_where cond",
  onehot: "one_hot to_categorical",
  zeros: "zeros_like",
  ones: "ones_like",
  normal: "randn random_normal rand_normal",
  uniform: "rand random_uniform",
  mean: "reduce_mean average avg",
  sum: "reduce_sum add_n",
  max: "reduce_max amax",
  reshape: "Reshape",
  transpose: "permute Permute swapaxes",
  argmax: "arg_max",
  stop: "detach stop_gradient",
};

/** How ours are written where others write sizes of inputs, or classes with parentheses. */
const USAGE: Readonly<Record<string, string>> = {
  dense: "`dense 128`: its outputs alone, sizes of inputs are inferred",
  conv: "`conv 3x3 64`: window and filters, sizes of inputs are inferred",
  upconv: "`upconv 2x2 64 s2`: window and filters, sizes of inputs are inferred",
  maxpool: "`maxpool 2x2`",
  avgpool: "`avgpool 2x2`",
  batchnorm: "`batchnorm`: sizes of inputs are inferred",
  layernorm: "`layernorm`: sizes of inputs are inferred",
  embed: "`embed 64`: the number of classes is inferred",
  dropout: "`dropout 0.5`",
  attention: "`attention 4`: its heads alone, sizes of inputs are inferred",
  lstm: "`lstm 128`: sizes of inputs are inferred",
  gru: "`gru 128`: sizes of inputs are inferred",
  rnn: "`rnn 128`: sizes of inputs are inferred",
  cross_entropy: "`loss cross_entropy(net(x), label)`",
  mse: "`loss mse(net(x), y)`",
  accuracy: "`metric accuracy(net(x), label)`",
  nll: "`loss nll(net(x), label)`, where the model gives logarithms",
  hinge: "`loss hinge(net(x), y)`, for answers -1 and 1",
  bce: "`loss bce(net(x), y)`, where the model gives logits",
  adam: "`optimizer adam lr=1e-3`",
  sgd: "`optimizer sgd lr=0.1 momentum=0.9`",
};

const RATE = "the rate belongs to the optimizer: `optimizer sgd lr=0.1`";
const HELD_OUT = "the data has its own part that is held out, and metrics are reported on it: leave the line out";

const SPLIT = 'how much is held out is said where the data is read: `csv("f.csv", split=0.8)` trains on 80 percent';
const CALLBACKS =
  "a training has lines for these: `patience 3` ends it, `keep every 5` keeps copies of the weights, `schedule cosine` lowers the rate";
const PROGRESS = "progress shows itself: leave the line out";
const KEPT = "checkpoints are kept by themselves, under runs/; `keep every 5` keeps copies of the weights";
const THREADS = "threads are an option of the command: `dnn train FILE --threads 2`";

const SETTING_ADVICE: Readonly<Record<string, string>> = {
  lr: RATE,
  learning_rate: RATE,
  learning: RATE,
  rate: RATE,
  callbacks: CALLBACKS,
  callback: CALLBACKS,
  weight_decay: "it belongs to the optimizer: `optimizer sgd lr=0.1 decay=1e-4`",
  shuffle: "examples come in a new order in every epoch: leave the line out",
  seed: "the seed is an option of the command: `dnn train FILE --seed 1`",
  device: "the device is an option of the command: `dnn train FILE --device gpu`",
  validation: HELD_OUT,
  validation_data: HELD_OUT,
  validation_split: SPLIT,
  val_split: SPLIT,
  test_size: SPLIT,
  split: SPLIT,
  verbose: PROGRESS,
  log_every: PROGRESS,
  print_every: PROGRESS,
  save: KEPT,
  checkpoint: KEPT,
  workers: THREADS,
  num_workers: THREADS,
  threads: THREADS,
  steps: "a training is counted in passes over its data: `epochs 10`",
};

const settings = new Map(
  settingNames.flatMap((ours) => (SETTINGS[ours].synonyms ?? "").split(" ").map((theirs) => [theirs, ours] as const)),
);

/** Our word for theirs at the beginning of a line of a training, or how it is said here. */
export function settingMeant(word: string): { readonly ours?: SettingName; readonly advice?: string } {
  const ours = settings.get(word);
  if (ours !== undefined) return { ours };
  const advice = ownValue(SETTING_ADVICE, word);
  return advice === undefined ? {} : { advice };
}

export const usageOf = (ours: string): string | undefined => ownValue(USAGE, ours);

const byTheirs = new Map(
  Object.entries(NAMES).flatMap(([ours, theirs]) => theirs.split(" ").map((name) => [name, ours] as const)),
);

/** Without capitals and what parts words, as in `batch_normalization` and `BatchNormalization`. */
const plain = (name: string): string => name.toLowerCase().replaceAll("_", "");
const byPlain = new Map([...byTheirs].map(([theirs, ours]) => [plain(theirs), ours]));
const adviceByPlain = new Map(Object.entries(OTHER_WAYS).map(([theirs, advice]) => [plain(theirs), advice]));

/** Our word for theirs; a short word, such as `bn`, is known as it is written only. */
export const synonymOf = (name: string): string | undefined =>
  byTheirs.get(name) ?? (name.length > 3 ? byPlain.get(plain(name)) : undefined);

/** How that is written here, where no single word says it. */
export const adviceOn = (name: string): string | undefined =>
  Object.hasOwn(OTHER_WAYS, name)
    ? OTHER_WAYS[name]
    : name.length > 3 && !byTheirs.has(name)
      ? adviceByPlain.get(plain(name))
      : undefined;

/** All words of others that are known. */
export const foreignWords: readonly string[] = [...byTheirs.keys(), ...Object.keys(OTHER_WAYS)];
