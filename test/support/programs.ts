// Whole training programs that every level of the compiler and every engine is compared on, with values for their leaves.

import type { Field, TrainStep } from "../../compiler/check/training/lines/types.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { topological } from "../../compiler/graph/node.ts";
import { type Tensor, tensor } from "../../compiler/graph/tensor.ts";
import type { EntryPart } from "../../compiler/loops/entry.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { Random } from "../../runtime/data/random.ts";

const image = [
  { name: "image", shape: [9, 8, 3] },
  { name: "label", shape: [], classes: 5 },
];
const text = [
  { name: "text", shape: [5], classes: 7 },
  { name: "next", shape: [5], classes: 7 },
];

const classify = (body: string, optimizer = "sgd lr=0.1 momentum=0.9") => `
model net(image: [H, W, C]) { ${body} }
train net on d { loss cross_entropy(net(image), label); metric accuracy(net(image), label); optimizer ${optimizer}; batch 5 }`;
const language = (body: string, rest = "optimizer adam lr=0.01; clip 1") => `
model net(text: [T] of V) { ${body} }
train net on d { loss cross_entropy(net(text), next); ${rest}; batch 5 }`;

const TRANSFORMER = `
model net(text: [T] of V) {
  e = embed 8
  param place: [16, 8] = normal std=0.02
  e
  it + place[0:T]
  residual { layernorm; attention 2 causal }
  residual { layernorm; dense 12; gelu; dense 8 }
  layernorm
  it @ transpose(e.weight)
}
train net on d { loss cross_entropy(net(text), next); optimizer adam lr=0.01; batch 5 }`;

export const CASES: readonly {
  readonly name: string;
  readonly program: string;
  readonly fields: readonly Field[];
}[] = [
  {
    name: "dense layers and activations",
    program: classify("flatten; dense 17; relu; dense 9; gelu; dense 5; elu; dense 5"),
    fields: image,
  },
  {
    name: "strided, padded and dilated convolutions",
    program: classify("conv 3x3 6 s2 p1; tanh; conv 3x2 4 d2 p2 floor; sigmoid; flatten; dense 5"),
    fields: image,
  },
  {
    name: "grouped convolutions and pools",
    program: classify(
      "conv 3x3 6 g3 p1; relu; maxpool 2x2 floor; conv 1x1 4 g2; avgpool 2x2 p1 s1; flatten; dense 5",
      "adamw lr=0.01",
    ),
    fields: image,
  },
  {
    name: "transposed convolutions",
    program: classify("conv 2x2 4 s2 floor; upconv 4x3 5 s2 p1; leaky_relu; flatten; dense 5", "rmsprop"),
    fields: image,
  },
  {
    name: "batch and layer norm, residual branches",
    program: classify(
      "conv 3x3 4 p1; batchnorm; residual { conv 3x3 4 p1 nobias; batchnorm; relu }; layernorm; avgpool global; dense 5",
      "adagrad lr=0.1",
    ),
    fields: image,
  },
  {
    name: "concatenated branches",
    program: classify("concat { branch { conv 1x1 3 }; branch { conv 3x3 5 p1; silu } }; maxpool global; dense 5"),
    fields: image,
  },
  {
    name: "layers of one unit",
    program: classify("flatten; dense 4; relu; dense 1; sigmoid; dense 8; tanh; dense 1; tanh; dense 5"),
    fields: image,
  },
  {
    name: "a gate for each place",
    program: classify("conv 3x3 4 p1; relu; it * sigmoid(dense(1)(relu(dense(3)(it)))); avgpool global; dense 5"),
    fields: image,
  },
  {
    name: "attention pooling over time",
    program:
      "model net(text: [T] of V) { onehot; s = softmax(dense(1)(tanh(dense(4)(it)))[:, 0]); s @ it; dense 3 }\ntrain net on d { loss mse(net(text), 1); batch 5 }",
    fields: text,
  },
  {
    name: "one channel beside others",
    program: classify(
      "concat { branch { conv 3x3 1 p1 }; branch { tanh }; branch { conv 1x1 1 } }; maxpool 2x2 floor; flatten; dense 5",
    ),
    fields: image,
  },
  { name: "stacked lstm", program: language("embed 6; lstm 10; lstm 7; dense V"), fields: text },
  {
    name: "a cell that reads a part of each step",
    program: `cell part() { state s: [3] = 0.3; s = tanh(it[1:4]); s }\n${language("embed 5; part(); dense V")}`,
    fields: text,
  },
  {
    name: "gru, rnn and last",
    program:
      "model net(text: [T] of V) { onehot; gru 9; rnn 4; last; dense 3 }\ntrain net on d { loss mse(net(text), 1); optimizer momentum lr=0.1; batch 5 }",
    fields: text,
  },
  {
    name: "peephole and coupled lstm",
    program: language("embed 6; lstm_peephole 5; lstm_coupled 4; gru_after 6; dense V", "optimizer nesterov lr=0.05"),
    fields: text,
  },
  {
    name: "bidirectional cells and free-running ones",
    program: `
block both(body) { concat(body(it), reverse(fresh(body)(reverse(it)))) }
cell speaker(n, memory, W) {
  state h: [n], prev: [] of W = 0
  word = it
  concat(embed(3)(prev), softmax(memory @ dense(depth(memory))(h)) @ memory)
  lstm n -> h
  dense W -> logits
  prev = if given(word) then word else argmax(logits)
  logits
}
model net(text: [S] of V, next: [T] of W = none) { embed 4; both { lstm 6 } -> memory; speaker(5, memory, W)(next, steps=4) }
train net on d { loss cross_entropy(net(text, next), next); metric free = mean(net(text)); optimizer adam lr=0.01; batch 5 }`,
    fields: text,
  },
  {
    name: "loops of which the last turn alone is read",
    program: `
fn settle(v, x) { repeat 16 { v = tanh(1.2 * v + x) }; v }
model net(text: [T] of V) {
  param q: [17] = 0.5
  param r: [17] = 0.5
  embed 6; gru 7; dense V
}
train net on d {
  step net {
    minimize cross_entropy(net(text), next)
    update net.q = solve(eye(17) + outer(net.q, net.r), ones([17]))
    update net.r = settle(net.r, 0.1 * net.q)
  }
  optimizer sgd lr=0.1; batch 5
}`,
    fields: text,
  },
  { name: "a transformer with tied weights", program: TRANSFORMER, fields: text },
  {
    name: "schedules",
    program: language("embed 4; rnn 5; dense V", "optimizer sgd lr=0.5; schedule warmup(2) * sgdr(period=1)"),
    fields: text,
  },
];

/** Random leaves: parameters around zero, variances and counters positive, classes in range. */
export function leavesOf(nodes: readonly Node[], batch: number, fields: readonly Field[]): Map<Node, Tensor> {
  const random = new Random(3);
  const leaves = topological(nodes).filter((n) => n.op === "parameter" && n.attributes.role !== "local");
  return new Map(
    leaves.map((leaf) => {
      const value = tensor(leaf.shape.map((d) => (typeof d === "number" ? d : batch)));
      const classes = fields.find((f) => f.name === leaf.attributes.name)?.classes;
      for (let i = 0; i < value.data.length; i++) {
        const draw = random.uniform(-1, 1);
        value.data[i] = classes
          ? random.integer(classes)
          : Math.fround(leaf.attributes.role === "state" ? 0.1 + Math.abs(draw) : draw / 2);
      }
      return [leaf, value] as const;
    }),
  );
}

/** The part of an entry that runs a training step whose results are `nodes`, with fields written by hand. */
export function partOf(step: TrainStep, nodes: readonly Node[], batch: number): EntryPart {
  const goals = step.results.map((r, i) => ({
    name: r.name,
    node: nodes[i]!,
    ...(r.into === undefined ? {} : { into: r.into }),
  }));
  return { name: step.name, lowered: lowerGraph(goals, batch), logged: step.logged, fields: [] };
}
