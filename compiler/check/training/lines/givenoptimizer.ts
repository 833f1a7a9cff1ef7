// An optimizer line as it is read: its own name and arguments, or those that `--set optimizer=adam` and `--set optimizer.lr=0.1`
// put in their place. In: the line and the settings of the command line. Out: names, arguments, and whose they are.

import type { Argument, Expression, OptimizerDefinition } from "../../../../grammar/syntax/ast.ts";
import { type DefinitionValue, numberValue, type Resolved, type Scope, type Value } from "../../values/values.ts";

/** The key by which the command line chooses one. */
export const OPTIMIZER = "optimizer";

export type OptimizerValue = DefinitionValue & { readonly definition: OptimizerDefinition };

export const isOptimizer = (value: Value | undefined): value is OptimizerValue =>
  value?.kind === "definition" && value.definition.kind === "optimizer";

export interface OptimizerLine {
  /** The expression in the place of its name; absent without a line. */
  readonly head: Expression | undefined;
  readonly arguments: readonly Argument[];
}

export function readLine(line: Expression | undefined): OptimizerLine {
  const isCall = line?.kind === "flow" || line?.kind === "call";
  const head = line?.kind === "flow" ? line.head : line?.kind === "call" ? line.callee : line;
  return { head, arguments: isCall ? line.arguments : [] };
}

/** The optimizer that the command line chooses, with the arguments of the line that it takes, too; undefined where it chooses none. */
export function chosenOptimizer(
  overrides: ReadonlyMap<string, string>,
  line: OptimizerLine,
  scope: Scope,
): { readonly name: string; readonly target: OptimizerValue; readonly arguments: readonly Argument[] } | undefined {
  const name = overrides.get(OPTIMIZER);
  const target = name === undefined ? undefined : scope.get(name);
  if (name === undefined || !isOptimizer(target)) return undefined;
  const own = line.head?.kind === "name" ? scope.get(line.head.name) : undefined;
  if (isOptimizer(own) && own.definition === target.definition) return { name, target, arguments: line.arguments };
  const names = target.definition.parameters.map((p) => p.name.text);
  const isTaken = (a: Argument, i: number): boolean =>
    a.kind === "named"
      ? names.includes(a.name.text)
      : a.kind === "positional" && i === 0 && isFirst("lr", target.definition);
  return { name, target, arguments: line.arguments.filter(isTaken) };
}

export const isFirst = (parameter: string, { parameters }: OptimizerDefinition): boolean =>
  parameters[0]?.name.text === parameter;

/** Arguments with those of the command line, which take the place of what the line gives, by name or by its place. */
export function withGiven(
  { positional, named, spans }: Resolved,
  { parameters }: OptimizerDefinition,
  usual: Readonly<Record<string, number>>,
  overrides: ReadonlyMap<string, string>,
): Resolved {
  const given = new Map(Object.entries(usual));
  for (const [key, value] of overrides)
    if (key.startsWith(`${OPTIMIZER}.`)) given.set(key.slice(OPTIMIZER.length + 1), Number(value));
  const free = parameters.filter((p) => !named.has(p.name.text));
  const stays = (_: unknown, i: number): boolean => !given.has(free[i]?.name.text ?? "");
  return {
    positional: positional.filter(stays),
    named: new Map([...named, ...[...given].map(([name, value]) => [name, numberValue(value)] as const)]),
    ...(spans ? { spans: { ...spans, positional: spans.positional.filter(stays) } } : {}),
  };
}
