// Texts without their quotes: `generate(town, The, 120)`, `csv(iris.csv)`. In: the mistake that such an argument was found to be, and what
// belongs in its place. Out: one that asks for quotes.

import type { Argument, Expression } from "../../../grammar/syntax/ast.ts";
import { ownValue } from "../../arithmetic/lookup.ts";
import type { Evaluator, Frame } from "../frame/frame.ts";
import { didYouMean } from "../names/didyoumean.ts";
import type { Domain } from "../sizes/domains.ts";
import { Mistake, mistake } from "../values/mistakes.ts";
import type { Scope, Value } from "../values/values.ts";

/** Where a text belongs. */
export interface TextPlace {
  /** The text as a noun: `a prompt`; absent where a number would do, too. */
  readonly noun?: string;
  /** The argument as it is written. */
  readonly text: string;
  readonly scope: Scope;
}

/** Words, and paths with folders and endings. */
const BARE_WORDS = /^[\p{L}_][\p{L}\d_]*(?:[ ./\\-]+[\p{L}\d_]+)*$/u;

/** The mistake of an argument that is to be a text: of bare words, names that look like them are no help. */
export function unquoted(error: unknown, { span }: Expression, { noun, text, scope }: TextPlace): unknown {
  if (!(error instanceof Mistake) || !error.diagnostic.code.startsWith("names/") || !BARE_WORDS.test(text))
    return error;
  const kinds = noun === undefined ? ["string", "number", "boolean", "list"] : ["string"];
  const near = didYouMean(text, namesOf(scope, kinds));
  const missing = `nothing is called '${text}' here`;
  if (near !== undefined)
    return mistake("names/unknown", span, missing, {
      hint: `did you mean \`${near}\`?`,
      fix: { title: `write \`${near}\``, edits: [{ span, text: near }] },
    });
  const quotes = JSON.stringify(text);
  const fix = { title: `write \`${quotes}\``, edits: [{ span, text: quotes }] };
  return noun === undefined
    ? mistake("names/unknown", span, missing, { hint: `a text stands in quotes: \`${quotes}\``, fix })
    : mistake("names/unknown", span, `${missing}, and ${noun} is text in quotes`, { hint: `write \`${quotes}\``, fix });
}

/** The value that a setting in the header of a training starts from. */
export function settingStart(evaluator: Evaluator, e: Expression, f: Frame): Value {
  try {
    return evaluator.value(e, f);
  } catch (error) {
    throw unquoted(error, e, { text: evaluator.textOf(e.span), scope: f.scope });
  }
}

/** Names of values of some kinds, such as settings of a training. */
export const namesOf = (scope: Scope, kinds: readonly string[]): readonly string[] =>
  scope.all().filter((name) => kinds.includes(scope.get(name)?.kind ?? ""));

/** The mistake that arguments of a function of the language were found to have, which asks for quotes where a text belongs. */
export function unquotedIn(
  error: unknown,
  args: readonly Argument[],
  parameters: Readonly<Record<string, Domain<unknown>>>,
  { evaluator, scope }: { readonly evaluator: Pick<Evaluator, "textOf">; readonly scope: Scope },
): unknown {
  const found = argumentAt(error, args);
  if (!found) return error;
  const names = Object.keys(parameters);
  const name = typeof found.at === "string" ? found.at : names[found.at];
  const noun = name === undefined ? undefined : ownValue(parameters, name)?.noun;
  return noun === undefined
    ? error
    : unquoted(error, found.value, { noun, text: evaluator.textOf(found.value.span), scope });
}

/** The argument that a mistake was found in, and the name or place of its parameter. */
function argumentAt(
  error: unknown,
  args: readonly Argument[],
): { readonly at: string | number; readonly value: Expression } | undefined {
  const span = error instanceof Mistake ? error.diagnostic.span : undefined;
  if (!span) return undefined;
  const found = args.findIndex(
    (a) => a.kind !== "option" && a.value.span.start <= span.start && span.end <= a.value.span.end,
  );
  const a = args[found];
  if (!a || a.kind === "option") return undefined;
  if (a.kind === "named") return { at: a.name.text, value: a.value };
  return { at: args.slice(0, found).filter((b) => b.kind !== "named").length, value: a.value };
}
