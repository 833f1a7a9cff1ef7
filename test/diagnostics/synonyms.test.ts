// Proves that the words of other frameworks are known: at least eighty of them, each with a word that this language has, told
// where the word is written, in the way it is written here.

import { expect, test } from "vitest";
import { builtins } from "../../compiler/check/builtins/all.ts";
import { adviceOn, foreignWords, synonymOf } from "../../compiler/check/names/synonyms.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { machine, openText } from "../support/opened.ts";

test("there are at least eighty, and none is one of ours", () => {
  expect(foreignWords.length).toBeGreaterThanOrEqual(80);
  expect(new Set(foreignWords).size).toBe(foreignWords.length);
});

/** Names of parameters that the library's definitions have. */
function parameterNames(): Set<string> {
  const scope = machine.library;
  const names = scope.all().flatMap((n) => {
    const value = scope.get(n);
    return value?.kind === "definition" ? value.definition.parameters.map((p) => p.name.text) : [];
  });
  for (const { parameters } of Object.values(builtins)) names.push(...Object.keys(parameters));
  return new Set(names);
}

test("what each is called here exists", () => {
  const scope = machine.library;
  const parameters = parameterNames();
  for (const word of foreignWords) {
    const ours = synonymOf(word)?.split(" ")[0];
    if (ours === undefined) expect(adviceOn(word), word).toMatch(/\w/);
    else
      expect(scope.get(ours) !== undefined || Object.hasOwn(builtins, ours) || parameters.has(ours), ours).toBe(true);
  }
});

const PICTURE = (line: string): string => `model m(x: [8, 8, 3]) {\n  ${line}\n}\n`;
const TRAIN = (line: string): string =>
  `model m(x: [2]) { dense 2 }\ndata d = xor()\ntrain m on d {\n  loss cross_entropy(m(x), label)\n  ${line}\n}\n`;

const SEQUENCE = (line: string): string => `model m(x: [T] of V) { embed 16; ${line}; last; dense 2 }\n`;
const LOSS = (loss: string): string => `model m(x: [2]) { dense 2 }\ndata d = xor()\ntrain m on d { loss ${loss} }\n`;

test.each([
  [PICTURE("flatten 1"), "write `flatten` alone"],
  [PICTURE("flatten start_dim=1"), "`flatten` alone"],
  [PICTURE("global_average_pooling"), "`avgpool global`"],
  [PICTURE("separable_conv 3x3 8"), "g32"],
  [PICTURE("conv_transpose 3x3 8"), "`upconv`"],
  [PICTURE("x.size(0)"), "`shape(x)[0]`"],
  [PICTURE("x.T"), "`transpose(x)`"],
  [PICTURE("x.detach()"), "write `stop(x)`"],
  [SEQUENCE("it.mean(dim=1)"), "`mean(it, over=time)`"],
  [SEQUENCE("it[:, -1, :]"), "leave out the first `:`"],
  [SEQUENCE("attention(it, it, it)"), "`attend(q, k, v)`"],
  [SEQUENCE("attention num_heads=4"), "`num_heads` is called `n`"],
  [SEQUENCE("lstm 16 32"), "write `lstm 32`"],
  [SEQUENCE("lstm 32 bidirectional=true"), "`bidirectional { lstm 64 }`"],
  [SEQUENCE("gru 32 dropout=0.1"), "`gru 64; dropout 0.2`"],
  [SEQUENCE("transformer_encoder 64 4 256"), "attention 4"],
  [SEQUENCE("positional_encoding"), "place[0:T]"],
  [SEQUENCE("dense 4 trainable=false"), "`fixed dense 64`"],
  [SEQUENCE('dense 4 name="fc"'), "`-> name`"],
  [LOSS("cross_entropy(m(x), label, weight=[1, 2])"), "[label] * cross_entropy"],
  [LOSS("bce(m(x), label, pos_weight=3)"), "(1 + 2 * label) * bce"],
  [LOSS("cross_entropy(m(x), label, from_logits=true)"), "leave it out"],
  [LOSS("cross_entropy(m(x), x)"), "`mse(m(x), x)`"],
  [TRAIN("optimizer adam weight_decay=0.1"), "`optimizer adamw lr=1e-3 decay=0.01`"],
  [TRAIN("optimizer adam clipnorm=1"), "`clip 1`"],
  [PICTURE("Conv2d 3x3 4"), "`Conv2d` is called `conv`"],
  [PICTURE("Conv2d(3, 4, 3)"), "sizes of inputs are inferred"],
  [PICTURE("Linear 4"), "`Linear` is called `dense`"],
  [PICTURE("dense units=4"), "`units` is called `n`"],
  [PICTURE("conv 4 kernel_size=3"), "`kernel_size` is called `size`"],
  [PICTURE("conv 3x3 4; BatchNorm2d"), "`BatchNorm2d` is called `batchnorm`"],
  [PICTURE("conv 3x3 num_filters=4"), "`num_filters` is called `filters`"],
  [PICTURE("conv 3x3 4 activation=relu"), "line of its own"],
  [PICTURE("MaxPooling2D 2x2"), "`MaxPooling2D` is called `maxpool`"],
  [PICTURE("GlobalAveragePooling2D"), "`avgpool global`"],
  [PICTURE("Dropout 0.5"), "`Dropout` is called `dropout`"],
  [PICTURE("F.relu(x)"), "`F.relu`"],
  [PICTURE("torch.nn.Flatten()"), "`nn.Flatten` is called `flatten`"],
  [PICTURE("keras.layers.Dense(3)"), "`layers.Dense` is called `dense`"],
  [TRAIN("optimizer Adam lr=0.01"), "`Adam` is called `adam`"],
  [TRAIN("optimizer sgd weight_decay=0.1"), "`weight_decay` is called `decay`"],
  [TRAIN("batch_size 4"), "it is called `batch`"],
  [TRAIN("learning_rate 0.1"), "`optimizer sgd lr=0.1`"],
  [TRAIN("epocs 4"), "did you mean `epochs`"],
  ["[convolutional]\nfilters=32\n", "`[convolutional]` is called `conv`"],
  ["[maxpool]\nsize=2\n", "maxpool"],
  ["[shortcut]\nfrom=-3\n", "`[shortcut]` is called `residual`"],
  ["[net]\nbatch=64\n", "a network is a model"],
])("%j", async (text, hint) => {
  const [first] = (await checkOpened(openText("net.dnn", text))).filter((d) => d.severity === "error");
  expect(first?.hint).toContain(hint);
});
