// Weights of another run as the start of a training. In: the run's tensors and the shapes that the program has. Out: the tensors
// that fit by name and shape, under the program's names, and one line for the user of what was taken and what was not.

import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { type Named, underCurrentNames } from "../../compiler/check/frame/renamed.ts";
import { showTensor, type Tensor } from "../../runtime/checkpoint/tensor.ts";
import { companionName, isOfTraining } from "../../runtime/plan.ts";
import { failure } from "../failure.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

export interface WarmStart {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly lines: readonly string[];
}

/** Names that are listed before the rest is only counted. */
const LISTED = 6;

/** Tensors that the program learns, and which of them had other names before. */
interface Wanted {
  readonly shapes: Shapes;
  readonly learned?: readonly Named[];
}

/** States of an optimizer and figures of the data belong to the run that made them. */
const isWeight = (name: string): boolean => !isOfTraining(name) && !name.startsWith("data.");

export function fitted(file: ReadonlyMap<string, Tensor>, { shapes, learned = [] }: Wanted, folder: string): WarmStart {
  const wanted = [...shapes].filter(([name]) => isWeight(name));
  const source = sourceOf(
    [...file.keys()].filter(isWeight),
    wanted.map(([name]) => name),
  );
  const theirNames = learned.map(({ path, renamings }) => ({ path: source(path), renamings }));
  const run = underCurrentNames(file, theirNames);
  const tensors = new Map<string, Tensor>();
  const seen = new Set<string>();
  const [missing, differing]: [string[], string[]] = [[], []];
  for (const [name, shape] of wanted) {
    const theirs = source(name);
    // Where a training kept moving averages, they are the weights.
    const found = run.get(companionName(theirs, "average")) ?? run.get(theirs);
    if (!found) missing.push(name);
    else if (found.shape.join() !== shape.join() || found.dtype !== "F32") {
      seen.add(theirs);
      const there = found.dtype === "F32" ? `[${found.shape.join(", ")}]` : showTensor(found);
      differing.push(`${name} [${shape.join(", ")}], there ${there}`);
    } else {
      seen.add(theirs);
      tensors.set(name, found);
    }
  }
  if (tensors.size === 0)
    throw failure("weights/nothing-fits", `no weights of ${folder} fit this program by name and shape`, {
      notes: [
        ...listed(
          "not in it",
          missing.map((name) => `${name} [${lookUp(shapes, name).join(", ")}]`),
        ),
        ...listed("of another size", differing),
        ...listed(
          "it has",
          [...file].flatMap(([name, t]) => (isWeight(name) ? [`${name} ${showTensor(t)}`] : [])),
        ),
      ],
      hint: "weights are matched by the model's name and the kind and number of its layers: `dnn summary` shows both",
    });
  const left = [...run.keys()].filter((name) => isWeight(name) && !seen.has(name));
  return {
    tensors,
    lines: [
      `from ${folder}: ${tensors.size} of ${wanted.length} tensors`,
      ...listed("not in it, start as they are declared", missing),
      ...listed("of another size, start as they are declared", differing),
      ...listed("in it and not used", left),
    ],
  };
}

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
  return [`${what}: ${names.slice(0, LISTED).join("; ")}${more}`];
}

/** The name in the run for one of the program: its own, or where each has one model that the other lacks, that model's. */
function sourceOf(run: readonly string[], program: readonly string[]): (name: string) => string {
  const modelsOf = (names: readonly string[]): Set<string> =>
    new Set(names.filter((n) => n.split(".").length > 2).map((n) => n.replace(/\..*/, "")));
  const [theirs, ours] = [modelsOf(run), modelsOf(program)];
  const [only, ...others] = [...ours].filter((m) => !theirs.has(m));
  const [from, ...more] = [...theirs].filter((m) => !ours.has(m));
  if (only === undefined || from === undefined || others.length + more.length > 0) return (name) => name;
  return (name) => (name.startsWith(`${only}.`) ? `${from}${name.slice(only.length)}` : name);
}
