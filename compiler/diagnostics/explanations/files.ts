// Files of programs, their limits, and the machine.
import type { Explanation } from "./explanation.ts";

export const files: readonly Explanation[] = [
  { code: "source/not-found", text: "There is no program at this path." },
  { code: "source/folder", text: "A folder is named where a program is needed." },
  {
    code: "source/not-program",
    text: "A file of data is named where a program is needed. A program is a file of its own, ends in .dnn and names its data.",
  },
  { code: "source/not-text", text: "Programs are UTF-8 text." },
  { code: "source/unreadable", text: "The program is there and cannot be read." },
  {
    code: "imports/cannot-read",
    text: "An imported file is missing, lies outside of the project, or files import each other in a circle.",
  },
  { code: "imports/no-such-name", text: "The imported file does not define this name." },
  { code: "input/mismatch", text: "The rows that are given do not have the shape of the model's input." },
  {
    code: "sample/not-text",
    text: "`dnn sample` draws what the `show` lines of a training say. Of one that has none, it writes on with a model that ranks the next\ncharacter at every step of a text.",
  },
  {
    code: "limits/memory",
    text: "A training has one memory of at most 4 GiB, which holds the data, the parameters and what a step keeps. A smaller\nbatch, model or data set fits.",
  },
  {
    code: "output/failed",
    text: "What the command prints went into a file or device that takes nothing more. A training saves before it ends.",
  },
  { code: "machine/no-gpu", text: "A GPU was asked for and there is none. `dnn doctor` says what was looked for." },
  {
    code: "machine/old",
    text: "A built module is WebAssembly with vectors whose products are added in one step (relaxed SIMD). Node has them from version 22 on, and so\nhave browsers of the last years.",
  },
  {
    code: "machine/gpu-failed",
    text: "A GPU was found, but its driver refused the program, or the device was lost while it worked: it was unplugged, its driver was restarted or broke down. A kernel that is refused is named with the line of the program that it is for. A training whose device is lost starts the GPU again and goes on from its last state in memory, with the results of one that was not lost; a GPU that fails three times without that the training comes further ends it with this error, or, with `--device auto`, leaves it to the processor. A training is also saved after every epoch and every five minutes, and the hint has the command that goes on from there. `--device cpu` runs everywhere.",
  },
  {
    code: "limits/gpu",
    text: "A GPU allows buffers of a certain size only, and so many of them in one kernel. A program is shared out among several buffers; but the values of one line, or a weight, must fit one, and what a kernel reads and writes must fit those that it may have. A smaller batch fits, or `--device cpu`.",
  },
];
