// Trainings and how they end.
import type { Explanation } from "./explanation.ts";

const model = "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\n";

const centred = model.replace("xor()", "xor() { x = x - mean(x, over=data) }");
const waves = "model m(x: [T, 1]) { rnn 4; dense 1 }\n\ndata d = sequences()\n\n";
const rule = "model m(x: [2]) { param w: [2] = 0; it * w }\n\ndata points = xor()\n\n";

export const training: readonly Explanation[] = [
  {
    code: "train/class-as-quantity",
    text: "A warning: the squared error of a class's number treats class 2 as twice class 1. Yes or no is `bce` with one output, more\nclasses are `cross_entropy` with one output each.",
    bad: "model m(x: [2]) { dense 1 }\n\ndata d = moons()\n\ntrain m on d {\n  loss mse(m(x), label)\n}",
    good: "model m(x: [2]) { dense 1 }\n\ndata d = moons()\n\ntrain m on d {\n  loss bce(m(x), label)\n}",
  },
  {
    code: "train/sees-target",
    text: "A warning: where the answer at a step stands in what the model sees at that step, it learns to copy it, the loss goes to 0, and\nnothing can be foretold with it. Attention and windows see no later step with `causal`; `bidirectional` reads from the end, too. A model\nthat foretells is given `name[0:-1]` where its answers are compared with `name[1:]`.",
    bad: "model m(text: [T] of V) { embed 8; attention 2; dense V }\n\ndata d = prose(n=50)\n\ntrain m on d {\n  loss cross_entropy(m(text), next)\n}",
    good: "model m(text: [T] of V) { embed 8; attention 2 causal; dense V }\n\ndata d = prose(n=50)\n\ntrain m on d {\n  loss cross_entropy(m(text), next)\n}",
  },
  {
    code: "train/target-out-of-reach",
    text: "A warning: `sigmoid`, `tanh`, `relu` and `softmax` give numbers of a range, and a target that is scaled to mean 0 and deviation 1 goes\nbeyond it on both sides. The last layer of a regression has no activation.",
    bad: "model m(image: [28, 28, 1]) { conv 1x1 4; tanh; conv 1x1 1; sigmoid }\n\ndata d = digits() { image = normalize(image) }\n\ntrain m on d {\n  loss mse(m(image), image)\n}",
    good: "model m(image: [28, 28, 1]) { conv 1x1 4; tanh; conv 1x1 1 }\n\ndata d = digits() { image = normalize(image) }\n\ntrain m on d {\n  loss mse(m(image), image)\n}",
  },
  {
    code: "train/target-out-of-range",
    text: "A warning: `bce` is the logarithm of a probability of yes, and its target is 1 for yes, 0 for no, or between them. With -1 for no it\nhas no smallest value; `hinge` is the loss for -1 and 1.",
    bad: "model m(x: [2]) { dense 1 }\n\ndata d = moons()\n\ntrain m on d {\n  loss bce(m(x)[0], 2 * label - 1)\n}",
    good: "model m(x: [2]) { dense 1 }\n\ndata d = moons()\n\ntrain m on d {\n  loss hinge(m(x)[0], 2 * label - 1)\n}",
  },
  {
    code: "train/no-data",
    text: "A training names its data: `train NAME on DATA { ... }`.",
    bad: `${model}train m {\n  loss cross_entropy(m(x), label)\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n}`,
  },
  {
    code: "names/unknown-data",
    text: "After `on` stands the name of a data declaration of the file.",
    bad: `${model}train m on point {\n  loss cross_entropy(m(x), label)\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n}`,
  },
  {
    code: "train/nothing-to-do",
    text: "A training has a loss, or steps that minimise, maximise or update something.",
    bad: `${model}train m on points {\n  epochs 3\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  epochs 3\n}`,
  },
  {
    code: "train/nothing-trained",
    text: "No learned parameter takes part in the loss of this step, so there is nothing that could get better. Does the loss\ncall the model?",
    bad: `${model}train m on points {\n  loss mean(x^2)\n}`,
    good: `${model}train m on points {\n  loss mean(m(x)^2)\n}`,
  },
  {
    code: "train/flat-loss",
    text: "Weights learn by the slope of the loss: how much it changes when they change a little. What counts or compares, such as\n`accuracy` or `argmax`, changes in jumps and has no slope between them, so that nothing is learned.",
    bad: `${model}train m on points {\n  loss accuracy(m(x), label)\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label)\n}`,
  },
  {
    code: "train/loss-twice",
    text: "A warning: all `loss` lines are added up, so one that stands twice counts twice. Where it is to weigh more, a factor says so.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  loss cross_entropy(m(x), label)\n}`,
    good: `${model}train m on points {\n  loss 2 * cross_entropy(m(x), label)\n}`,
  },
  {
    code: "train/unreached",
    text: "A warning: a training learns by how the loss changes with each parameter, and a `stop` on the way hides that change. Weight decay\nwould still shrink what nothing teaches. Where this is meant, `fixed` or `freeze` says so.",
    bad: `model m(x: [2]) { dense 8; stop(it); relu; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}`,
    good: `model m(x: [2]) { fixed dense 8; stop(it); relu; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}`,
  },
  {
    code: "train/idle-schedule",
    text: "A warning: the times of a schedule are counted in epochs unless it says `per=steps`. One whose times lie behind the end of the\ntraining never changes the rate, or holds it near 0 all the while.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  optimizer adam lr=1e-2\n  schedule warmup(500)\n  epochs 5\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  optimizer adam lr=1e-2\n  schedule warmup(1)\n  epochs 5\n}`,
  },
  {
    code: "train/late-mean",
    text: "A warning: `swa 5` takes the mean of the weights at the ends of epochs from the fifth on. Where the training ends before, there is\nnothing to take a mean of.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  swa 9\n  epochs 5\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  swa 3\n  epochs 5\n}`,
  },
  {
    code: "train/none-kept",
    text: "A warning: `keep every 5` keeps a copy of the weights after epochs 5, 10 and so on. A training that ends before the first of them\nkeeps none; the last and the best weights are saved in any case.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  keep every 10\n  epochs 5\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  keep every 2\n  epochs 5\n}`,
  },
  {
    code: "train/not-a-model",
    text: "A step names the models it trains.",
    bad: `${model}train t on points {\n  step x { minimize cross_entropy(m(x), label) }\n}`,
    good: `${model}train t on points {\n  step m { minimize cross_entropy(m(x), label) }\n}`,
  },
  {
    code: "train/out-of-place",
    text: "Optimizers, schedules and updates belong in a training; its epochs and its batch are those of all its steps, and stand beside them.",
    bad: "model m(x: [2]) {\n  optimizer adam lr=0.1\n  dense 2\n}",
    good: "model m(x: [2]) {\n  dense 2\n}",
  },
  {
    code: "train/none",
    text: "`dnn train` needs a `train` definition: the model alone does not say what it should learn.",
  },
  {
    code: "train/no-loss",
    text: "`dnn lr-find` watches how the loss falls while the learning rate grows. A training that only follows rules (`update`) has\nneither.",
  },
  {
    code: "train/bad-batch",
    text: "A batch is a whole number of examples from 1, or `all`.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  batch 0\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  batch all\n}`,
  },
  {
    code: "train/diverged",
    text: "The loss has become infinite or not a number: the steps were too large, or a logarithm or division met zero. The\nparameters of the last checkpoint are still good. A smaller learning rate, `clip 1` against exploding gradients, or a\nwarm-up are the usual remedies. At the first step the rate is not to blame: a value of the program or of the data is\nnone, such as a constant column divided by its deviation. A parameter or\nstate that becomes infinite or NaN ends a run as well and is named, even where the loss stays a number: its gradient or\nits update divided by zero, say. A metric may be none (0/0 is shown as `n/a`). The exit code is 3.",
  },
  {
    code: "train/update-per-example",
    text: "An update changes one parameter for all examples, so what it adds must be one value too: the mean or the sum over\nthe batch.",
    bad: `${rule}train t on points {\n  step { update m.w += x - m.w }\n}`,
    good: `${rule}train t on points {\n  step { update m.w += mean(x - m.w, over=batch) }\n}`,
  },
  {
    code: "train/not-a-parameter",
    text: "`update` names a parameter or state of a model or of a bound layer of the file, as in `update map.weight += ...`.",
    bad: `${rule}train t on points {\n  step { update x += 1 }\n}`,
    good: `${rule}train t on points {\n  step { update m.w += 1 }\n}`,
  },
  {
    code: "train/trained-and-updated",
    text: "Within one step a parameter is either moved by the optimizer, along the gradient of the loss, or set by an update. Keep\nit from the loss with `stop(...)`, or update it in a step of its own.",
    bad: `${rule}train t on points {\n  step m { minimize mean(m(x)^2); update m.w += 1 }\n}`,
    good: `${rule}train t on points {\n  step m { minimize mean(m(x)^2) }\n  step { update m.w += 1 }\n}`,
  },
  {
    code: "shapes/update-differs",
    text: "What an update adds must fit the parameter: the same shape, or sizes of 1 that are repeated.",
    bad: `${rule}train t on points {\n  step { update m.w += ones([3]) }\n}`,
    good: `${rule}train t on points {\n  step { update m.w += ones([2]) }\n}`,
  },
  {
    code: "types/not-a-layer",
    text: "`fresh` and `weights` work on a layer bound to a name, or on a model.",
    bad: "model m(x: [2]) {\n  other = fresh(it)\n  dense 2\n}",
    good: "model m(x: [2]) {\n  first = dense(2)\n  first; relu\n  other = fresh(first)\n  other\n}",
  },
  {
    code: "shapes/not-a-picture",
    text: "`show images(e, 8x8)` draws a grid of pictures, each made for an example of its own. A picture is [height, width] or\n[height, width, channels] with one or three channels; numbers from 0 to 1 are black to white.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  show images(m(normal([2])), 2x2)\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  show images(reshape(m(normal([2])), [1, 2]), 2x2)\n}`,
  },
  {
    code: "train/carried-twice",
    text: "With `carry` the states of a cell go on from batch to batch. A cell that runs over two sequences in one step would have\ntwo ends to go on from.",
    bad: `${waves}train m on d {\n  loss mse(m(x), next) + mse(m(next), next)\n  carry\n}`,
    good: `${waves}train m on d {\n  loss mse(m(x), next)\n  carry\n}`,
  },
  {
    code: "sample/needs-data",
    text: "A `show` line reads a field of the data, and the data that was loaded has no such field, or no examples. What is made from\ndraws needs no data: `images(G(normal([64])), 8x8)`.",
  },
  {
    code: "data/out-of-place",
    text: "`mean(x, over=data)` is a figure of all training examples. Passes over the data find it before the first step, so it\nbelongs where the data is declared. In a model or a step there is one batch: `over=batch`.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x - mean(x, over=data)), label)\n}`,
    good: `${centred}train m on points {\n  loss cross_entropy(m(x), label)\n}`,
  },
  {
    code: "types/only-means",
    text: "Over all the data, means are taken and nothing else. Others follow from them: a variance is the mean of squared\ndifferences from the mean.",
    bad: `${centred.replace("mean(x, over=data)", "max(x, over=data)")}train m on points {\n  loss cross_entropy(m(x), label)\n}`,
    good: `${centred}train m on points {\n  loss cross_entropy(m(x), label)\n}`,
  },
  {
    code: "shapes/statistic-differs",
    text: "A figure of the data is taken of the examples as they are. If it stands behind something that gives them another size\nin training, it would not fit there.",
    bad: `${centred.replace("x = x -", "x = if training then x[0:1] else x; x = x -")}train m on points {\n  loss cross_entropy(m(concat(x, x)[0:2]), label)\n}`,
    good: `${centred}train m on points {\n  loss cross_entropy(m(x), label)\n}`,
  },
  {
    code: "train/bad-keep",
    text: "A training can keep copies of its weights at each restart of its schedule, or every few epochs.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  keep often\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  keep every 5\n}`,
  },
  {
    code: "train/no-restarts",
    text: "A restart is where the schedule's factor jumps up again, as that of `sgdr` does after each period. Without a schedule\nthere is none.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  keep every restart\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  schedule sgdr period=2\n  keep every restart\n}`,
  },
  {
    code: "train/softmax-twice",
    text: "A warning: `cross_entropy` takes the softmax of its argument, and `bce` the sigmoid, because together they can be computed\nwithout loss of precision. A model that ends in a softmax has it taken twice, and learns slowly.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2; softmax }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
  },
  {
    code: "train/nll-of-scores",
    text: "A warning: `nll(y, label)` is -y[label], the negative log-likelihood where y are logarithms of probabilities, as `log_softmax`\ngives them. Of probabilities or plain scores it falls below zero, of scores without end. `cross_entropy` takes scores.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2; softmax }\n\ndata points = xor()\n\ntrain m on points {\n  loss nll(m(x), label)\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2; log_softmax }\n\ndata points = xor()\n\ntrain m on points {\n  loss nll(m(x), label)\n}",
  },
  {
    code: "train/unusual-rate",
    text: "A warning: a learning rate so far outside of the usual hardly ever works. `dnn lr-find` proposes one for the program at\nhand.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  optimizer adam lr=10\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  optimizer adam lr=0.01\n}",
  },
  {
    code: "train/batch-of-one",
    text: "A warning: batch normalisation takes mean and variance over the examples of a batch. With one example there is nothing to\ncompare it with.",
    bad: "model m(x: [2]) { dense 8 nobias; batchnorm; relu; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  batch 1\n}",
    good: "model m(x: [2]) { dense 8 nobias; batchnorm; relu; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  batch 4\n}",
  },
  {
    code: "train/cannot-show",
    text: "A training shows pictures (`images`), written text (`generate`), the likeliest next characters (`top`), activations along a\ntext (`heat`) and how values are spread (`histogram`).",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  show plot(m(x))\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  show histogram(m(x))\n}",
  },
  {
    code: "train/schedule-parts",
    text: "A schedule is a factor of every learning rate of a training. Parts have rates of their own by lines of optimizers that are for\nthem, and the schedule goes over all.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  optimizer sgd lr=0.1\n  schedule cosine for m.dense1\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  optimizer sgd lr=0.1\n  optimizer sgd lr=0.01 for m.dense1\n  schedule cosine\n}`,
  },
  {
    code: "train/unused-optimizer",
    text: "A line `optimizer ... for PART` is for the parameters of that part which the training moves and which no line for a narrower part\ntakes. Where there are none, as in a part that is frozen, the line does nothing.",
    bad: "model trunk(x: [2]) { dense 8; tanh }\n\nmodel net(x: [2]) { trunk; dense 2 }\n\ndata points = xor()\n\ntrain net on points {\n  loss cross_entropy(net(x), label)\n  optimizer sgd lr=0.1\n  optimizer sgd lr=0.01 for trunk\n  freeze trunk\n}",
    good: "model trunk(x: [2]) { dense 8; tanh }\n\nmodel net(x: [2]) { trunk; dense 2 }\n\ndata points = xor()\n\ntrain net on points {\n  loss cross_entropy(net(x), label)\n  optimizer sgd lr=0.1\n  optimizer sgd lr=0.01 for trunk\n}",
  },
  {
    code: "train/no-precision",
    text: "Sums are in 32 bits on every engine. Activations and their gradients, what is kept between two kernels, are in 32 bits too\n(`precision f32`, as without a line) or in 16, which take half the memory (`precision f16`). There are no others: a program that\nasks for one is refused rather than trained in another precision than it says.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  precision bf16\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  precision f16\n}`,
  },
  {
    code: "train/bad-setting",
    text: "Epochs, patience and the epochs between kept copies are whole numbers from 1, `clip` is a length above 0, and `ema` a\nshare of the average, from 0 up to 1. What `--set` gives a setting of a training is of the kind that the program gives it: a number,\ntrue or false, or a name.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  clip 0\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  clip 5\n}`,
  },
  {
    code: "train/setting-twice",
    text: "A training has one batch size, one optimizer, one schedule: which of two were meant could only be guessed. An optimizer\ninside a step is for that step alone, and schedules multiply: `schedule warmup(1) * cosine()`.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  batch 2\n  batch 512\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  batch 512\n}`,
  },
  {
    code: "train/unused-setting",
    text: "A setting in parentheses behind a training's name is read by its lines, and set by `--set`. One that no line reads\nchanges nothing.",
    bad: `${model}train m(smooth=0.1) on points {\n  loss cross_entropy(m(x), label)\n}`,
    good: `${model}train m(smooth=0.1) on points {\n  loss (1 - smooth) * cross_entropy(m(x), label) + smooth * mean(m(x)^2)\n}`,
  },
  {
    code: "train/loss-and-step",
    text: "Where a training has steps, a `loss` outside of them is a step of its own, after the others, and it trains every model that\nit calls. Written as a step it says so, and which models it trains.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  step m { minimize mean(m(x)^2) }\n}`,
    good: `${model}train m on points {\n  step m { minimize cross_entropy(m(x), label) + mean(m(x)^2) }\n}`,
  },
  {
    code: "train/setting-assigned",
    text: "A line of a training is a word and its value, without `=`: `epochs 3`. With `=` it would only give a value the name\n'epochs', and the training would take its ten epochs as if the line were not there.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  epochs = 3\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  epochs 3\n}`,
  },
  {
    code: "train/metric-twice",
    text: "Every metric is a column of its own, so each has a name that no other has: `metric name = value`. `loss` is the\nname of what is minimised.",
    bad: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label)\n  metric accuracy(m(-x), label)\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label)\n  metric mirrored = accuracy(m(-x), label)\n}`,
  },
  {
    code: "train/activation-last",
    text: "Losses of classes take scores of any size and sign. An activation behind the last layer cuts off the negative ones\nor bends them, and where it gives 0 for all classes nothing is learned any more.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2; relu }\n\ndata points = xor()\n\ntrain m on points { loss cross_entropy(m(x), label) }",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points { loss cross_entropy(m(x), label) }",
  },
  {
    code: "train/more-scores",
    text: "The model gives more scores than the label has classes. It trains, and the scores without a class only learn to be\nsmall.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 4 }\n\ndata points = xor()\n\ntrain m on points { loss cross_entropy(m(x), label) }",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points { loss cross_entropy(m(x), label) }",
  },
  {
    code: "train/cannot-miss",
    text: "`accuracy(y, label, top=k)` counts an example as right where its class is among the k highest scores. With k as large as\nthe number of scores it always is.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 4 }\n\ndata points = blobs(classes=4)\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label, top=5)\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 4 }\n\ndata points = blobs(classes=4)\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label, top=2)\n}",
  },
  {
    code: "train/one-class",
    text: "The label is the same for all examples, so there is nothing to tell apart and the loss is 0 from the start. Often a\nfolder of pictures was named that holds one class instead of the folder above it.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 1 }\n\ndata points = blobs(classes=1)\n\ntrain m on points { loss cross_entropy(m(x), label) }",
    good: "model m(x: [2]) { dense 8; tanh; dense 3 }\n\ndata points = blobs(classes=3)\n\ntrain m on points { loss cross_entropy(m(x), label) }",
  },
  {
    code: "train/nothing-held-out",
    text: "`patience` stops a training whose held-out loss, or the figure that it names, no longer gets better, and `best` takes the epoch where\nit was best. Where nothing is held out there is no such figure: the training goes on to its last epoch, which is the result.",
    bad: `${model.replace("xor()", "moons(split=1)")}train m on points {\n  loss cross_entropy(m(x), label)\n  patience 3\n}`,
    good: `${model.replace("xor()", "moons()")}train m on points {\n  loss cross_entropy(m(x), label)\n  patience 3\n}`,
  },
  {
    code: "train/bad-figure",
    text: "`best accuracy` and `patience 3 of accuracy` name a figure that the training reports of held-out rows: `loss`, or one of its\nmetrics. The highest is best, of a loss the lowest, and of others the lowest where the line says `lowest`.",
    bad: `${model.replace("xor()", "moons()")}train m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label)\n  best f1\n}`,
    good: `${model.replace("xor()", "moons()")}train m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label)\n  best accuracy\n}`,
  },
  {
    code: "train/two-criteria",
    text: "A run remembers one best epoch. `best` says by which figure it is found, and `patience` waits for a better one: two figures would\nbe two best epochs.",
    bad: `${model.replace("xor()", "moons()")}train m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label)\n  best accuracy\n  patience 3 of loss\n}`,
    good: `${model.replace("xor()", "moons()")}train m on points {\n  loss cross_entropy(m(x), label)\n  metric accuracy(m(x), label)\n  best accuracy\n  patience 3\n}`,
  },
  {
    code: "train/best-highest",
    text: "Without `lowest` the epoch with the highest figure is the best. The name of this one says that less is better.",
    bad: `${model.replace("xor()", "moons()")}train m on points {\n  loss cross_entropy(m(x), label)\n  metric error = 1 - accuracy(m(x), label)\n  best error\n}`,
    good: `${model.replace("xor()", "moons()")}train m on points {\n  loss cross_entropy(m(x), label)\n  metric error = 1 - accuracy(m(x), label)\n  best lowest error\n}`,
  },
  {
    code: "train/frozen-untrained",
    text: "What is frozen stays as it is. Where no training before this one and no other run has trained it, it stays as it was\ndrawn at random. Weights that are meant to be random are declared so: `fixed dense 64`.",
    bad: "trunk = dense 8\nmodel m(x: [2]) { trunk; tanh; dense 2 }\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  freeze trunk\n}",
    good: "trunk = dense 8\nmodel m(x: [2]) { trunk; tanh; dense 2 }\ndata points = xor()\n\ntrain first on points { loss cross_entropy(m(x), label) }\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n  freeze trunk\n}",
  },
];
