// Words of other frameworks for things that this language writes in another way: by the word, a sentence that says how. Names that
// have a single word here are in `synonyms.ts`.

const INIT =
  "layers choose their start; weights with another one are a `param w: [depth(it), 64] = he`, and `it @ w` is the layer";
export const ACTIVATION_ADVICE =
  "an activation is a line of its own after the layer: `dense 64; relu`, `conv 3x3 64; relu`";

const DIGITS = "numbers are written in digits, as in `dense 10`";

const TRANSFORMER =
  "a block of one is `residual { layernorm; attention 4 }` and `residual { layernorm; dense 256; gelu; dense 64 }`";
const CLIP = "a training limits gradients by a line of its own: `clip 1` their length, `clip value=0.5` each number";
const CLASS_WEIGHT =
  'classes are weighed by a factor, a number for each: `[1, 2, 5][label] * cross_entropy(y, label)`; of a table, `balance="weights"` works it out';
const PLACES =
  "places are a table that is learned: `param place: [64, 32] = normal`, then `it + place[0:T]`, for at most 64 steps of depth 32";
const SEPARABLE =
  "it is a convolution of each channel by itself and one of 1x1 points: `conv 3x3 32 p1 g32; conv 1x1 64`, where 32 channels come in";
const LENGTHS = "sequences of different length are known as such, and padding takes part in nothing: leave it out";
const PENALTY =
  "weights are kept small by the optimizer, `optimizer adamw lr=1e-3 decay=0.01`, or by a line `loss 1e-4 * l2(net)`";
const DROPOUT_LINE = "dropout is a line of its own: `lstm 64; dropout 0.2`";
const AFFINE = "scale and bias are always learned: leave it out";
const HELD_AXES = "shapes are written without the batch: `flatten` alone makes one vector of each example";
const MASK =
  "the one mask is `causal`, by which no step sees later ones; of your own attention it is `softmax(x, where=...)`";
const GROUP_NORM =
  "there are `batchnorm`, which takes the figures of each channel over the batch, and `layernorm`, those of each place over its depth";
const PRODUCT = "the product of matrices is `a @ b`; of two vectors it is `sum(a * b)`";

const LOOP =
  "loops go over a list or a range, `for i in 0..3 { ... }`, or `repeat 3 { ... }`; a training goes over its data by itself, `epochs 10` times";
const PROGRESS =
  "how far a training is, from 0 to 1, is `progress`: `if progress < 0.5 then 1 else 0.1`; its length is a line `epochs 10`";

/** How the language writes what others have a word for, by theirs. */
export const OTHER_WAYS: Readonly<Record<string, string>> = {
  activation: ACTIVATION_ADVICE,
  net: "a network is a model: `model net(image: [28, 28, 3]) { ... }`; its batch and rate stand in a `train`",
  batch_normalize:
    "normalisation is a line of its own after the layer: `conv 3x3 32 nobias; batchnorm; leaky_relu 0.1`",
  subdivisions: "a training has one batch size: `batch 64`",
  inplace: "nothing is done in place: leave it out",
  padding_mode: "padding is with zeros: leave it out",
  track_running_stats: "running averages are kept by themselves: leave it out",
  affine: AFFINE,
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
  kl: "of a normal code it is `mean(mu^2 + exp(logvar) - 1 - logvar) / 2`, with the mean and the logarithm of the variance",
  kl_loss:
    "of a normal code it is `mean(mu^2 + exp(logvar) - 1 - logvar) / 2`, with the mean and the logarithm of the variance",
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
  while: LOOP,
  break: LOOP,
  continue: LOOP,
  switch: "choices are `if c then a else b`, or `if c { ... } else { ... }` with lines",
  epoch: PROGRESS,
  iteration: PROGRESS,
  global_step: PROGRESS,
  print: "a training shows with `show ...`; `dnn summary` lists shapes",
  return: "the last line of a body is its value",
  def: "functions are `fn f(x) = ...`, parts with parameters `block f(n) { ... }`",
  class: "a network is `model NAME(x: [sizes]) { ... }`",
  lambda: "functions are `fn f(x) = ...`",
  same: "`same` is a word of `conv` and of pools: `conv 3x3 64 same`, `maxpool 2x2 same`; `upconv 4x4 64 s2 p1` doubles, and so does `upconv 3x3 64 s2 p1 output_padding=1`",
  causal: "`causal` is a word of `conv` and `attention`: `conv 3 64 causal`, `attention 4 causal`",
  valid: "leave it out: there is no padding by itself",
  selu: "it is `1.0507 * elu(it, alpha=1.6733)`; `elu` alone is near",
  prelu:
    "with a learned slope it is `param a: [] = 0.25` and `if it > 0 then it else a * it`; `leaky_relu 0.1` has a fixed one",
  mish: "it is `it * tanh(softplus(it))`; `silu` is near",
  resize:
    'pictures are resized as they are read, `images("folder", size=64x64)`; in a model `upsample` and `avgpool` change sizes',
  rotate:
    "pictures are varied by `flip`, `crop` and `noise` in the body of the data: `data d = digits() { image = crop(image, 28x28, padding=2) }`",
  transformer: TRANSFORMER,
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
  transformer_encoder: TRANSFORMER,
  transformer_encoder_layer: TRANSFORMER,
  transformer_decoder: TRANSFORMER,
  transformer_block: TRANSFORMER,
  encoder_layer: TRANSFORMER,
  positional_encoding: PLACES,
  positional_embedding: PLACES,
  position_embedding: PLACES,
  pos_embed: PLACES,
  pos_encoding: PLACES,
  separable_conv: SEPARABLE,
  SeparableConv2D: SEPARABLE,
  depthwise_conv:
    "a convolution of each channel by itself has a group for each: `conv 3x3 32 p1 g32`, where 32 channels come in",
  DepthwiseConv2D:
    "a convolution of each channel by itself has a group for each: `conv 3x3 32 p1 g32`, where 32 channels come in",
  zero_padding: "layers pad by themselves: `conv 3x3 64 p1`",
  zero_pad: "layers pad by themselves: `conv 3x3 64 p1`",
  ZeroPadding2D: "layers pad by themselves: `conv 3x3 64 p1`",
  group_norm: GROUP_NORM,
  instance_norm: GROUP_NORM,
  weight_norm: GROUP_NORM,
  spectral_norm:
    "weights start with a largest singular value of 0.9 by `param w: [64, 64] = spectral`; in a training nothing keeps it there",
  relu6: "it is `min(relu(it), 6)`",
  softsign: "it is `it / (1 + abs(it))`; `tanh` is near",
  hardtanh: "it is `max(min(it, 1), -1)`; `tanh` is near",
  hard_sigmoid: "it is `max(min(it / 6 + 0.5, 1), 0)`; `sigmoid` is near",
  glu: "it is `a, b = split(it, 2)` and then `a * sigmoid(b)`",
  masking: LENGTHS,
  mask_zero: LENGTHS,
  padding_idx: LENGTHS,
  pack_padded_sequence: LENGTHS,
  repeat_vector: "one row for every step is `it * ones([10, 1])`, ten of them",
  dot: PRODUCT,
  matmul: PRODUCT,
  bmm: PRODUCT,
  mm: PRODUCT,
  einsum: "products and sums are written out: `a @ b`, `sum(a * b, over=depth)`",
  start_dim: HELD_AXES,
  end_dim: HELD_AXES,
  normalized_shape: "sizes of inputs are inferred: leave it out",
  num_features: "sizes of inputs are inferred: leave it out",
  embed_dim: "sizes of inputs are inferred: `attention 4` has its heads alone",
  d_model: "sizes of inputs are inferred: `attention 4` has its heads alone",
  key_dim: "each head has its share of the depth: `attention 4` has its heads alone",
  elementwise_affine: AFFINE,
  data_format: "the depth is the last axis of a shape, always: leave it out",
  attn_mask: MASK,
  attention_mask: MASK,
  key_padding_mask: LENGTHS,
  arange: "places along an axis are `index(x, 0)`, from 0, in the shape of x",
  linspace: "places along an axis are `index(x, 0)`, from 0, in the shape of x: `index(x, 0) / 63`",
  return_state: "the last states of a cell are fields of its result: `lstm 64 -> y`, then `y.h` and `y.c`",
  return_sequence: "a cell gives every step; `last` keeps the last one",
  stateful: "states go on from batch to batch by the line `carry` of a training",
  go_backwards: "`reverse(x)` turns a sequence round",
  recurrent_dropout: DROPOUT_LINE,
  nonlinearity:
    "the activation of a cell is a part of it: a cell of your own is `cell mine(n) { state h: [n]; h = relu(dense(n)(it, h)); h }`",
  trainable:
    "what is not to be trained has `fixed` before it, `fixed dense 64`, or is named by `freeze` in the training",
  requires_grad:
    "what is not to be trained has `fixed` before it, `fixed dense 64`, or is named by `freeze` in the training",
  kernel_regularizer: PENALTY,
  weight_regularizer: PENALTY,
  l2_reg: PENALTY,
  from_logits:
    "leave it out: `cross_entropy` and `bce` take scores as they are, without a softmax or sigmoid before them",
  class_weight: CLASS_WEIGHT,
  class_weights: CLASS_WEIGHT,
  sample_weight: "an example counts more by a factor before its loss: `weight * cross_entropy(y, label)`",
  pos_weight: "a yes counts three times by a factor: `(1 + 2 * label) * bce(y, label)`",
  clipnorm: CLIP,
  clipvalue: CLIP,
  global_clipnorm: CLIP,
  max_norm: CLIP,
  amsgrad: "leave it out: `adam` has no such variant",
  foreach: "leave it out: all parameters move together",
  cuda: "the device is an option of the command: `dnn train FILE --device gpu`",
  None: "it is written `none`",
  yes: "it is written `true`",
  no: "it is written `false`",
  True: "it is written `true`",
  False: "it is written `false`",
  null: "it is written `none`",
};
