// Weights and checkpoints: what can be wrong with a file of tensors, and with the folder of a run.
import type { Explanation } from "./explanation.ts";

export const weights: readonly Explanation[] = [
  {
    code: "weights/other-program",
    text: "The weights were saved by a program whose parameters have other names or shapes; each difference is listed.",
  },
  {
    code: "weights/not-a-checkpoint",
    text: "The file holds tensors, and was not saved by a training. `dnn train FILE --weights WEIGHTS.safetensors` starts from the tensors\nwhose names and shapes match the program, whichever tool wrote them. `predict`, `eval` and `sample` take the run that this training saves.",
  },
  {
    code: "weights/other-tool",
    text: "Weights are read from the runs of `dnn train` and from .safetensors files. Another tool's file has other names and its own order of axes, so its tensors\nare written once under the names of the program: `net.dense1.weight` is [in, out] (PyTorch's is turned), the kernel of a convolution\n[height, width, in, out]. `dnn train FILE --weights WEIGHTS.safetensors` then begins with them, and says which of them fit.",
  },
  {
    code: "weights/damaged",
    text: "A checkpoint carries a digest of its header and of every tensor, and one of them does not agree with what is in the file: a bit has changed on the disk or on the way. A run keeps its last two checkpoints: its file `latest` holds the name of the one that is used.",
  },
  {
    code: "weights/truncated",
    text: "The file of weights ends too early: it was not copied whole.",
  },
  {
    code: "weights/header-too-large",
    text: "The first eight bytes say how long the header is, and they say more than any header has: this is no safetensors file.",
  },
  {
    code: "weights/header-not-json",
    text: "A safetensors file begins with a header in JSON, and this one does not.",
  },
  {
    code: "weights/duplicate-key",
    text: "The header has one tensor twice, so it is not clear which of the two to use.",
  },
  {
    code: "weights/bad-entry",
    text: "An entry of the header has a type, a shape and two offsets; this one lacks something or has more.",
  },
  {
    code: "weights/bad-shape",
    text: "A shape is a list of whole numbers from 0.",
  },
  {
    code: "weights/bad-offsets",
    text: "Offsets are two whole numbers, the first not larger than the second.",
  },
  {
    code: "weights/size-disagrees",
    text: "The bytes that an entry takes are not as many as its shape and type need.",
  },
  {
    code: "weights/unknown-dtype",
    text: "The tensor has a type of numbers that is not read; the message lists those that are.",
  },
  {
    code: "weights/bad-metadata",
    text: "The metadata of a safetensors file are texts by name, and this one holds something else.",
  },
  {
    code: "weights/overlap",
    text: "Two tensors share bytes. A file like this was not written by a tool that keeps to the format.",
  },
  {
    code: "weights/hole",
    text: "Bytes between two tensors belong to none. The format leaves no place for anything hidden.",
  },
  {
    code: "weights/trailing-bytes",
    text: "Bytes after the last tensor belong to none.",
  },
  {
    code: "weights/no-field",
    text: "A model is given rows as the training gave them, or in the sizes of its header. No line of this training calls the model,\nthe header leaves a size open, and the data has no field that would tell it.",
  },
  {
    code: "weights/no-ensemble",
    text: "An ensemble averages what models give for the fields of the data. Where the loss changes them first, or makes them\nup, there is nothing to average.",
  },
  {
    code: "checkpoint/none",
    text: "The folder has no saved weights: name the folder of a run, such as runs/NAME-1.",
  },
  {
    code: "checkpoint/not-found",
    text: "The checkpoint that `latest` names is not in the folder.",
  },
  {
    code: "checkpoint/bad-latest",
    text: "The file `latest` of a run names its newest checkpoint, and this one names none, or something outside of the folder.",
  },
  {
    code: "checkpoint/folder-in-use",
    text: "Another process trains in this folder.",
  },
  {
    code: "checkpoint/folder-lost",
    text: "While a run was asleep for minutes (a closed laptop, a stopped process), another process on the same disk took its folder over. The run stops without saving.",
  },
  {
    code: "checkpoint/folder-has-run",
    text: "The folder holds a run already, which is never overwritten. --resume goes on with it.",
  },
  {
    code: "checkpoint/disk-full",
    text: "There is no room for the checkpoint. The one before it is still whole.",
  },
  {
    code: "checkpoint/read-only",
    text: "The folder of the run cannot be written.",
  },
  {
    code: "checkpoint/failed",
    text: "The checkpoint could not be written; the message says why. The one before it is still whole.",
  },
  {
    code: "module/other-build",
    text: "A built module and its file of weights are made together: the file holds kernels, too, and begins with a number that the module\nknows. This file is of another program, or a part of it is missing. Weights of another training of the same program fit.",
  },
  {
    code: "module/not-loaded",
    text: "A file that lies beside a built module cannot be loaded: its weights, or the decoder of JPEG pictures.",
  },
  {
    code: "weights/nothing-fits",
    text: "Weights of another run are taken where the program has a tensor of the same name and shape: the model's name, then\nthe kinds and numbers of its layers, as in `net.dense2.weight`. `dnn summary` lists them.",
  },
];
