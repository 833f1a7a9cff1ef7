// The lines of a training, one record each: how the line is written, what it means, which number it takes, what other frameworks
// call it. The checker, `--set`, the editor and the manual read this table, so a setting is added here and where its value is
// used: `body.number("clip")` where steps are made, `plan.settings.patience` where the running training looks at its progress.

import type { NumberRange } from "../../arithmetic/numberrange.ts";

/** The single number of a setting. */
export interface SettingNumber {
  /** Begins a message: "the largest length of a gradient is a number above 0, and ...". */
  readonly what: string;
  readonly range: NumberRange;
  /**
   * Who reads it. `start`: it is needed before there is any data, so its value comes from names of the file alone. `steps`: it is
   * a part of the steps, and may change as the training goes on. `session`: the running training compares it with its progress.
   */
  readonly readBy: "start" | "steps" | "session";
  /** Its value without a line. */
  readonly usual?: number;
  /** The code of a wrong value, where it is not `train/bad-setting`. */
  readonly code?: string;
}

export interface Setting {
  /** Its effect: in the manual, in the editor, in `dnn explain`. */
  readonly text: string;
  /** A whole line, for hints. */
  readonly example: string;
  /** From how many values to how many; one where absent. */
  readonly values?: readonly [least: number, most: number];
  readonly number?: SettingNumber;
  /** The warning for the line where nothing is held out. */
  readonly withoutHeldout?: string;
  /** Words that stand for values: `batch all`. */
  readonly words?: readonly string[];
  /** Whether its value is one of these words. */
  readonly isChoice?: true;
  /** Words beside its values, which are no values themselves. */
  readonly particles?: readonly string[];
  /** Whether its value may be given a name: `metric name = value`. */
  readonly isNamed?: true;
  /** Whether a training has only one, and what to do with a second. */
  readonly isSingle?: true;
  readonly secondHint?: string;
  /** Of the argument of a line (`clip.value`): whether the line may have it alone. */
  readonly standsAlone?: true;
  /** Lines of one group do the same in different ways: a training has one of them. */
  readonly group?: string;
  /** Whether a program may use the word for a value, as in `loss = ...; minimize loss`. */
  readonly canNameValue?: true;
  /** Its names in other frameworks. */
  readonly synonyms?: string;
}

const RECORDS = {
  loss: {
    text: "what is made small: the mean over the batch of a value of each example",
    example: "loss cross_entropy(net(x), label)",
    canNameValue: true,
    synonyms: "losses criterion objective cost",
  },
  minimize: {
    text: "as `loss`, in a step that has several goals",
    example: "minimize mse(net(x), y)",
    canNameValue: true,
    synonyms: "minimise",
  },
  maximize: {
    text: "what is made large",
    example: "maximize mean(net(x))",
    canNameValue: true,
    synonyms: "maximise",
  },
  metric: {
    text: "a figure to report, such as `metric accuracy(net(x), label)` or `metric name = value`",
    example: "metric accuracy(net(x), label)",
    isNamed: true,
    canNameValue: true,
    synonyms: "metrics measure",
  },
  optimizer: {
    text: "the rule that moves parameters, such as `optimizer adam lr=1e-3`; parts may have one of their own: `optimizer adam lr=1e-4 for net.trunk`",
    example: "optimizer adam lr=1e-3",
    isSingle: true,
    synonyms: "optimiser optim",
  },
  schedule: {
    text: "how the learning rate changes, such as `schedule cosine`",
    example: "schedule cosine",
    isSingle: true,
    secondHint: "leave one out, or multiply them: `schedule warmup(1) * cosine()`",
    synonyms: "scheduler lr_scheduler",
  },
  batch: {
    text: "examples in a step; `batch all` takes them all (32)",
    example: "batch 64",
    number: {
      what: "the number of examples in a batch",
      range: { whole: true, from: 1 },
      readBy: "start",
      usual: 32,
      code: "train/bad-batch",
    },
    words: ["all"],
    isSingle: true,
    synonyms: "batch_size batchsize minibatch mini_batch",
  },
  epochs: {
    text: "passes over the data (10)",
    example: "epochs 10",
    number: { what: "the number of epochs", range: { whole: true, from: 1 }, readBy: "start", usual: 10 },
    isSingle: true,
    synonyms: "epoch num_epochs n_epochs max_epochs iterations",
  },
  clip: {
    text: "the largest norm of a step's gradients",
    example: "clip 5",
    number: { what: "the largest length of a gradient", range: { above: 0 }, readBy: "steps" },
    isSingle: true,
    synonyms:
      "clip_norm clipnorm grad_clip clip_grad_norm max_grad_norm gradient_clip clip_gradient clip_gradients gradient_clipping",
  },
  "clip.value": {
    text: "the largest size of each number in a step's gradients, taken before their norm",
    example: "clip value=0.5",
    number: { what: "the largest size of a number in a gradient", range: { above: 0 }, readBy: "steps" },
    standsAlone: true,
    isSingle: true,
    synonyms: "clip_value clipvalue clip_grad_value",
  },
  accumulate: {
    text: "batches whose gradients are averaged before the optimizer moves, as if they were one batch",
    example: "accumulate 4",
    number: { what: "the number of batches before each move", range: { whole: true, from: 1 }, readBy: "steps" },
    isSingle: true,
    synonyms:
      "accumulation accumulate_grad_batches gradient_accumulation gradient_accumulation_steps grad_accumulation accumulation_steps",
  },
  plateau: {
    text: "epochs without a better held-out loss, or figure that `best` names, after which the learning rate falls to a tenth; `plateau 3 factor=0.5` halves it",
    example: "plateau 3",
    number: {
      what: "the number of epochs to wait",
      range: { whole: true, from: 1 },
      readBy: "session",
    },
    withoutHeldout: "waits for a better held-out figure, and nothing is held out: the rate stays as it is",
    isSingle: true,
    synonyms: "ReduceLROnPlateau reduce_lr_on_plateau reduce_on_plateau",
  },
  "plateau.factor": {
    text: "what `plateau` multiplies the learning rate by (0.1)",
    example: "plateau 3 factor=0.5",
    number: { what: "the factor of the learning rate", range: { above: 0, below: 1 }, readBy: "session" },
    isSingle: true,
  },
  patience: {
    text: "epochs without a better held-out loss before the training stops; `patience 3 of accuracy` waits for a better figure of that name",
    example: "patience 3",
    number: {
      what: "the number of epochs to wait",
      range: { whole: true, from: 1 },
      readBy: "session",
    },
    // `patience 3 of accuracy`, `patience 3 of lowest error`
    values: [1, 4],
    particles: ["of", "lowest", "highest"],
    withoutHeldout: "waits for a better held-out figure, and nothing is held out: it never stops the training",
    isSingle: true,
    synonyms: "early_stopping EarlyStopping early_stop",
  },
  best: {
    text: "the figure by which the best epoch is found, whose weights are the result: `best accuracy` takes the highest, `best lowest error` the least; without it the held-out loss says which is best",
    example: "best accuracy",
    values: [1, 2],
    particles: ["lowest", "highest"],
    withoutHeldout: "compares held-out figures, and nothing is held out: the last epoch's weights are the result",
    isSingle: true,
    canNameValue: true,
    synonyms: "monitor save_best save_best_only restore_best_weights",
  },
  freeze: {
    text: "models and layers whose parameters stay as they are",
    example: "freeze net",
    values: [1, Number.POSITIVE_INFINITY],
  },
  carry: {
    text: "states of cells go on from batch to batch",
    example: "carry",
    values: [0, 0],
    isSingle: true,
  },
  keep: {
    text: "copies of the weights on the way: `keep every restart`, `keep every 5`",
    example: "keep every 5",
    // A missing value is a mistake of its own, which says both forms.
    values: [0, 2],
    words: ["every", "restart"],
    isSingle: true,
  },
  ema: {
    text: "a moving average of the weights, with the share that stays at each step: `ema 0.999`",
    example: "ema 0.999",
    number: {
      what: "the share of the average that stays at each step",
      range: { from: 0, below: 1 },
      readBy: "steps",
    },
    isSingle: true,
    group: "average",
    synonyms: "moving_average ema_decay",
  },
  swa: {
    text: "the mean of the weights at the end of each epoch, from this epoch on, which held-out figures use",
    example: "swa 5",
    number: { what: "the first epoch whose weights are averaged", range: { whole: true, from: 1 }, readBy: "steps" },
    isSingle: true,
    group: "average",
    synonyms: "stochastic_weight_averaging average_weights AveragedModel",
  },
  precision: {
    text: "the bits that activations and their gradients are kept in: `f32`, or `f16`, which takes half the memory for them. Parameters, states and sums stay in 32 bits",
    example: "precision f16",
    words: ["f32", "f16"],
    isChoice: true,
    isSingle: true,
    synonyms: "amp mixed_precision autocast half fp16 bf16 dtype",
  },
  show: {
    text: "what `dnn sample` writes: `show images(e, 8x8)`, `show generate(...)`",
    example: "show images(e, 8x8)",
    // `show images(e, 8x8) every epoch`
    values: [1, 3],
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof RECORDS;

/** Settings that take one number. */
export type NumberSetting = {
  [N in SettingName]: (typeof RECORDS)[N] extends { readonly number: object } ? N : never;
}[SettingName];

/** Settings that are numbers without a line, too. */
export type StartSetting = {
  [N in NumberSetting]: (typeof RECORDS)[N]["number"] extends { readonly usual: number } ? N : never;
}[NumberSetting];

export const SETTINGS: Readonly<Record<SettingName, Setting>> = RECORDS;

export const settingNames: readonly SettingName[] = Object.keys(RECORDS).filter(isSetting);

export const numberSettings: readonly NumberSetting[] = settingNames.filter(takesNumber);

/** Whether a line of a training begins with this word. */
export function isSetting(word: string): word is SettingName {
  return Object.hasOwn(RECORDS, word);
}

export function takesNumber(word: string): word is NumberSetting {
  return isSetting(word) && SETTINGS[word].number !== undefined;
}

/** Settings whose value is one of a few words. */
export const takesWord = (word: string): word is SettingName => isSetting(word) && SETTINGS[word].isChoice === true;

export const usualOf = (name: StartSetting): number => RECORDS[name].number.usual;

export const numberOfSetting = (name: NumberSetting): SettingNumber => RECORDS[name].number;
