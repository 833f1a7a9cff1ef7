// Names that other frameworks have for ours: PyTorch, Keras, TensorFlow, JAX, Caffe, Darknet. Ours may be a word of the same kind,
// or where the language has another way, a sentence that says how it is written.

import { ownValue } from "../../arithmetic/lookup.ts";
import { SETTINGS, type SettingName, settingNames } from "./settings.ts";

/** Theirs by ours. */
const NAMES: Readonly<Record<string, string>> = {
  // layers
  dense: "Linear LazyLinear Dense linear fc fully_connected FullyConnected InnerProduct connected Bilinear",
  conv: "Conv1d Conv2d Conv3d Conv1D Conv2D Conv3D conv1d conv2d conv3d Convolution convolutional Convolution2D LazyConv2d",
  upconv:
    "ConvTranspose1d ConvTranspose2d ConvTranspose3d Conv2DTranspose Conv2dTranspose deconv deconvolutional Deconvolution",
  maxpool: "MaxPool1d MaxPool2d MaxPool3d MaxPooling1D MaxPooling2D max_pool max_pool2d Pooling",
  avgpool: "AvgPool1d AvgPool2d AveragePooling1D AveragePooling2D avg_pool avg_pool2d",
  "avgpool global": "AdaptiveAvgPool1d AdaptiveAvgPool2d GlobalAveragePooling1D GlobalAveragePooling2D GlobalAvgPool2D",
  "maxpool global": "AdaptiveMaxPool2d GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPool2D",
  batchnorm:
    "BatchNorm1d BatchNorm2d BatchNorm3d BatchNorm BatchNormalization BatchNormalisation batch_norm batch_normalization bn",
  layernorm: "LayerNorm LayerNormalization layer_norm",
  lrn: "LocalResponseNorm local_response_normalization LRN",
  dropout: "Dropout Dropout1d Dropout2d SpatialDropout2D Dropout3d",
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
  bias: "use_bias bias_term",
  over: "dim axis axes dims",
  keep: "keepdim keepdims keep_dims",
  n: "units out_features hidden_size hidden output_size num_units features embedding_dim output_dim num_hiddens",
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

const INIT =
  "layers choose their start; weights with another one are a `param w: [depth(it), 64] = he`, and `it @ w` is the layer";
export const ACTIVATION_ADVICE =
  "an activation is a line of its own after the layer: `dense 64; relu`, `conv 3x3 64; relu`";

const DIGITS = "numbers are written in digits, as in `dense 10`";

/** Constructs that the language writes in another way. */
const ADVICE: Readonly<Record<string, string>> = {
  activation: ACTIVATION_ADVICE,
  net: "a network is a model: `model net(image: [28, 28, 3]) { ... }`; its batch and rate stand in a `train`",
  batch_normalize:
    "normalisation is a line of its own after the layer: `conv 3x3 32 nobias; batchnorm; leaky_relu 0.1`",
  subdivisions: "a training has one batch size: `batch 64`",
  inplace: "nothing is done in place: leave it out",
  padding_mode: "padding is with zeros: leave it out",
  track_running_stats: "running averages are kept by themselves: leave it out",
  affine: "scale and bias are always learned: leave it out",
  input_shape: "sizes of inputs are inferred: write them once, at the model's input `x: [28, 28, 1]`",
  in_features: "sizes of inputs are inferred: give the layer its output size only, as in `dense 128`",
  in_channels: "sizes of inputs are inferred: give the layer its filters only, as in `conv 3x3 64`",
  input_dim: "sizes of inputs are inferred: write them once, at the model's input",
  input_size: "sizes of inputs are inferred: give the layer its own size only, as in `lstm 128`",
  num_embeddings: "the number of classes is inferred from the input: `embed 64` gives each a row of 64",
  vocab_size: "the number of classes is inferred from the input, declared as in `x: [T] of V`",
  batch_first: "shapes are written without the batch, which always comes first",
  return_sequences: "a cell gives every step; `last` keeps the last one",
  num_layers: "layers are stacked by writing them: `repeat 2 { lstm 128 }`",
  Sequential: "a model is its lines, one layer each: `model net(x: [784]) { dense 128; relu; dense 10 }`",
  Module: "a network is `model NAME(x: [sizes]) { ... }`, a part of one is `block NAME(...) { ... }`",
  Input: "inputs stand in the model's header: `model net(image: [28, 28, 1]) { ... }`",
  InputLayer: "inputs stand in the model's header: `model net(image: [28, 28, 1]) { ... }`",
  forward: "a body is the forward pass: its lines run from top to bottom",
  backward: "gradients are derived: a training says `loss ...` and the rest follows",
  zero_grad: "gradients are computed afresh at every step: nothing needs to be cleared",
  compile: "a training says what the compiler needs: `train run on data { loss ...; optimizer adam }`",
  fit: "write `train run on data { loss ...; epochs 5 }` and run `dnn train FILE`",
  TimeDistributed: "layers act on the last axis, or the axes before it that they need; all others are carried",
  Lambda: "write the expression as a line: `it * 2`",
  Add: "add values by name: `it + a`, or use `residual { ... }`",
  maxout: "the larger of parts is `max(split(it, 2))`",
  import_torch: "nothing is imported: the library is there",
  stack: "a list of values becomes a tensor with one more axis: `[a, b]`; `concat(a, b)` joins along depth",
  squeeze: "an axis of one number is left out by taking it, `x[0]` or `x[:, 0]`, or by `reshape(x, [...])`",
  unsqueeze: "an axis of one number is added by `reshape`: `reshape(x, [1, 28, 28])`",
  expand_dims: "an axis of one number is added by `reshape`: `reshape(x, [1, 28, 28])`",
  assert:
    "nothing is asserted: shapes are checked where they are declared, as in `x: [26, 26, 8]`, and `dnn summary` shows them",
  no_grad:
    "gradients are taken of losses alone: leave it out; `stop(x)` keeps a value within a loss from being learned by",
  parameters: "an optimizer moves all that the loss calls: leave it out, as in `optimizer adam lr=1e-3`",
  eval: "metrics and predictions are made with `training` false by themselves: leave it out",
  reduction:
    "leave it out: a loss is the mean over the batch; over the places of an example it is `mean(...)` or `sum(...)` of them",
  ignore_index: "a class is left out of a loss by a factor: `(label != 0) * cross_entropy(y, label)`",
  MNIST: 'digits are data: `data d = mnist("FOLDER")` reads its files, `digits()` draws some like them',
  CIFAR10: 'pictures are data: `data d = cifar10("FOLDER")` reads its files',
  DataLoader:
    'data is named by its source, `data d = images("FOLDER")`; a training has `batch 64` and shuffles by itself',
  r2: "as a metric it is `1 - mean((y - x)^2) / (mean(x^2) - mean(x)^2)`, for a prediction y of x",
  rmse: "as a metric it is `sqrt(mean((y - x)^2))`",
  pool: "there are `maxpool 2x2`, the largest of each window, and `avgpool 2x2`, their mean",
  require: 'a file of yours is imported at the top: `import a, b from "parts.dnn"`; the library needs no import',
  await: "nothing is awaited: a layer is a line of its own, such as `dense 64`",
  let: "a name is bound without it: `h = ...`",
  const: "a name is bound without it: `h = ...`",
  var: "a name is bound without it: `h = ...`",
  new: "layers are made by their names alone: `dense 64`",
  pass: "an empty body is `{ identity }`",
  self: "layers are bound by name: `e = embed 64`, then `e(x)`",
  len: "`length(list)` counts a list, `shape(x)[0]` is a tensor's first size",
  range: "a range is `0..10`, with 10 left out",
  print: "a training shows with `show ...`; `dnn summary` lists shapes",
  return: "the last line of a body is its value",
  def: "functions are `fn f(x) = ...`, parts with parameters `block f(n) { ... }`",
  class: "a network is `model NAME(x: [sizes]) { ... }`",
  lambda: "functions are `fn f(x) = ...`",
  same: "`same` is a word of its own: `conv 3x3 64 same`, `maxpool 2x2 same`; with a stride of 1, `p1` is the same for 3x3, `p2` for 5x5",
  valid: "leave it out: there is no padding by itself",
  selu: "it is `1.0507 * elu(it, alpha=1.6733)`; `elu` alone is near",
  prelu:
    "with a learned slope it is `param a: [] = 0.25` and `if it > 0 then it else a * it`; `leaky_relu 0.1` has a fixed one",
  mish: "it is `it * tanh(softplus(it))`; `silu` is near",
  resize:
    'pictures are resized as they are read, `images("folder", size=64x64)`; in a model `upsample` and `avgpool` change sizes',
  rotate:
    "pictures are varied by `flip`, `crop` and `noise` in the body of the data: `data d = digits() { image = crop(image, 28x28, padding=2) }`",
  transformer:
    "a block of one is `residual { layernorm; attention 4 }` and `residual { layernorm; dense 256; gelu; dense 64 }`",
  console: "nothing is printed from a program: `show ...` in a training draws values, `dnn summary` lists shapes",
  w: "weights and biases are made by layers: `dense 10` is x W + b; one of your own is `param w: [3]`",
  b: "weights and biases are made by layers: `dense 10` is x W + b; one of your own is `param b: [] = 0`",
  weight: "weights and biases are made by layers: `dense 10` is x W + b; one of your own is `param weight: [3]`",
  label_smoothing:
    "labels are smoothed in the loss itself: `-sum((0.9 * onehot(label) + 0.1 / 10) * log_softmax(y))` for 10 classes",
  view: "the line `flatten`, or `flat(x)`, makes one vector of each example; another shape is written without the batch: `reshape(x, [28, 28])`",
  betas: "they are two numbers: `beta1=0.9 beta2=0.999`",
  T_max: "leave it out: a schedule is as long as the training",
  milestones: "the rate falls at equal distances: `step_decay every=10`",
  last_epoch: "leave it out: `--resume` goes on where a run was",
  warmup_steps: "a warm-up is counted in epochs, with fractions: `schedule warmup(0.5)`",
  ReduceLROnPlateau:
    "the rate depends on time, not on the loss: `schedule cosine` lowers it; `patience 3` stops where the held-out loss does not fall",
  L1Loss: "it is `mean(abs(y - x))`",
  mae: "it is `mean(abs(y - x))`",
  mean_absolute_error: "it is `mean(abs(y - x))`",
  smooth_l1: "it is `mean(where(abs(y - x) < 1, 0.5 * (y - x)^2, abs(y - x) - 0.5))`",
  huber: "it is `mean(where(abs(y - x) < 1, 0.5 * (y - x)^2, abs(y - x) - 0.5))`",
  init: INIT,
  initializer: INIT,
  kernel_initializer: INIT,
  weight_init: INIT,
  model: "the name of a model stands behind the word: `model net(x: [2]) { ... }`",
  plot: "`dnn train --json` gives the losses as objects; `show histogram(...)` draws how numbers are spread",
  every: "progress shows itself; copies of the weights are kept with `keep every 5`",
  ...Object.fromEntries("one two three four five six seven eight nine ten".split(" ").map((word) => [word, DIGITS])),
  times: "what is done several times stands in braces: `repeat 3 { dense 64; relu }`",
  None: "it is written `none`",
  True: "it is written `true`",
  False: "it is written `false`",
  null: "it is written `none`",
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
const adviceByPlain = new Map(Object.entries(ADVICE).map(([theirs, advice]) => [plain(theirs), advice]));

/** Our word for theirs; a short word, such as `bn`, is known as it is written only. */
export const synonymOf = (name: string): string | undefined =>
  byTheirs.get(name) ?? (name.length > 3 ? byPlain.get(plain(name)) : undefined);

/** How that is written here, where no single word says it. */
export const adviceOn = (name: string): string | undefined =>
  Object.hasOwn(ADVICE, name)
    ? ADVICE[name]
    : name.length > 3 && !byTheirs.has(name)
      ? adviceByPlain.get(plain(name))
      : undefined;

/** All words of others that are known. */
export const foreignWords: readonly string[] = [...byTheirs.keys(), ...Object.keys(ADVICE)];
