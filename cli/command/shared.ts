// Arguments and flags that several verbs have, each declared once.

import { type Flags, oneOf, path, text, whole } from "./flag.ts";
import type { Argument } from "./verb.ts";

export const program = { name: "file", type: path(".dnn"), description: "a .dnn program" } as const satisfies Argument;

export const programs = {
  name: "files",
  type: path(".dnn"),
  description: "programs",
  isList: true,
} as const satisfies Argument;

export const shared = {
  only: { value: "name", type: text, description: "one training of the file" },
  model: { value: "name", type: text, description: "one model of the file" },
  data: {
    value: "name=expr",
    type: text,
    isList: true,
    description: "put another source in place of a data declaration",
  },
  set: {
    value: "key=value",
    type: text,
    isList: true,
    description: "override a setting: batch=128, optimizer.lr=0.01",
  },
  weights: {
    value: "dir",
    type: path(),
    isRequired: true,
    description: "the folder of a run, RUN/latest, RUN/best or a file of weights",
  },
  device: { value: "device", type: oneOf("auto", "gpu", "cpu"), default: "auto", description: "what it runs on" },
  threads: { value: "n", type: whole(1, 64), description: "threads of the CPU engine" },
  seed: { value: "n", type: whole(0), default: 1, description: "where randomness starts" },
  json: { description: "one object" },
} as const satisfies Flags;
