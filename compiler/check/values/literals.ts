// Expressions that are values by themselves, without names.

import type { Expression } from "../../../grammar/syntax/ast.ts";
import { none, numberValue, type Value } from "./values.ts";

type Literal = Extract<Expression, { readonly kind: "number" | "size" | "string" | "boolean" | "none" }>;

/** The value of an expression that is one by itself, without names; undefined for any other. */
export function literalValue(e: Literal): Value;
export function literalValue(e: Expression): Value | undefined;
export function literalValue(e: Expression): Value | undefined {
  switch (e.kind) {
    case "number":
      return numberValue(e.value);
    case "size":
      return { kind: "list", items: e.values.map(numberValue), isSize: true };
    case "string":
      return { kind: "string", value: e.value };
    case "boolean":
      return { kind: "boolean", value: e.value };
    case "none":
      return none;
    default:
      return undefined;
  }
}
