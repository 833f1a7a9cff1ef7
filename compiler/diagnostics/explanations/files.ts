// Files: programs, data, weights; and the machine.

import type { Explanation } from "./all.ts";

export const files: readonly Explanation[] = [
  { code: "source/not-found", text: "There is no program at this path." },
  { code: "source/folder", text: "A folder is named where a program is needed." },
  { code: "source/not-text", text: "Programs are UTF-8 text." },
  { code: "source/unreadable", text: "The program is there and cannot be read." },
  {
    code: "imports/cannot-read",
    text: "An imported file is missing, lies outside of the project, or files import each other in a circle.",
  },
  { code: "imports/no-such-name", text: "The imported file does not define this name." },
  {
    code: "data/file-not-found",
    text: "A data source names a file that is not there. Relative paths start from the folder of the program; those of\n--data from the current folder.",
  },
  {
    code: "data/folder-not-found",
    text: "A data source names a folder that is not there. Relative paths start from the folder of the program; those of\n--data from the current folder.",
  },
  { code: "data/unknown-source", text: "What stands after `data NAME =` is not a source. The message lists them." },
  { code: "data/bad-argument", text: "A source is given a value it does not take; the message shows what it takes." },
  { code: "data/web-page", text: "The file is a web page: the download gave an error page instead of the data." },
  { code: "data/truncated", text: "The file ends before the data that its header promises: the download was cut off." },
  { code: "data/too-large", text: "The data would not fit what one field may have, or one file." },
  { code: "data/too-few", text: "Too few examples to train on, or to hold out." },
  { code: "data/text-too-short", text: "The text has less than one window of characters. A smaller `seq` fits." },
  { code: "data/unknown-character", text: "A prompt has a character that the model has never seen." },
  { code: "data/csv-ragged", text: "A row of the table has another number of cells than its header." },
  {
    code: "data/csv-missing",
    text: 'A cell is empty. `missing="drop"` leaves such rows out, `missing="mean"` fills them in.',
  },
  { code: "data/label-out-of-range", text: "A class is a whole number from 0 to the number of classes less one." },
  {
    code: "weights/other-program",
    text: "The weights were saved by a program whose parameters have other names or shapes; each difference is listed.",
  },
  { code: "weights/not-a-checkpoint", text: "The file holds tensors, and was not saved by a training." },
  { code: "weights/truncated", text: "The file of weights ends too early." },
  { code: "checkpoint/none", text: "The folder has no saved weights: name the folder of a run, such as runs/NAME-1." },
  { code: "checkpoint/folder-in-use", text: "Another process trains in this folder." },
  {
    code: "checkpoint/folder-has-run",
    text: "The folder holds a run already, which is never overwritten. --resume goes on with it.",
  },
  { code: "checkpoint/disk-full", text: "There is no room for the checkpoint. The one before it is still whole." },
  { code: "checkpoint/read-only", text: "The folder of the run cannot be written." },
  { code: "input/mismatch", text: "The rows that are given do not have the shape of the model's input." },
  {
    code: "sample/not-text",
    text: "`dnn sample` writes on with models that rank the next character at every step of a text.",
  },
  {
    code: "limits/memory",
    text: "A training has one memory of at most 4 GiB, which holds the data, the parameters and what a step keeps. A smaller\nbatch, model or data set fits.",
  },
  { code: "machine/no-gpu", text: "A GPU was asked for and there is none. `dnn doctor` says what was looked for." },
  {
    code: "limits/gpu",
    text: "A GPU allows buffers of a certain size only, and this plan needs a larger one. A smaller batch fits, or `--device cpu`.",
  },
];
