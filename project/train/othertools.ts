// Weights in the files of other tools, and at addresses. In: the place that somebody names for weights. Out: a message that says
// how a training begins with their numbers all the same.

import { type Failure, failure } from "../failure.ts";

const PYTORCH = {
  tool: "PyTorch",
  write:
    'in Python, `from safetensors.torch import save_file; save_file({"net.dense1.weight": model.fc1.weight.detach().T.contiguous(), ...}, "net.safetensors")` (a convolution\'s with `.permute(2, 3, 1, 0).contiguous()`)',
};
const KERAS = {
  tool: "Keras",
  write:
    'in Python, `from safetensors.numpy import save_file; save_file({"net.dense1.weight": model.layers[0].get_weights()[0], "net.dense1.bias": model.layers[0].get_weights()[1], ...}, "net.safetensors")`',
};
const ANY = (tool: string) => ({
  tool,
  write:
    'in Python, `from safetensors.numpy import save_file; save_file({"net.dense1.weight": array, ...}, "net.safetensors")` with arrays of 32-bit floats',
});

/** By the ending of a file. */
const TOOLS: Readonly<Record<string, { readonly tool: string; readonly write: string }>> = {
  pt: PYTORCH,
  pth: PYTORCH,
  pt2: PYTORCH,
  ckpt: PYTORCH,
  h5: KERAS,
  hdf5: KERAS,
  keras: KERAS,
  onnx: ANY("ONNX"),
  pb: ANY("TensorFlow"),
  tflite: ANY("TensorFlow Lite"),
  gguf: ANY("GGUF"),
  pkl: ANY("Python's pickle"),
  joblib: ANY("scikit-learn"),
  msgpack: ANY("Flax"),
  npz: ANY("NumPy"),
  npy: ANY("NumPy"),
};

const THEN =
  "then `dnn train FILE --weights net.safetensors` begins with those that have a name and a shape of the program: `dnn summary FILE` lists its layers";

/** Undefined for a run, a file of weights, or a place that may be one. */
export function otherThanWeights(place: string): Failure | undefined {
  if (/^\w+:\/\//.test(place) && !place.startsWith("file:"))
    return failure("weights/other-tool", `${place} is an address, and weights are read from files`, {
      notes: [`download it, and write its tensors under the names of this program: ${PYTORCH.write}`],
      hint: THEN,
    });
  if (place.endsWith(".dnn"))
    return failure("weights/other-tool", `${place} is a program, and weights are what a training has saved`, {
      hint: `\`dnn train ${place}\` makes a run and says in which folder: name that one, such as runs/NAME-1`,
    });
  const ending = /pytorch_model.*\.bin$/.test(place) ? "pt" : (/\.(\w+)$/.exec(place)?.[1]?.toLowerCase() ?? "");
  const known = Object.hasOwn(TOOLS, ending) ? TOOLS[ending] : undefined;
  return known
    ? failure(
        "weights/other-tool",
        `${place} is a file of ${known.tool}, and weights are read from runs and .safetensors files`,
        {
          notes: [`write its tensors under the names of this program: ${known.write}`],
          hint: THEN,
        },
      )
    : undefined;
}
