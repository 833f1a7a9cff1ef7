// In: a .npz file of arrays that share their first axis. Out: one field per array, under the array's name (`arrays/`).

import type { Source } from "../source.ts";
import { examineStream, STREAM_PARAMETERS } from "../streamed.ts";

export const npz: Source = {
  name: "npz",
  documentation: "NumPy arrays saved with numpy.savez: one field per array, the first axis counts the examples.",
  parameters: [
    { name: "file", kind: "path", documentation: "a .npz file with arrays of numbers, booleans or texts" },
    {
      name: "split",
      kind: "fraction",
      default: 0.8,
      documentation: "the share of the shuffled examples that trains, where there is no x_test beside x_train",
    },
    {
      name: "classes",
      kind: "names",
      default: "",
      documentation: 'arrays of whole numbers that are classes, and how many there are: ["text: 20000"]',
    },
    {
      name: "padding",
      kind: "integer",
      default: "none",
      documentation:
        "the whole number, such as 0 or -1, that fills shorter sequences up, before or behind them: what is left is as long as it is; of the arrays in classes, or of all with a row of whole numbers for each example",
    },
    ...STREAM_PARAMETERS,
  ],
  fields: [
    {
      name: "<array>",
      type: "[...] or class K",
      documentation:
        "numbers as they are; integers are classes when called label, y or target(s), one per example, or declared so by a model; length or NAME_length says how long sequences are",
    },
  ],
  generated: false,
  examine: examineStream,
  // Archives are read by few programs: a page loads what reads them when it meets one.
  load: async (given, around) => (await import("../arrays/archive.ts")).loadArchive(given, around),
};
