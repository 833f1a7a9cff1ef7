// Names and fields: what they stand for, and for one that stands for nothing what may be meant.

import type { Expression, Name, Statement } from "../../../grammar/syntax/ast.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import { showDim } from "../../arithmetic/dim.ts";
import { builtins } from "../builtins/all.ts";
import type { Frame } from "../frame/frame.ts";
import { findLearned, renamedWarning } from "../frame/renamed.ts";
import { frameworkAdvice, suggestion, unboundHint } from "../names/didyoumean.ts";
import { adviceOn, synonymOf } from "../names/synonyms.ts";
import type { Instance } from "../values/instance.ts";
import { mistake } from "../values/mistakes.ts";
import type { Scope, Value } from "../values/values.ts";
import { describe, isModel, showType, tensorValue, unknown } from "../values/values.ts";
import type { Evaluation } from "./evaluation.ts";

/** Names that may be meant: in a model, which knows whether it is trained, nothing that only a training has. */
function namesFor({ scope }: Frame): readonly string[] {
  return scope.get("training") === undefined ? scope.all() : namesInBodies(scope);
}

/** All names but those of optimizers and schedules, which stand in trainings only. */
export const namesInBodies = (scope: Scope): readonly string[] =>
  scope.all().filter((name) => !/^(optimizer|schedule)$/.test(scope.headOf(name) ?? ""));

/** Extensions of files that programs name. */
const FILE_ENDINGS = /^(csv|tsv|txt|npz|npy|json|png|jpg|jpeg|dnn)$/;

export function valueOfName(name: string, span: Span, f: Frame): Value {
  const found = f.scope.get(name);
  if (found) return found;
  if (Object.hasOwn(builtins, name)) return { kind: "builtin", name };
  const close = suggestion(name, span, [...namesFor(f), ...Object.keys(builtins)]);
  // It may be defined in a file that could not be read, which was said of the import.
  if (close.hint === undefined && !f.scope.isComplete) return unknown;
  throw mistake("names/unknown", span, `nothing is called '${name}' here`, {
    hint: unboundHint(name),
    ...(otherAnswer(name, f.scope) ?? (close.hint === undefined ? valuesHere(f.scope) : close)),
  });
}

/** `nn.Linear`: a name that another framework keeps in a module. */
export function refuseFramework(evaluation: Evaluation, e: Expression & { kind: "field" }, f: Frame): void {
  const module = e.target.kind === "field" ? e.target.name.text : e.target.kind === "name" ? e.target.name : "";
  const root = rootOf(e);
  if (root !== undefined && !f.scope.get(root) && FILE_ENDINGS.test(e.name.text))
    throw mistake("names/unknown", e.span, `nothing is called '${root}' here`, {
      hint: `the name of a file stands in quotes: "${evaluation.textOf(e.span) || `${root}.${e.name.text}`}"`,
    });
  const field = f.scope.get(e.name.text);
  if (root !== undefined && e.target.kind === "name" && !f.scope.get(root) && field?.kind === "tensor")
    throw mistake("names/unknown", e.span, `nothing is called '${root}' here`, {
      hint: `fields of the data stand alone: write \`${e.name.text}\``,
      fix: { title: `write \`${e.name.text}\``, edits: [{ span: e.span, text: e.name.text }] },
    });
  const isOurs = (name: string): boolean => f.scope.get(name) !== undefined || Object.hasOwn(builtins, name);
  const advice = root !== undefined && !f.scope.get(root) ? frameworkAdvice(module, e.name.text, isOurs) : undefined;
  if (advice) throw mistake("names/unknown", e.span, `nothing is called '${module}.${e.name.text}' here`, advice);
}

/** `image.flatten()`: values have no methods, layers are lines and functions take their values in parentheses. */
function hintOnMethod(name: string, target: string, f: Frame): { hint?: string } {
  const value = /^\w+$/.test(target) ? target : "x";
  if (SIZES.has(name))
    return {
      hint: `values have no methods: \`shape(${value})[0]\` is the first size, without the batch, and \`depth(${value})\` the last`,
    };
  if (name === "T") return { hint: `write \`transpose(${value})\`` };
  const ours = findKnown(name, f);
  if (ours === undefined) {
    const advice = adviceOn(name);
    return advice === undefined ? {} : { hint: advice };
  }
  const found = f.scope.get(ours);
  const isLayer = found?.kind === "definition" && /^(block|cell)/.test(found.definition.kind);
  if (isLayer)
    return { hint: `values have no methods: \`${ours}\` is a line of its own, below the value that it works on` };
  const axis = REDUCING.has(ours) ? `; an axis is named, the batch not counted: \`${ours}(${value}, over=time)\`` : "";
  return {
    hint: `values have no methods: write \`${ours}(${value}${WHOLE.has(ours) || axis ? "" : ", ..."})\`${axis}`,
  };
}

/** Sizes of a value, where they are fields of it. */
const SIZES: ReadonlySet<string> = new Set(["shape", "size", "dim", "ndim", "length"]);
/** Functions that are given an axis. */
const REDUCING: ReadonlySet<string> = new Set("mean sum max min argmax softmax log_softmax".split(" "));
/** Functions that need the value alone. */
const WHOLE: ReadonlySet<string> = new Set("stop transpose exp log sqrt abs relu sigmoid tanh flat".split(" "));

/** `dense(8).relu()`: what is done to a layer elsewhere is the next line here. */
function hintOnNextLine(evaluation: Evaluation, name: string, span: Span, f: Frame): { hint?: string } {
  const ours = findKnown(name, f);
  const before = evaluation.textOf(span).replace(/\s*\.\s*\w+$/, "");
  return ours ? { hint: `layers follow each other with \`;\` or a new line: \`${before}; ${ours}\`` } : {};
}

/** Looks up a name of the language, its own or that of another tool. */
function findKnown(name: string, f: Frame): string | undefined {
  return [name, synonymOf(name)?.split(" ")[0]].find(
    (n) => n !== undefined && (f.scope.get(n) !== undefined || Object.hasOwn(builtins, n)),
  );
}

/** `net.dense1.weight`: a parameter of a part of a layer or model, by the names that `dnn summary` prints. */
export function readParameter(evaluation: Evaluation, e: Expression & { kind: "field" }, f: Frame): Value | undefined {
  const root = rootOf(e);
  const owner = root !== undefined && e.target.kind === "field" ? f.scope.get(root) : undefined;
  if (owner?.kind !== "layer" && owner?.kind !== "definition") return undefined;
  if (isModel(owner)) evaluation.openModel(owner, e.span, f);
  const path = `${owner.instance?.path}${namesBelow(e)}`;
  const found = owner.instance?.everything().find((l) => l.path === path);
  return found && tensorValue(owner.moved?.get(found.node) ?? found.node);
}

/** `.dense1.weight` of `net.dense1.weight`. */
const namesBelow = (e: Expression): string => (e.kind === "field" ? `${namesBelow(e.target)}.${e.name.text}` : "");

/** Parameters of a part that is read as if it were a value. */
function parametersOf(instance: Instance | undefined, name: string): { hint: string } | undefined {
  const below = `${instance?.path}.${name}.`;
  const found = instance?.everything().filter(({ path, role }) => role === "parameter" && path.startsWith(below)) ?? [];
  const paths = found.slice(0, 2).map(({ path }) => `\`${path}\``);
  return paths.length > 0
    ? { hint: `a part has no value of its own, its parameters have: ${paths.join(", ")}` }
    : undefined;
}

/** Names of the layers in a part that have parameters, as `dnn summary` prints them. */
const layersIn = (instance: Instance | undefined): readonly string[] =>
  [...(instance?.children.values() ?? [])]
    .filter((child) => child.everything().length > 0)
    .map(({ path }) => path.replace(/^.*\./, ""));

export function readField(evaluation: Evaluation, target: Value, name: Name, span: Span, f: Frame): Value {
  if (target.kind === "unknown") return unknown;
  if (target.kind === "tensor") {
    const found = target.fields?.get(name.text);
    if (found) return found;
    const close = suggestion(name.text, name.span, [...(target.fields?.keys() ?? [])]);
    throw mistake("names/no-field", name.span, `this value has no field '${name.text}'`, {
      ...close,
      ...hintOnMethod(name.text, evaluation.textOf(span).replace(/\s*\.\s*\w+$/, ""), f),
    });
  }
  const { instance, moved } =
    target.kind === "layer" || target.kind === "definition" ? target : { instance: undefined, moved: undefined };
  if (isModel(target)) evaluation.openModel(target, span, f);
  const learned = instance && findLearned(instance, name);
  if (learned) {
    evaluation.warn(renamedWarning(learned, name.text, name.span), name.span);
    return tensorValue(moved?.get(learned.node) ?? learned.node);
  }
  if (instance && instance.learned.size + instance.children.size === 0)
    throw mistake(
      "names/field-too-early",
      span,
      `'${name.text}' is not known yet: the layer has not been used, so its shape is open`,
      { hint: "read it below the line that applies the layer", ...hintOnNextLine(evaluation, name.text, span, f) },
    );
  const known = [...(instance?.learned.keys() ?? []), ...layersIn(instance)];
  const advice =
    parametersOf(instance, name.text) ??
    (isModel(target) ? fieldOfResult(target.definition.name.text, name.text, target.definition.body) : undefined);
  if (advice) throw mistake("names/no-field", name.span, `${describe(target)} has no parameter '${name.text}'`, advice);
  const list = { hint: known.length > 0 ? `it has ${known.join(", ")}` : countHint(target, name.text) };
  const close = suggestion(name.text, name.span, known);
  throw mistake("names/no-field", name.span, `${describe(target)} has no parameter '${name.text}'`, {
    ...list,
    ...(known.length > 0 ? close : {}),
  });
}

/** `vae.mu`, a name within the model: its values are fields of what a call gives. */
function fieldOfResult(model: string, name: string, body: readonly Statement[]): { hint: string } | undefined {
  const method = adviceOn(name);
  if (method) return { hint: method };
  const isBound = body.some((s) =>
    (s.kind === "assign" ? s.targets : s.kind === "line" ? s.labels : []).some((t) => t.text === name),
  );
  return isBound
    ? { hint: `values within a model are fields of what it gives: \`y = ${model}(...)\`, then \`y.${name}\`` }
    : undefined;
}

/** `widths.length`: functions count items. */
const countHint = (target: Value, name: string): string =>
  target.kind === "list" && /^(append|push|add|extend|insert)$/.test(name)
    ? "a list is written whole and never grows: a loop joins values as they come, `y = concat(y, it)`, or gives each turn's by `branch`, `parts = { for i in 0..3 { branch { dense 8 } } }`"
    : target.kind === "list" && /^(length|len|size|count)$/.test(name)
      ? "`length(list)` counts the items of a list"
      : "layers, models and the values of lines have fields; sizes are `shape(x)[0]` and `depth(x)`";

/** The name at the beginning of `a.b.c`. */
function rootOf(e: Expression): string | undefined {
  return e.kind === "field" ? rootOf(e.target) : e.kind === "name" ? e.name : undefined;
}

/** Names of what a model is to answer, here and elsewhere. */
const ANSWERS = /^(y|labels?|targets?|class(es)?|answers?|outputs?|y_?true|ground_?truth)$/i;

/** `label` of data that has no classes, `target` of any: what its answers are called. */
function otherAnswer(name: string, scope: Scope): Pick<Diagnostic, "hint"> | undefined {
  if (!ANSWERS.test(name)) return undefined;
  const [y, label] = [scope.get("y"), scope.get("label")];
  if (label?.kind === "tensor" && label.classes !== undefined)
    return { hint: "the classes of this data are called `label`" };
  if (y?.kind === "tensor" && y.classes === undefined)
    return { hint: `the answers of this data are numbers, called \`y\`: ${showType(y)}; classes are called \`label\`` };
  return name === "label" && valuesHere(scope).hint ? valuesHere(scope) : undefined;
}

/** The values that have a name here, where they are few; those of the library are known. */
function valuesHere(scope: Scope): Pick<Diagnostic, "hint"> {
  const found = new Map<string, string>();
  for (let at: Scope | undefined = scope; at?.parent; at = at.parent)
    for (const [name, value] of at.names) {
      if (VALUES.has(value.kind) && /^\w+$/.test(name) && name !== "progress")
        found.set(name, found.get(name) ?? typed(name, value));
      if (found.size > 12) return {};
    }
  return found.size > 0 ? { hint: `names of values here: ${[...found.values()].join(", ")}` } : {};
}

/** `image: [28, 28, 1]`, `label: class 10`. */
function typed(name: string, value: Value): string {
  if (value.kind !== "tensor") return name;
  const { classes, node } = value;
  const isClass = classes !== undefined && node.shape.length === 0;
  return `${name}: ${isClass ? `class ${showDim(classes)}` : showType(value)}`;
}

const VALUES: ReadonlySet<string> = new Set(["tensor", "number", "list"]);
