// Titles of applied layers and functions in a drawing: its name and the arguments that were written, as they would be
// written with their values in place.

import { isNumber, showDim } from "../../arithmetic/dim.ts";
import type { Resolved, Value } from "../values/values.ts";

/** `conv 3x3 64 s2 nobias`. Tensors are drawn as edges, and bodies as what is in the box. */
export function titleOfCall(target: Value, given: Resolved): string {
  if (target.kind === "layer") {
    const parameters = target.definition.kind === "literal" ? [] : target.definition.parameters;
    const written = parameters.map(({ name }) => target.given?.has(name.text) ?? false);
    // Those at the beginning need no names.
    const first = written.includes(false) ? written.indexOf(false) : written.length;
    const texts = parameters.flatMap(({ name }, i) => {
      const value = target.arguments.get(name.text);
      if (!written[i] || !value) return [];
      const needsName = i >= first || value.kind === "boolean" || Object.hasOwn(LETTERS, name.text);
      return needsName ? named(name.text, value) : argumentText(value);
    });
    return joined(target.name, texts);
  }
  const name =
    target.kind === "definition" ? target.definition.name.text : target.kind === "builtin" ? target.name : "";
  const texts = [...given.positional.map(argumentText), ...[...given.named].map(([n, v]) => named(n, v))];
  return joined(name, texts);
}

const joined = (name: string, texts: readonly string[]): string => [name, ...texts.filter((t) => t !== "")].join(" ");

/** The options that the language spells by one letter. */
const LETTERS: Readonly<Record<string, string>> = { stride: "s", padding: "p", dilation: "d", groups: "g" };

function named(name: string, value: Value): string {
  if (value.kind === "boolean") return value.value ? name : `no${name}`;
  const text = argumentText(value);
  if (text === "") return "";
  const letter = LETTERS[name];
  return letter !== undefined && value.kind === "number" ? `${letter}${text}` : `${name}=${text}`;
}

export function argumentText(value: Value): string {
  switch (value.kind) {
    case "number":
      return isNumber(value.value) ? String(Number(value.value.toPrecision(6))) : showDim(value.value);
    case "string":
      return `"${value.value}"`;
    case "boolean":
      return String(value.value);
    case "list": {
      const items = value.items.map(argumentText);
      if (items.some((t) => t === "")) return "";
      return value.isSize ? items.join("x") : `[${items.join(", ")}]`;
    }
    default:
      return "";
  }
}
