// Implicit arguments and requirements of some calls: starts of cells, the time of schedules, the point of a gradient.

import type { Parameter } from "../../../grammar/syntax/ast.ts";
import { positionKey, type Span } from "../../../grammar/syntax/span.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import { constant, div, make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import type { Frame } from "../frame/frame.ts";
import { mistake } from "../values/mistakes.ts";
import type { Callable, Resolved, Value } from "../values/values.ts";
import { asNode, describe, isModel, numberValue, type Scope, tensorValue } from "../values/values.ts";

const NO_STARTS: ReadonlyMap<string, Value> = new Map();

/** Arguments of a cell that start its states, or say how many steps it runs freely. */
export function startsOf(definition: Callable, named: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  if (definition.kind !== "cell") return NO_STARTS;
  const states = definition.body.flatMap((s) => (s.kind === "state" ? s.entries.map((e) => e.name.text) : []));
  const own = definition.parameters.map((p) => p.name.text);
  return new Map([...named].filter(([name]) => !own.includes(name) && (name === "steps" || states.includes(name))));
}

/** `relu()`: in parentheses stands what a function works on. */
export function needsValue({ name, parameters }: Callable, named: ReadonlyMap<string, Value>, span: Span): void {
  const [first] = parameters;
  if (!first || first.default || named.has(first.name.text)) return;
  throw mistake("calls/missing-argument", span, `'${name.text}' needs a value for '${first.name.text}'`, {
    hint: `a line \`${name.text}\` without parentheses takes the value above it; elsewhere write \`${name.text}(${parameters.map((p) => p.name.text).join(", ")})\``,
  });
}

/** Hints at what is meant where something that is no layer, function or model is called. */
export function hintUncallable({ kind }: Value, text: string): string {
  const name = /^(\w+)\s/.exec(text)?.[1];
  const [, call, rest] = /^(\w+\([^()]*\))\s+(\w+)$/.exec(text) ?? [];
  if (kind === "tensor" && call) return `values are separated by commas: write \`${call}, ${rest}\``;
  if (kind === "number" && name)
    return `\`${name}\` is a number since \`${name} = ...\` above: a layer is applied by its line alone, without \`=\``;
  return "only layers, functions and models are called; a product is written with `*`";
}

/** `grad(point)` in an optimizer: the derivative where each parameter is at its point. */
export function gradientAt(gradient: Node, positional: readonly Value[], span: Span, f: Frame): Value {
  const point = onlyOf(positional);
  if (!point)
    throw mistake("calls/missing-argument", span, "`grad(point)` takes the point at which the gradient is taken");
  const [loss, parameter, , ...limit] = gradient.inputs as [Node, Node, ...Node[]];
  const place = f.key + positionKey(span);
  return tensorValue(make("gradient", [loss, parameter, asNode(point, span), ...limit], { place, moves: true }));
}

/** The unit of a schedule's times, where its call says it: `warmup(500, per=steps)`. */
export const UNIT = "per";
const UNITS = ["epochs", "steps"] as const;

/** A schedule gets the time and the length of the training by name, as far as it has parameters for them. */
export function scheduleTime(parameters: readonly Parameter[], given: Resolved, f: Frame): ReadonlyMap<string, Value> {
  const named = new Map(given.named);
  const unit = named.get(UNIT);
  named.delete(UNIT);
  if (!f.schedule) return named;
  const { steps, epochs, perEpoch } = f.schedule;
  const bySteps = unit !== undefined && unitOf(unit, given) === "steps";
  const times = {
    t: tensorValue(bySteps ? steps : div(steps, constant(perEpoch))),
    total: numberValue(bySteps ? epochs * perEpoch : epochs),
  };
  const taken = Object.entries(times).filter(([name]) => parameters.some((p) => p.name.text === name));
  return new Map([...taken, ...named]);
}

function unitOf(value: Value, { spans }: Resolved): (typeof UNITS)[number] {
  const found = UNITS.find((unit) => value.kind === "string" && value.value === unit);
  if (found) return found;
  throw mistake(
    "calls/out-of-range",
    spans?.named.get(UNIT)?.value ?? NOWHERE,
    `\`per\` says what the times of a schedule are counted in, and this is ${describe(value)}`,
    { hint: "write `per=steps`, or leave it out: then they are epochs" },
  );
}

const NOWHERE: Span = { file: "", start: 0, end: 0 };

const CALLABLE: readonly Value["kind"][] = ["builtin", "partial", "layer", "definition"];

/** Throws where a value that is called hides a model or function of its name, as a field that is called like the model does. */
export function refuseHiding(name: string, value: Value, span: Span, f: Frame): void {
  if (CALLABLE.includes(value.kind)) return;
  for (let scope: Scope | undefined = f.scope; scope; scope = scope.parent) {
    const hidden = scope.names.get(name);
    if (hidden?.kind !== "definition") continue;
    const kind = hidden.definition.kind === "fn" ? "function" : isModel(hidden) ? "model" : "layer";
    const message = `here '${name}' is ${describe(value)}, and hides the ${kind} of that name`;
    throw mistake("calls/not-callable", span, message, {
      hint: `give the ${kind} another name, such as \`${name}_${kind}\``,
    });
  }
}
