// Arguments: options, flags, a trailing block and named values matched to a definition's parameters.

import type { Argument, BlockExpression, Expression, Parameter } from "../../../grammar/syntax/ast.ts";
import { asName, namesRead, OPTIONS, takesNumbersOnly } from "../../../grammar/syntax/queries.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import { axisAdvice, refuseByPlace } from "../advice/byname.ts";
import { unknownParameter } from "../advice/parameternames.ts";
import { builtinNamed } from "../builtins/all.ts";
import { tooManyArguments } from "../builtins/call.ts";
import type { Context, Evaluator, Frame } from "../frame/frame.ts";
import { newContext } from "../frame/frame.ts";
import { ACTIVATION_ADVICE } from "../names/otherways.ts";
import type { Domain } from "../sizes/domains.ts";
import { Instance } from "../values/instance.ts";
import { literalValue } from "../values/literals.ts";
import { Mistake, mistake } from "../values/mistakes.ts";
import type { Callable, Resolved, Value } from "../values/values.ts";
import { describe, numberValue, Scope } from "../values/values.ts";
import { UNIT } from "./callrules.ts";
import { checkDomain } from "./ranges.ts";
import { unquotedIn } from "./unquoted.ts";

/** Values without a text of their own. */
export const valuesOnly = (...positional: readonly Value[]): Resolved => ({ positional, named: new Map() });

/** Further values before those that were given. */
export const withFirst = (first: readonly Value[], { positional, named, spans }: Resolved): Resolved => ({
  positional: [...first, ...positional],
  named,
  ...(spans ? { spans: { ...spans, positional: [...first.map(() => undefined), ...spans.positional] } } : {}),
});

const NO_ARGUMENTS: Resolved = { positional: [], named: new Map(), spans: { positional: [], named: new Map() } };

function parametersOf(target: Value): readonly Parameter[] | undefined {
  if (target.kind === "definition") return target.definition.parameters;
  return target.kind === "layer" && target.definition.kind === "cell" ? [] : undefined;
}

/** Evaluates arguments; those of the flow form have spaces between them. Bare words that name a boolean parameter (or `no` and one) are flags. */
export function resolveArguments(
  e: Evaluator,
  target: Value,
  args: readonly Argument[],
  block: BlockExpression | undefined,
  f: Frame,
  isFlow = true,
): Resolved {
  if (args.length === 0 && !block) return NO_ARGUMENTS;
  const parameters = parametersOf(target);
  const accepted = acceptedBy(target);
  const positional: Value[] = [];
  const given = new Map<string, Value>();
  const spans = { positional: [] as Span[], named: new Map<string, { name: Span; value: Span }>() };
  const unheardOf: Mistake[] = [];
  const name = (word: string, value: Value, at: { name: Span; value: Span }): void => {
    if (given.has(word))
      throw mistake("calls/argument-twice", at.name, `'${word}' is given twice`, { hint: "leave one of them out" });
    given.set(word, value);
    spans.named.set(word, at);
  };
  for (const [i, a] of args.entries()) {
    if (a.kind === "option") {
      const meant = optionOrName(a, target, accepted, f);
      if (typeof meant === "string") name(meant, numberValue(a.value), { name: a.span, value: a.span });
      else {
        positional.push(meant);
        spans.positional.push(a.span);
      }
    } else if (a.kind === "named") {
      if (accepted && !accepted.includes(a.name.text)) {
        unheardOf.push(unknownParameter(nameOf(target), a.name, accepted, a.name.span));
        continue;
      }
      name(a.name.text, e.value(a.value, f), { name: a.name.span, value: spanIn(f, a.value) });
    } else {
      const word = flagOf(a.value, parameters, f);
      const span = spanIn(f, a.value);
      if (word) name(word.name, { kind: "boolean", value: word.value }, { name: span, value: span });
      else {
        if (isFlow) refuseSpaceForSign(a, args[i + 1], accepted, f);
        positional.push(e.value(a.value, f));
        spans.positional.push(span);
      }
    }
  }
  const [first, ...others] = unheardOf;
  if (first) throw new Mistake(first.diagnostic, [], others);
  if (block) {
    const last = parameters?.at(-1);
    const value = e.value(block, f);
    if (last) name(last.name.text, value, { name: block.span, value: block.span });
    else {
      positional.push(value);
      spans.positional.push(block.span);
    }
  }
  return { positional, named: given, spans };
}

/** Those of a call, `f(a, b)`: texts of the language's own functions, which have these parameters, stand in quotes. */
export function argumentsInCall(
  e: Evaluator,
  target: Value,
  args: readonly Argument[],
  f: Frame,
  parameters?: Readonly<Record<string, Domain<unknown>>>,
): Resolved {
  try {
    return resolveArguments(e, target, args, undefined, f, false);
  } catch (error) {
    if (target.kind !== "builtin") throw error;
    throw unquotedIn(error, args, parameters ?? builtinNamed(target.name).parameters, { evaluator: e, scope: f.scope });
  }
}

/** `adam lr 0.01`: the name of a parameter, and behind a space in the place of `=` its value. */
function refuseSpaceForSign(
  a: Argument,
  next: Argument | undefined,
  accepted: readonly string[] | undefined,
  f: Frame,
): void {
  if (a.kind !== "positional" || a.value.kind !== "name" || next?.kind !== "positional") return;
  const { name, span } = a.value;
  if (!accepted?.includes(name) || f.scope.get(name)) return;
  const between = { ...span, start: span.end, end: next.value.span.start };
  const value = next.value.kind === "number" ? String(next.value.value) : "...";
  throw mistake("names/unknown", span, `'${name}' is the name of an argument, and its value stands behind a \`=\``, {
    hint: `write \`${name}=${value}\``,
    fix: { title: `write \`${name}=\``, edits: [{ span: between, text: "=" }] },
  });
}

/** Where an argument stands: what the library passes on stands where the program wrote it. */
export function spanIn(f: Frame, e: Expression): Span {
  if (!f.given || !e.span.file.startsWith("stdlib/")) return e.span;
  const passed = namesRead(e).flatMap((name) => f.given?.get(name) ?? []);
  return onlyOf(passed) ?? e.span;
}

/**
 * `p2`: the name of an argument that it gives, or the value that is called so. What is called so is meant where nothing else
 * can be; a layer whose parameters are numbers and flags takes no tensors, so there it is the option.
 */
function optionOrName(
  a: Extract<Argument, { kind: "option" }>,
  target: Value,
  accepted: readonly string[] | undefined,
  f: Frame,
): string | Value {
  const [option, { name: text }] = [OPTIONS[a.letter], asName(a)];
  const named = f.scope.get(text);
  const takes = target.kind === "builtin" ? WINDOWED.has(target.name) : (accepted ?? []).includes(option);
  const isNumber = named?.kind === "number";
  if (named && (!takes || (target.kind === "builtin" && !isNumber))) return named;
  if (!takes)
    throw mistake(
      "calls/unknown-parameter",
      a.span,
      `\`${text}\` is short for ${option}=${a.value}, and ${describe(target)} has no '${option}'`,
      {
        hint: `a value that is called \`${text}\` is bound first: \`${text} = ...\``,
      },
    );
  if (named && !(isSizedOnly(target) && !isNumber))
    throw mistake(
      "calls/flag-or-value",
      a.span,
      `\`${text}\` is short for ${option}=${a.value} here, and it is also the name of a value`,
      {
        hint: `write \`${option}=${a.value}\` for the option, or \`(${text})\` for the value`,
      },
    );
  return option;
}

/** Functions of the language that have strides, paddings and the like. */
const WINDOWED: ReadonlySet<string> = new Set(["convolve", "deconvolve", "windows"]);

const isSizedOnly = (target: Value): boolean =>
  target.kind === "definition" && target.definition.kind !== "fn" && takesNumbersOnly(target.definition.parameters);

function flagOf(
  e: Expression,
  parameters: readonly Parameter[] | undefined,
  f: Frame,
): { name: string; value: boolean } | undefined {
  if (e.kind !== "name" || !parameters) return undefined;
  const isFlag = (name: string): boolean =>
    parameters.some((p) => p.name.text === name && p.default?.kind === "boolean");
  const no = e.name.startsWith("no") ? e.name.slice(2) : "";
  const found = isFlag(e.name) ? { name: e.name, value: true } : isFlag(no) ? { name: no, value: false } : undefined;
  const value = f.scope.get(e.name);
  if (found && value && value.kind !== "builtin" && value.kind !== "definition")
    throw mistake("calls/flag-or-value", e.span, `'${e.name}' is a flag of this layer and also a value here`, {
      hint: `write \`${found.name}=${found.value}\` for the flag, or \`(${e.name})\` for the value`,
    });
  return found;
}

/** Values by parameter name, and where the program wrote them. */
export interface Bound {
  readonly values: Map<string, Value>;
  readonly spans: ReadonlyMap<string, Span>;
}

/** A callee: its name, its parameters, and the names that its defaults may read beside the parameters before them. */
export interface Callee {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly scope: Scope;
  readonly tags?: Callable["tags"];
  readonly kind?: Callable["kind"];
}

/** Values by parameter name, defaults filled in; each lies in the domain that its parameter declares. */
export function bindArguments(
  e: Evaluator,
  { name: callee, parameters, scope, tags, kind }: Callee,
  { positional, named: given, spans: written }: Resolved,
  span: Span,
  spent: Spent,
): Bound {
  const bound = new Map<string, Value>();
  const spans = new Map<string, Span>();
  for (const [name, value] of given) {
    const names = parameters.map((p) => p.name.text);
    const own = written?.named.get(name);
    if (!names.includes(name)) throw unknownParameter(callee, { text: name }, names, own?.name ?? span);
    bound.set(name, value);
    if (own) spans.set(name, own.value);
  }
  const free = parameters.filter((p) => !bound.has(p.name.text));
  const placed = positional.map((value, i) => ({ value, span: written?.positional[i] }));
  orderByKind(placed, free).forEach(({ value, span: own }, i) => {
    const p = free[i];
    if (!p)
      throw tooMany(
        { name: callee, parameters, scope },
        { positional, named: given, ...(written ? { spans: written } : {}) },
        value,
        own ?? span,
      );
    if (own) refuseByPlace({ name: callee, tags }, p, value, own);
    bound.set(p.name.text, value);
    if (own) spans.set(p.name.text, own);
  });
  for (const p of parameters) {
    const value = bound.get(p.name.text);
    if (p.default?.kind === "boolean" && value && isNoFlag(value, p))
      throw mistake(
        "calls/not-a-flag",
        spans.get(p.name.text) ?? span,
        `'${p.name.text}' of '${callee}' is on or off, and this is ${describe(value)}`,
        { hint: flagHint(p.name.text, value, given.has(p.name.text), headerOf(callee, parameters)) },
      );
    if (value) {
      checkDomain(p, value, { callee, span: spans.get(p.name.text) ?? span });
      continue;
    }
    if (!p.default)
      throw mistake("calls/missing-argument", span, `'${callee}' needs a value for '${p.name.text}'`, {
        hint: OBJECTS.has(p.name.text)
          ? `leave \`${p.name.text}\` out of the header: layers are bound by name in the body, and there is no object`
          : `it is ${headerOf(callee, parameters)}${otherwise(callee, p, positional, given, kind)}`,
        related: p.span.file.startsWith("stdlib/") ? [] : [{ span: p.span, text: "declared here" }],
      });
    bound.set(p.name.text, defaultValue(e, p.default, { bound, scope }, spent));
  }
  return { values: bound, spans };
}

/** Where the value above a line is meant, which a block has as `it` and a function as its first parameter. */
function otherwise(
  callee: string,
  { name, type, domain }: Parameter,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
  kind: Callable["kind"] | undefined,
): string {
  const [first] = positional;
  if (kind === "block-definition" && positional.length + named.size === 0 && !type && !domain)
    return `; where \`${name.text}\` is to be the value above the line, leave it out of the header and write \`it\` in the body, or make it \`fn ${callee}(${name.text}) { ... }\``;
  if (kind === "fn" && positional.length === 1 && first?.kind === "number")
    return `; in parentheses the value stands first: \`${callee}(it, ...)\`, and a line without parentheses takes the value above it`;
  return "";
}

/** Names of the first parameter of methods in other languages. */
const OBJECTS: ReadonlySet<string> = new Set(["self", "this", "cls"]);

/** Values that are no flag; a definition of a program may choose by the numbers of a tensor. */
const PLAIN: ReadonlySet<string> = new Set("string list number none definition layer builtin partial".split(" "));

const isNoFlag = (value: Value, p: Parameter): boolean =>
  PLAIN.has(value.kind) || (value.kind === "tensor" && p.span.file.startsWith("stdlib/"));

/** How a flag is written; a number in its place may have been meant for the size of an input. */
function flagHint(flag: string, value: Value, isNamed: boolean, header: string): string {
  if (value.kind === "string") return ACTIVATION_ADVICE;
  const words = flag === "bias" ? "`nobias` for a layer without it" : `\`${flag}\` to turn it on`;
  if (isNamed || value.kind !== "number") return `write ${words}, or \`${flag}=true\` or \`${flag}=false\``;
  return flag === "bias"
    ? `it is ${header}; sizes of inputs are inferred and not written`
    : `it is ${header}: write the word ${words}`;
}

/** `flatten 1`, `embed 10000 64`: what was written before the layer's own size is known without it. */
function sizesInferred({ name, parameters }: Pick<Callee, "name" | "parameters">, header: string, last: Value): string {
  const rule = "sizes and classes of what comes in are inferred";
  if (parameters.length === 0) return `write \`${name}\` alone: ${rule}, and the batch is no axis`;
  const isOwn = parameters.length === 1 && parameters[0]?.name.text === "n" && last.kind === "number";
  return isOwn && isNumber(last.value) ? `write \`${name} ${last.value}\`: ${rule}` : `it is ${header}: ${rule}`;
}

/** More values than there are parameters; the value above a line is the first of them, and is written nowhere. */
function tooMany({ name, parameters }: Callee, given: Resolved, last: Value, span: Span): Mistake {
  const header = headerOf(name, parameters);
  const isSize = last.kind === "number" && takesNumbersOnly(parameters);
  const inferred = isSize ? sizesInferred({ name, parameters }, header, last) : undefined;
  return tooManyArguments(
    name,
    { takes: parameters.length, header, hint: axisAdvice(name) ?? inferred },
    given,
    last,
    span,
  );
}

/** `dense(n, bias)`: what must be given stands first. */
const headerOf = (callee: string, parameters: readonly Parameter[]): string =>
  `\`${callee}(${parameters.map((p) => (p.default ? `${p.name.text}=...` : p.name.text)).join(", ")})\``;

/** The rest of a call's budget: its defaults are part of its work. */
type Spent = Pick<Context, "budget" | "depth">;

/** The scope of a default: the parameters before it, and the names of the file that it stands in. */
interface Readable {
  readonly bound: ReadonlyMap<string, Value>;
  readonly scope: Scope;
}

/** Most defaults are literals or names, which need no frame of their own. */
function defaultValue(e: Evaluator, d: Expression, { bound, scope }: Readable, spent: Spent): Value {
  const known = d.kind === "name" ? (bound.get(d.name) ?? scope.get(d.name)) : literalValue(d);
  if (known) return known;
  const inner = new Scope(scope);
  for (const [name, value] of bound) inner.set(name, value);
  return e.value(d, frameOfDefaults(inner, spent));
}

function frameOfDefaults(scope: Scope, { budget, depth }: Spent): Frame {
  const context = { ...newContext(false, { next: 0, known: new Map() }, budget), depth };
  const instance = new Instance("default", "default");
  return { scope, instance, context, key: "", it: undefined, branches: [], drawsByExample: false };
}

interface Placed {
  readonly value: Value;
  readonly span: Span | undefined;
}

/** A parameter called `size` takes the list (`conv 64 3x3`), wherever it stands. */
function orderByKind(positional: readonly Placed[], free: readonly Parameter[]): readonly Placed[] {
  const size = free.findIndex((p) => p.name.text === "size");
  const list = positional.find(({ value }) => value.kind === "list");
  if (size < 0 || !list || positional[size] === list) return positional;
  const rest = positional.filter((p) => p !== list);
  return [...rest.slice(0, size), list, ...rest.slice(size)];
}

/** Names that may stand before `=` in its arguments; undefined where only the callee knows. */
function acceptedBy(target: Value): readonly string[] | undefined {
  if (target.kind !== "definition") return undefined;
  const { definition } = target;
  const own = definition.parameters.map((p) => p.name.text);
  if (definition.kind === "schedule") return [...own, UNIT];
  if (definition.kind !== "cell") return own;
  return [
    ...own,
    ...definition.body.flatMap((s) => (s.kind === "state" ? s.entries.map((e) => e.name.text) : [])),
    "steps",
  ];
}

const nameOf = (target: Value): string => (target.kind === "definition" ? target.definition.name.text : target.kind);
