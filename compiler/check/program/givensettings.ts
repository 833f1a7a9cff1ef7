// Settings that the command line gives by name, in place of what the program says: `--set hidden=16`. In: texts. Out: values,
// for the settings of a training and for plain values that are bound at the top of a file.

import type { AssignStatement } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { builtins } from "../builtins/all.ts";
import { didYouMean } from "../names/didyoumean.ts";
import { mistake } from "../values/mistakes.ts";
import type { Scope, Value } from "../values/values.ts";
import { none, numberValue } from "../values/values.ts";
import { hintOnSeveral } from "./severalvalues.ts";

/** A setting where it is declared, with what the program gives it itself. */
export interface Setting {
  readonly name: string;
  readonly span: Span;
  readonly own?: Value | undefined;
}

/** The value of a setting from the command line, which is of the kind that the program's own value has; Mistake where it is not. */
export function settingValue(text: string, scope: Scope, setting: Setting): Value {
  const given = readSetting(text, scope);
  const wanted = setting.own && kindOf(setting.own);
  const isNone = given.kind === "none" && wanted !== "optimizer" && wanted !== "schedule";
  if (wanted === undefined || isNone || kindOf(given) === wanted) return given;
  const alike = scope.all().filter((name) => kindOf(lookUp(scope, name)) === wanted);
  const { is, example, isNamed } = KINDS[wanted];
  const near = isNamed ? didYouMean(text, [...alike, ...(wanted === "layer" ? Object.keys(builtins) : [])]) : undefined;
  const write = `write a value of its kind, as in --set ${setting.name}=${example}`;
  const others = alike.length < MOST_LISTED && isNamed ? `there are ${alike.join(", ")}` : write;
  const several = hintOnSeveral(setting.name, text, (part) => {
    const value = readSetting(part, scope);
    return value.kind === "none" || kindOf(value) === wanted;
  });
  throw mistake("train/bad-setting", setting.span, `'${setting.name}' is ${is}, and '${text}' is not`, {
    hint: several ?? (near === undefined ? others : `did you mean \`${near}\`?`),
  });
}

const MOST_LISTED = 20;

/** A number, `true`, `false`, `none`, the name of a definition, or a text. */
function readSetting(text: string, scope: Scope): Value {
  if (text.trim() !== "" && !Number.isNaN(Number(text))) return numberValue(Number(text));
  if (text === "true" || text === "false") return { kind: "boolean", value: text === "true" };
  if (text === "none") return none;
  const named = scope.get(text);
  if (named) return named;
  return Object.hasOwn(builtins, text) ? { kind: "builtin", name: text } : { kind: "string", value: text };
}

const KINDS = {
  number: { is: "a number", example: "64", isNamed: false },
  boolean: { is: "true or false", example: "true", isNamed: false },
  optimizer: { is: "an optimizer", example: "adam", isNamed: true },
  schedule: { is: "a schedule", example: "cosine", isNamed: true },
  layer: { is: "a layer or function", example: "relu", isNamed: true },
} as const;

/** Undefined where any value may stand. */
function kindOf(value: Value): keyof typeof KINDS | undefined {
  switch (value.kind) {
    case "number":
    case "boolean":
      return value.kind;
    case "definition": {
      const { kind } = value.definition;
      return kind === "optimizer" || kind === "schedule" ? kind : "layer";
    }
    case "builtin":
    case "layer":
    case "partial":
      return "layer";
    default:
      return undefined;
  }
}

const SETTABLE: ReadonlySet<Value["kind"]> = new Set(["number", "boolean", "none", "string", "definition", "builtin"]);

/** The name that a top-level line binds to a plain value: not a layer, whose parameters are the program's own. */
export function settableName({ targets }: AssignStatement, scope: Scope): string | undefined {
  const name = onlyOf(targets)?.text;
  const value = name === undefined ? undefined : scope.get(name);
  return value && SETTABLE.has(value.kind) ? name : undefined;
}
