// Writes LeNet as an ONNX model, byte by byte: the few messages of its format (protocol buffers) that this needs. In: the weights as our
// programs keep them, places before channels. Out: the file, with channels before places as ONNX has them.

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];

/** A field of bytes: a text, or another message. */
function bytes(field: number, contents: readonly number[] | Uint8Array): number[] {
  const found = varint(field * 8 + 2).concat(varint(contents.length));
  for (const byte of contents) found.push(byte);
  return found;
}

const text = (field: number, value: string): number[] => bytes(field, utf8(value));

const FLOAT = 1;

const initializer = (name: string, { shape, values }: Weight): number[] =>
  bytes(5, [
    ...shape.flatMap((size) => number(1, size)),
    ...number(2, FLOAT),
    ...text(8, name),
    ...bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);

type Attributes = Readonly<Record<string, readonly number[] | number>>;

function node(op: string, inputs: readonly string[], output: string, attributes: Attributes = {}): number[] {
  const written = Object.entries(attributes).flatMap(([name, value]) =>
    bytes(5, [
      ...text(1, name),
      ...(typeof value === "number"
        ? [...number(3, value), ...number(20, 2)]
        : [...value.flatMap((v) => number(8, v)), ...number(20, 7)]),
    ]),
  );
  return bytes(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, op), ...written]);
}

/** Any number of rows of this shape. */
function value(field: number, name: string, shape: readonly number[]): number[] {
  const sizes = [text(2, "n"), ...shape.map((size) => number(1, size))].flatMap((size) => bytes(1, size));
  return bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...number(1, FLOAT), ...bytes(2, sizes)]))]);
}

/** Axes in another order. */
export function permuted({ shape, values }: Weight, order: readonly number[]): Weight {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const sizes = order.map((axis) => shape[axis]!);
  const found = Float32Array.from(values, (_, place) => {
    let [rest, from] = [place, 0];
    for (let axis = order.length - 1; axis >= 0; axis--) {
      from += (rest % sizes[axis]!) * strides[order[axis]!]!;
      rest = Math.floor(rest / sizes[axis]!);
    }
    return values[from]!;
  });
  return { shape: sizes, values: found };
}

export function lenetInOnnx(weight: (name: string) => Weight): Uint8Array {
  const weights: Record<string, Weight> = {};
  for (const layer of ["conv1", "conv2", "dense1", "dense2", "dense3"]) {
    weights[`${layer}.weight`] = weight(`${layer}.weight`);
    weights[`${layer}.bias`] = weight(`${layer}.bias`);
  }
  for (const layer of ["conv1", "conv2"])
    weights[`${layer}.weight`] = permuted(weight(`${layer}.weight`), [3, 2, 0, 1]);
  // Its rows are places and channels in our order.
  const first = permuted({ shape: [5, 5, 16, 120], values: weight("dense1.weight").values }, [2, 0, 1, 3]);
  weights["dense1.weight"] = { shape: [400, 120], values: first.values };
  const pool = { kernel_shape: [2, 2], strides: [2, 2] };
  const graph = [
    ...node("Conv", ["image", "conv1.weight", "conv1.bias"], "a", { kernel_shape: [5, 5], pads: [2, 2, 2, 2] }),
    ...node("Tanh", ["a"], "b"),
    ...node("AveragePool", ["b"], "c", pool),
    ...node("Conv", ["c", "conv2.weight", "conv2.bias"], "d", { kernel_shape: [5, 5] }),
    ...node("Tanh", ["d"], "e"),
    ...node("AveragePool", ["e"], "f", pool),
    ...node("Flatten", ["f"], "g"),
    ...node("Gemm", ["g", "dense1.weight", "dense1.bias"], "h"),
    ...node("Tanh", ["h"], "i"),
    ...node("Gemm", ["i", "dense2.weight", "dense2.bias"], "j"),
    ...node("Tanh", ["j"], "k"),
    ...node("Gemm", ["k", "dense3.weight", "dense3.bias"], "l"),
    ...node("Softmax", ["l"], "probabilities", { axis: 1 }),
    ...text(2, "lenet"),
    ...Object.entries(weights).flatMap(([name, of]) => initializer(name, of)),
    ...value(11, "image", [1, 28, 28]),
    ...value(12, "probabilities", [10]),
  ];
  return Uint8Array.from([...number(1, 8), ...bytes(7, graph), ...bytes(8, number(2, 13))]);
}
