// A function that the language itself gives, as one record: its parameters with their domains, its documentation, and what it
// makes. In: a call's arguments. Out: each read by its domain, or a mistake at the argument that is outside of it.
// Invariant: no argument is passed over; what no parameter takes is a mistake.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Node } from "../../graph/node.ts";
import { axisAdvice } from "../advice/byname.ts";
import { unknownParameter } from "../advice/parameternames.ts";
import type { Measures } from "../frame/statistics.ts";
import type { ArgumentPlace, Domain } from "../sizes/domains.ts";
import type { WindowRequest } from "../sizes/windows.ts";
import type { FileTensor, Unread } from "../values/filetensors.ts";
import type { Instance } from "../values/instance.ts";
import { type Mistake, mistake } from "../values/mistakes.ts";
import { describe, type ModelValue, type Resolved, type Value } from "../values/values.ts";

/** The surroundings of a call. */
export interface Call {
  readonly span: Span;
  /** A number that stands for this place in the program, with the chain of calls. */
  readonly place: () => number;
  /** Whether draws differ from example to example (not for the start of a parameter). */
  readonly drawsByExample: boolean;
  /** Counts nodes that it goes over as work of the program, before it does. */
  readonly count: (nodes: number) => void;
  /** How many loops over time it stands in. */
  readonly timed: number;
  /** Figures of all training examples, in the body of a data declaration. */
  readonly measures: Measures | undefined;
  /** Notes a mean of a training's own lines, and gives what to go on with. */
  readonly mean: (mean: Node) => Node;
  /** The values with these means themselves where a metric has what stands for them. */
  readonly withMeans: (nodes: readonly Node[]) => readonly Node[];
  /** Notes a window, which says how a size came about. */
  readonly explain: (window: WindowRequest) => void;
  /** The layers made here: one more, that this place keeps. */
  readonly child: (kind: string) => Instance;
  /** The tensor of an array in a file, or why there is none. */
  readonly fileTensor: (file: string, name: string | undefined) => FileTensor | Unread;
  /** Makes a model's parameters where its inputs' sizes are known without a call. */
  readonly open: (model: ModelValue) => void;
}

export type Parameters = Readonly<Record<string, Domain<unknown>>>;
type ArgumentsOf<P extends Parameters> = { readonly [K in keyof P]: P[K] extends Domain<infer T> ? T : never };
/** Where an argument of the call stands. */
export type Places<P> = (parameter: keyof P & string) => ArgumentPlace;

export interface Builtin {
  readonly text: string;
  readonly parameters: Parameters;
  /** How its signature ends where it takes any number of values. */
  readonly rest?: string;
  readonly run: (name: string, given: Resolved, c: Call) => Value;
}

/** A function of the language: `make` sees every parameter, read by its domain. */
export function builtin<P extends Parameters>(
  text: string,
  parameters: P,
  make: (given: ArgumentsOf<P>, c: Call, places: Places<P>) => Value,
): Builtin {
  const run: Builtin["run"] = (name, given, c) => {
    const { values, places } = readArguments(name, parameters, given, c.span);
    return make(values, c, places);
  };
  return { text, parameters, run };
}

export interface Several {
  /** The list, or the call. */
  readonly span: Span;
  readonly values: readonly Value[];
  readonly places: readonly ArgumentPlace[];
}

/** One that also joins the items of a list: `sum([a, b])`; with `rest` also several arguments: `max(a, b)`. */
export function joining(one: Builtin, join: (several: Several, c: Call) => Value, rest?: string): Builtin {
  const run: Builtin["run"] = (name, given, c) => {
    const several = severalOf(name, given, c.span, rest !== undefined);
    return several ? join(several, c) : one.run(name, given, c);
  };
  return { ...one, ...(rest === undefined ? {} : { rest }), run };
}

/** A function of several values, or of a list of them, whose other parameters have names: `concat(a, b, over=0)`. */
export function joiningAlong<P extends Parameters>(
  text: string,
  parameters: P,
  join: (several: Several, given: ArgumentsOf<P>, c: Call) => Value,
): Builtin {
  const run: Builtin["run"] = (name, given, c) => {
    const { positional, named, spans } = given;
    const words = { positional: [], named, ...(spans ? { spans: { ...spans, positional: [] } } : {}) };
    const { values } = readArguments(name, parameters, words, c.span);
    const several = severalOf(name, { ...given, positional, named: new Map() }, c.span, true) ?? alone(name, given, c);
    return join(several, values, c);
  };
  return { text, parameters, rest: "a, b, ...", run };
}

/** One value that is no list. */
function alone(callee: string, { positional, spans }: Resolved, { span }: Call): Several {
  const places = positional.map((_, i) => ({
    span: spans?.positional[i] ?? span,
    callee,
    name: `value ${i + 1}`,
    before: {},
  }));
  return { span, values: positional, places };
}

function severalOf(name: string, given: Resolved, span: Span, spread: boolean): Several | undefined {
  const { positional, named, spans } = given;
  const [first] = positional;
  const isList = positional.length === 1 && first?.kind === "list";
  if (!isList && !(spread && positional.length !== 1)) return undefined;
  // With axes to go over, a list is the tensor of its items.
  if (named.size > 0 && (isList || positional.length === 0)) return undefined;
  for (const word of named.keys())
    throw mistake(
      "calls/unknown-parameter",
      spans?.named.get(word)?.name ?? span,
      `'${name}' of several values has no parameter '${word}'`,
      {
        hint:
          axisAdvice(name) ??
          `of several values it goes element by element; \`${word}\` belongs to one tensor: \`${name}(x, ${word}=...)\``,
      },
    );
  const at = (i: number): ArgumentPlace => ({
    span: spans?.positional[isList ? 0 : i] ?? span,
    callee: name,
    name: `value ${i + 1}`,
    before: {},
  });
  const values = isList ? first.items : positional;
  return { span: (isList && spans?.positional[0]) || span, values, places: values.map((_, i) => at(i)) };
}

// ---------------------------------------------------------------- reading

interface Read<P extends Parameters> {
  readonly values: ArgumentsOf<P>;
  readonly places: Places<P>;
}

/** Every argument by its domain; none is passed over. */
export function readArguments<P extends Parameters>(
  callee: string,
  parameters: P,
  given: Resolved,
  span: Span,
): Read<P> {
  const byName = assign(callee, parameters, given, span);
  const values: Record<string, unknown> = {};
  const places = (name: string): ArgumentPlace => ({
    span: byName.get(name)?.span ?? span,
    callee,
    name,
    before: values,
  });
  let i = 0;
  for (const [name, domain] of Object.entries(parameters)) {
    const value = byName.get(name)?.value;
    if (domain.absent && (value === undefined || value.kind === "none")) values[name] = domain.absent.value;
    else if (value === undefined) throw missing(name, i, span, signatureOf(callee, { parameters }));
    else values[name] = domain.read(value, places(name));
    i++;
  }
  return { values: values as ArgumentsOf<P>, places };
}

/** `last`: the first argument that has no parameter. A value above the line is none that was written. */
export function tooManyArguments(
  name: string,
  { takes, header, hint }: { readonly takes: number; readonly header: string; readonly hint?: string | undefined },
  { positional, named, spans }: Resolved,
  last: Value,
  span: Span,
): Mistake {
  const above = spans ? spans.positional.filter((at) => at === undefined).length : 0;
  const left = takes - above;
  const came = positional.length + named.size - above;
  const input = above > 0 ? " beside the value above it" : "";
  const count = left === 0 ? "no argument" : left === 1 ? "one argument" : `${left} arguments`;
  return mistake(
    "calls/too-many-arguments",
    span,
    came === 1
      ? `'${name}' takes ${count}${input}, and here is ${describe(last)}`
      : `'${name}' takes ${count}${input}, and here are ${came} (the last is ${describe(last)})`,
    { hint: hint ?? (left === 0 ? "leave it out" : `it is ${header}`) },
  );
}

/** Each argument by the name of its parameter. */
function assign(
  callee: string,
  parameters: Parameters,
  { positional, named, spans }: Resolved,
  span: Span,
): ReadonlyMap<string, { readonly value: Value; readonly span: Span | undefined }> {
  const names = Object.keys(parameters);
  const found = new Map<string, { value: Value; span: Span | undefined }>();
  for (const [name, value] of named) {
    const written = spans?.named.get(name);
    if (!names.includes(name)) throw unknownParameter(callee, { text: name }, names, written?.name ?? span);
    found.set(name, { value, span: written?.value });
  }
  const free = names.filter((n) => !named.has(n));
  positional.forEach((value, i) => {
    const name = free[i];
    if (name === undefined)
      throw tooManyArguments(
        callee,
        { takes: names.length, header: `\`${signatureOf(callee, { parameters })}\`` },
        { positional, named, ...(spans ? { spans } : {}) },
        value,
        spans?.positional[i] ?? span,
      );
    found.set(name, { value, span: spans?.positional[i] });
  });
  return found;
}

const missing = (name: string, i: number, span: Span, signature: string): Error =>
  mistake("calls/missing-argument", span, `an argument is missing here: '${name}'`, {
    hint: `it is \`${signature}\`: ${i === 0 ? `write a value for '${name}'` : `'${name}' stands at place ${i + 1}, or write \`${name}=...\``}`,
  });

/** `reverse(x, axis=0)` */
export function signatureOf(name: string, { parameters, rest }: Pick<Builtin, "parameters" | "rest">): string {
  const own = Object.entries(parameters).map(([p, { absent }]) => (absent ? `${p}=${absent.shown}` : p));
  const isNamed = Object.values(parameters).every(({ absent }) => absent);
  return `${name}(${(rest && isNamed ? [rest, ...own] : own).join(", ")})`;
}
