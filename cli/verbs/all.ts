// The verbs, in the order of `dnn --help`. Each file is loaded when its verb is called, so that `check` starts no engine.

import type { VerbEntry } from "../command/verb.ts";

export const verbs: readonly VerbEntry[] = [
  {
    name: "train",
    description: "compile and train, with checkpoints under runs/",
    load: () => import("./trainings/train.ts"),
  },
  {
    name: "check",
    description: "find mistakes without running anything; exit 1 on errors",
    load: () => import("./programs/check.ts"),
  },
  {
    name: "summary",
    description: "the layers of a model: shapes, parameters, multiply-adds",
    load: () => import("./programs/summary.ts"),
  },
  {
    name: "data",
    description: "what a program's data is: fields, ranges, classes, and what is remarkable",
    load: () => import("./programs/data.ts"),
  },
  {
    name: "eval",
    description: "loss and metrics of trained weights on held-out data",
    load: () => import("./models/evaluate.ts"),
  },
  {
    name: "predict",
    description: "a trained model's output for given rows",
    load: () => import("./models/predict.ts"),
  },
  {
    name: "sample",
    description: "what a training shows, or text from a character model",
    load: () => import("./models/sample.ts"),
  },
  {
    name: "runs",
    description: "all runs, with what each was and reached",
    load: () => import("./trainings/runs.ts"),
  },
  {
    name: "report",
    description: "a page of a run: curves, confusions, worst mistakes, layers",
    load: () => import("./trainings/report.ts"),
  },
  {
    name: "compare",
    description: "runs beside one another: a table, and curves as a page",
    load: () => import("./trainings/compare.ts"),
  },
  {
    name: "sweep",
    description: "a training with many settings and seeds: which is best, and how sure",
    load: () => import("./trainings/sweep.ts"),
  },
  {
    name: "lr-find",
    description: "a learning rate to start with: losses while the rate grows",
    load: () => import("./trainings/lrfind.ts"),
  },
  {
    name: "fmt",
    description: "one canonical layout, in place",
    load: () => import("./programs/fmt.ts"),
  },
  {
    name: "graph",
    description: "a drawing of the layers of a model, or of its operations and gradients",
    load: () => import("./programs/graph.ts"),
  },
  {
    name: "bench",
    description: "the kernels of a training step: time, GFLOP/s, GB/s, share of what the machine can do",
    load: () => import("./trainings/bench.ts"),
  },
  {
    name: "build",
    description: "the generated kernels and the plan, readable",
    load: () => import("./models/build.ts"),
  },
  {
    name: "new",
    description: "a commented program to start from",
    load: () => import("./programs/new.ts"),
  },
  {
    name: "explain",
    description: "what an error means, or what a layer, function, data source or setting does",
    load: async () => (await import("./programs/explain.ts")).explainOf(verbs),
  },
  {
    name: "completion",
    description: "verbs and flags completed by the shell",
    load: async () => (await import("./tools/completion.ts")).completionOf(verbs),
  },
  {
    name: "lsp",
    description: "the language server for editors",
    load: () => import("./tools/lsp.ts"),
  },
  {
    name: "doctor",
    description: "what this machine offers",
    load: () => import("./tools/doctor.ts"),
  },
];
