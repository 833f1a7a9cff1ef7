// The usual hints for errors of data, where the place that finds one has none of its own. In: a code. Out: one sentence.

const AGAIN = "download or copy the file again";

export const USUAL_HINTS: Readonly<Record<string, string>> = {
  "data/csv-no-rows": "write the rows below the header, or name another file",
  "data/not-finite": "correct the number, or leave the row out",
  "data/empty-file": `${AGAIN}: nothing of it has arrived`,
  "data/truncated": AGAIN,
  "data/not-idx": "name the folder with the four files of MNIST as they were downloaded",
  "data/counts-differ": "name two files that belong together, as they were downloaded",
  "data/label-out-of-range": `classes are counted from 0: correct the labels, or ${AGAIN}`,
  "data/too-few": "add examples",
  "data/npy-header": "save the array with numpy.save, or several with numpy.savez",
  "data/npy-size": "save the array again: its header and its numbers do not agree",
  "data/npz-scalar": "leave it out, or save a value for each example",
  "data/corrupt-zip": "save or copy the archive again",
  "data/file-unreadable": "name an ordinary file that this user may read",
  "data/file-not-found": "relative paths start from the folder of the program",
  "data/folder-not-found": "relative paths start from the folder of the program",
  "data/too-large": "take a smaller part of the data",
};
