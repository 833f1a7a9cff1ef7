// The programs that `dnn new` starts from: each runs as it stands.

export interface TemplateFile {
  readonly name: string;
  readonly text: string;
}

const mlp = `# A multilayer perceptron on rendered digits. Lines flow from top to bottom, and a line is a layer.
model mlp(image: [28, 28, 1]) {   # height, width, depth; the batch is never written
  flatten
  dense 256; relu                 # input sizes are computed
  dense 10                        # one number for each class
}

data digits = digits()            # your own: mnist("folder"), csv("file.csv", label="species"), npz("file.npz")

train mlp on digits {             # image and label are fields of the data
  loss      cross_entropy(mlp(image), label)
  metric    accuracy(mlp(image), label)
  optimizer sgd lr=0.05 momentum=0.9
  batch     64
  epochs    5
}
`;

const lenet = `# LeNet-5 (LeCun et al., 1998): convolutions see small windows, pools halve the picture.
model lenet(image: [28, 28, 1]) {
  conv 5x5 6 p2; tanh             # 6 filters of 5x5, padding 2
  avgpool 2x2
  conv 5x5 16; tanh
  avgpool 2x2
  flatten
  dense 120; tanh
  dense 84; tanh
  dense 10
}

data digits = digits()            # or mnist("folder with the idx files")

train lenet on digits {
  loss      cross_entropy(lenet(image), label)
  metric    accuracy(lenet(image), label)
  optimizer adam lr=1e-3
  batch     64
  epochs    3
}
`;

const charlm = `# A character language model (Karpathy, 2015): at every step, which character comes next?
model charlm(text: [T] of V) {    # T steps, each one of V characters; both are read off the data
  embed 32
  lstm 96                         # a cell runs over the sequence
  dense V
}

data corpus = text("corpus.txt", seq=32)   # any text; the last tenth is held out

train charlm on corpus {
  loss      cross_entropy(charlm(text), next)
  metric    accuracy(charlm(text), next)
  optimizer adam lr=5e-3
  clip      5                     # gradients through time can explode
  batch     8
  epochs    60
}
# then: dnn sample charlm.dnn --weights runs/charlm-1 --prompt "The "
`;

/** Lewis Carroll, Jabberwocky (1871). */
const poem = `'Twas brillig, and the slithy toves
Did gyre and gimble in the wabe;
All mimsy were the borogoves,
And the mome raths outgrabe.

"Beware the Jabberwock, my son!
The jaws that bite, the claws that catch!
Beware the Jubjub bird, and shun
The frumious Bandersnatch!"

He took his vorpal sword in hand:
Long time the manxome foe he sought.
So rested he by the Tumtum tree,
And stood awhile in thought.

And as in uffish thought he stood,
The Jabberwock, with eyes of flame,
Came whiffling through the tulgey wood,
And burbled as it came!

One, two! One, two! And through and through
The vorpal blade went snicker-snack!
He left it dead, and with its head
He went galumphing back.
`;

const gan = `# A generative adversarial network (Goodfellow et al., 2014), its algorithm line for line.
model G(z: [8])  { dense 32; relu; dense 32; relu; dense 2 }        # noise to points
model D(x: [2])  { dense 32; relu; dense 32; relu; dense 1; sigmoid } # points to "is it real?"

data ring = gaussians()           # eight clouds on a circle

train gan(k=1) on ring {
  repeat k {
    step D { z = normal([8]); maximize mean(log(D(x))) + mean(log(1 - D(G(z)))) }
  }
  step G   { z = normal([8]); maximize mean(log(D(G(z)))) }
  optimizer adam lr=1e-3 beta1=0.5
  batch     64
  epochs    20
}
`;

/** Files by the template's name; the first is the program. */
export const templates = {
  mlp: [{ name: "mlp.dnn", text: mlp }],
  lenet: [{ name: "lenet.dnn", text: lenet }],
  charlm: [
    { name: "charlm.dnn", text: charlm },
    { name: "corpus.txt", text: poem },
  ],
  gan: [{ name: "gan.dnn", text: gan }],
} as const satisfies Readonly<Record<string, readonly [TemplateFile, ...TemplateFile[]]>>;

export const templateNames = Object.keys(templates) as (keyof typeof templates)[];
