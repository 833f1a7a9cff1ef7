// Settings that the command line gives by name, in place of what the program says: `--set hidden=16`. In: texts. Out: values,
// for the settings of a training and for plain values that are bound at the top of a file.

import type { AssignStatement } from "../../grammar/ast.ts";
import { builtins } from "./builtins.ts";
import type { Scope, Value } from "./values.ts";
import { none, numberValue } from "./values.ts";

/** What the command line gives a setting: a number, `true`, `false`, `none`, the name of a definition, or a text. */
export function settingValue(text: string, scope: Scope): Value {
  if (text.trim() !== "" && !Number.isNaN(Number(text))) return numberValue(Number(text));
  if (text === "true" || text === "false") return { kind: "boolean", value: text === "true" };
  if (text === "none") return none;
  const named = scope.get(text);
  if (named) return named;
  return Object.hasOwn(builtins, text) ? { kind: "builtin", name: text } : { kind: "string", value: text };
}

const SETTABLE: ReadonlySet<Value["kind"]> = new Set(["number", "boolean", "none", "string", "definition", "builtin"]);

/** The name that a top-level line binds to a plain value: not a layer, whose parameters are the program's own. */
export function settableName({ targets }: AssignStatement, scope: Scope): string | undefined {
  const name = targets.length === 1 ? targets[0]!.text : undefined;
  const value = name === undefined ? undefined : scope.get(name);
  return value && SETTABLE.has(value.kind) ? name : undefined;
}
