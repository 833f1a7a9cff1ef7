// The usual hints for errors of weights, where the place that finds one has none of its own. In: a code. Out: one
// sentence.

const OTHER_FILE = "copy the file again, or save it again with the safetensors library";

export const USUAL_HINTS: Readonly<Record<string, string>> = {
  "checkpoint/not-found": "name the folder of a run, such as runs/NAME-1",
  "checkpoint/failed": "free the folder or choose another one with --out, then resume",
  "checkpoint/bad-latest": "write the name of a checkpoint of that folder into it",
  "checkpoint/disk-full": "free some space, then resume",
  "weights/header-too-large": "name a .safetensors file, or the folder of a run",
  "weights/header-not-json": "name a .safetensors file, or the folder of a run",
  "weights/unknown-dtype": "save the tensor as F32",
  "weights/truncated": "copy the file again, or use an earlier checkpoint",
  "weights/duplicate-key": OTHER_FILE,
  "weights/bad-entry": OTHER_FILE,
  "weights/bad-shape": OTHER_FILE,
  "weights/bad-offsets": OTHER_FILE,
  "weights/size-disagrees": OTHER_FILE,
  "weights/bad-metadata": OTHER_FILE,
  "weights/overlap": OTHER_FILE,
  "weights/hole": OTHER_FILE,
  "weights/trailing-bytes": OTHER_FILE,
};
