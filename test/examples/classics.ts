// Published sizes of the classic networks. They have no data here: their models are checked, not trained.

export interface Classic {
  readonly params: number;
  /** Weighted layers on the longest way. */
  readonly depth: number;
  readonly size: number;
  /** Shapes that the network goes through, in order. */
  readonly shapes: readonly string[];
}

const VGG = [
  "[112, 112, 64]",
  "[56, 56, 128]",
  "[28, 28, 256]",
  "[14, 14, 512]",
  "[7, 7, 512]",
  "[25088]",
  "[4096]",
  "[1000]",
];
const BOTTLENECKS = [
  "[112, 112, 64]",
  "[56, 56, 256]",
  "[28, 28, 512]",
  "[14, 14, 1024]",
  "[7, 7, 2048]",
  "[2048]",
  "[1000]",
];

export const CLASSICS: Readonly<Record<string, Classic>> = {
  alexnet: {
    params: 60_965_224,
    depth: 8,
    size: 227,
    shapes: [
      "[55, 55, 96]",
      "[27, 27, 96]",
      "[27, 27, 256]",
      "[13, 13, 256]",
      "[13, 13, 384]",
      "[6, 6, 256]",
      "[9216]",
      "[1000]",
    ],
  },
  vgg16: {
    params: 138_357_544,
    depth: 16,
    size: 224,
    shapes: VGG,
  },
  vgg19: {
    params: 143_667_240,
    depth: 19,
    size: 224,
    shapes: VGG,
  },
  googlenet: {
    params: 6_998_552,
    depth: 22,
    size: 224,
    shapes: [
      "[112, 112, 64]",
      "[56, 56, 64]",
      "[56, 56, 192]",
      "[28, 28, 192]",
      "[28, 28, 256]",
      "[28, 28, 480]",
      "[14, 14, 480]",
      "[14, 14, 512]",
      "[14, 14, 528]",
      "[14, 14, 832]",
      "[7, 7, 832]",
      "[7, 7, 1024]",
      "[1024]",
      "[1000]",
    ],
  },
  resnet18: {
    params: 11_689_512,
    depth: 18,
    size: 224,
    shapes: ["[112, 112, 64]", "[56, 56, 64]", "[28, 28, 128]", "[14, 14, 256]", "[7, 7, 512]", "[512]", "[1000]"],
  },
  resnet50: {
    params: 25_557_032,
    depth: 50,
    size: 224,
    shapes: BOTTLENECKS,
  },
  resnet152: {
    params: 60_192_808,
    depth: 152,
    size: 224,
    shapes: BOTTLENECKS,
  },
};
