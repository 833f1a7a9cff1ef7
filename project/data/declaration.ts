// Data declarations as plain values: which data a training names, its source and arguments. Reads no file.

import { isNumber } from "../../compiler/arithmetic/dim.ts";
import { namesOf, unquoted } from "../../compiler/check/evaluate/unquoted.ts";
import { suggestion, unboundHint } from "../../compiler/check/names/didyoumean.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { Mistake, mistake } from "../../compiler/check/values/mistakes.ts";
import type { Value } from "../../compiler/check/values/values.ts";
import { describe } from "../../compiler/check/values/values.ts";
import type { Argument, DataDefinition, Expression, TrainDefinition } from "../../grammar/syntax/ast.ts";
import { namesOne, OPTIONS, some } from "../../grammar/syntax/queries.ts";
import type { Diagnostic, Span } from "../../grammar/syntax/span.ts";
import type { Dataset, SourceArgument, SourceRequest } from "../../runtime/data/dataset.ts";
import { sourceMeant } from "../../runtime/data/elsewhere.ts";
import { ONE_FILE, type Parameter } from "../../runtime/data/source.ts";
import { describeSource } from "../../runtime/data/sources/all.ts";
import { DataError } from "../../runtime/files/dataerror.ts";
import { Failure, failure } from "../failure.ts";

/**
 * The split of a data set does not depend on the seed of a run: runs with other seeds stay comparable, can be averaged,
 * and none has trained on what another holds out. `--split-seed` takes another split.
 */
export const SPLIT_SEED = 0;

/** Whether a declaration of data could not be read: its mistake was said there, and trainings on it are silent. */
export const hasUnreadData = ({ data, file }: Program): boolean => data.size === 0 && /^data\b/m.test(file.text);

/** Which data a training uses. */
export function dataOf(program: Program, definition: TrainDefinition): DataDefinition {
  const { data } = definition;
  if (!data)
    throw failure("train/no-data", `the training '${definition.name.text}' does not say what it trains on`, {
      span: definition.name.span,
      hint: hintOnData(program, definition.name.text),
    });
  const found = program.data.get(data.text);
  if (found) return found;
  const known = [...program.data.keys()];
  if (hasUnreadData(program)) throw new Failure([]);
  throw failure("names/unknown-data", `there is no data called '${data.text}'`, {
    span: data.span,
    hint:
      known.length > 0
        ? `there is ${known.join(", ")}`
        : `declare it above the training: \`data ${data.text} = ${sourceCalled(data.text)}\``,
    ...suggestion(data.text, data.span, known),
  });
}

/** `train net on d { ... }`, with the data that there is. */
function hintOnData({ data }: Program, training: string): string {
  const [name, more] = [...data.keys()];
  if (name === undefined)
    return `declare data above it, such as \`data points = csv("FILE.csv")\`, and write \`train ${training} on points { ... }\``;
  return `write \`train ${training} on ${more === undefined ? name : "DATA"} { ... }\`${more === undefined ? "" : `: there is ${[...data.keys()].join(", ")}`}`;
}

/** `torchvision.datasets.MNIST(...)`: the source that the last word stands for. */
function sourceWritten(head: Expression): string | undefined {
  const word = head.kind === "field" ? head.name.text : undefined;
  return word && sourceMeant(word, (ours) => `${ours}(...)`);
}

/** Tables that are put together, or of which some rows are taken, as other tools do it. */
function severalHint(source: Expression): string | undefined {
  if (namesOne(source, "where"))
    return "rows are chosen in the file; in a training a row counts or not by a factor: `loss (price > 0) * mse(net(x), y)`";
  return some(source, (kind) => kind === "call") && (source.kind === "list" || source.kind === "binary")
    ? ONE_FILE
    : undefined;
}

/** A source of that name, or any. */
const sourceCalled = (name: string): string => (describeSource(name) ? `${name}()` : `csv("FILE.csv")`);

export function fieldsOf({ train }: Pick<Dataset, "train">): Field[] {
  return train.columns.map((c) => ({
    name: c.name,
    shape: c.shape,
    ...(c.classes === undefined ? {} : { classes: c.classes }),
    ...(c.labels === undefined ? {} : { labels: c.labels }),
    ...(c.note === undefined ? {} : { note: c.note }),
    ...(c.scale === undefined ? {} : { scale: c.scale }),
    ...(c.columns === undefined || c.series ? {} : { readFrom: c.columns.map(({ written }) => written) }),
  }));
}

/** Remarks on data, at the place that declares it. */
export function remarksOn(dataset: Dataset, { source }: DataDefinition): Diagnostic[] {
  return (dataset.remarks ?? []).map((remark) => ({ severity: "warning", span: source.span, ...remark }));
}

/** Where a declaration is wrong: the argument at fault, a path that leads nowhere, a name that is no source; else all of it. */
export function placeIn({ source }: DataDefinition, error: unknown): Span {
  if (!(error instanceof DataError) || (source.kind !== "call" && source.kind !== "flow")) return source.span;
  const head = source.kind === "call" ? source.callee : source.head;
  if (error.code === "data/unknown-source") return head.span;
  const parameters = head.kind === "name" ? (describeSource(head.name)?.parameters ?? []) : [];
  const isMissing = /-not-found$/.test(error.code);
  const written = isMissing && error.argument === undefined ? missingPath(source.arguments, error) : undefined;
  if (written) return written;
  const missing = isMissing ? parameters.find((p) => p.kind === "path")?.name : undefined;
  const at = error.argument ?? missing;
  const named = source.arguments.find((a) => a.kind === "named" && a.name.text === at);
  const isKnown = parameters.some((p) => p.name === at);
  if (named?.kind === "named") return isKnown ? named.value.span : named.name.span;
  const place = typeof at === "number" ? at : parameters.findIndex((p) => p.name === at);
  return source.arguments.filter((a) => a.kind !== "named")[place]?.span ?? source.span;
}

/** Where a path stands that leads nowhere: the longest text with which the message ends, of several arguments that are paths. */
function missingPath(given: readonly Argument[], { message }: DataError): Span | undefined {
  const texts = given.flatMap((a) => (a.kind !== "option" && a.value.kind === "string" ? [a.value] : []));
  const ends = texts.filter(({ value }) => value !== "" && message.endsWith(value.replace(/^\.[/\\]/, "")));
  return ends.toSorted((a, b) => b.value.length - a.value.length)[0]?.span;
}

/** The source and its arguments as plain values. */
export function requestOf(
  program: Program,
  definition: DataDefinition,
  base: string,
  seed: number = SPLIT_SEED,
): SourceRequest {
  const { source } = definition;
  const head = source.kind === "call" ? source.callee : source.kind === "flow" ? source.head : source;
  const given = source.kind === "call" || source.kind === "flow" ? source.arguments : [];
  // Its mistake was reported when it was parsed.
  if (some(source, (kind) => kind === "bad" || kind === "bad-statement")) throw new Failure([]);
  if (head.kind !== "name")
    throw failure("data/not-a-source", "a data declaration names a source, and this is another value", {
      span: source.span,
      hint:
        sourceWritten(head) ??
        severalHint(source) ??
        'write for example `data d = digits()` or `data d = csv("table.csv")`',
    });
  const positional: SourceArgument[] = [];
  const named = new Map<string, SourceArgument>();
  const parameters = describeSource(head.name)?.parameters ?? [];
  for (const argument of given) {
    const place = argument.kind === "named" ? argument.name.text : positional.length;
    const parameter = typeof place === "number" ? parameters[place] : parameters.find((p) => p.name === place);
    const value = plainArgument(program, argument, parameter);
    if (argument.kind === "named") named.set(argument.name.text, value);
    else positional.push(value);
  }
  return { name: head.name, positional, named: Object.fromEntries(named), seed, base };
}

function plainArgument(program: Program, argument: Argument, parameter: Parameter | undefined): SourceArgument {
  if (argument.kind === "option")
    throw failure("data/bad-argument", "a data source takes no short options", {
      span: argument.span,
      hint: `write its name: ${OPTIONS[argument.letter]}=${argument.value}`,
    });
  const noun = parameter && nounOf(parameter);
  const before = program.diagnostics.length;
  const value = evaluated(program, argument.value, noun);
  if (program.diagnostics.length > before) throw new Failure(program.diagnostics.slice(before));
  const plain = plainValue(value);
  if (plain !== undefined) return plain;
  const text = program.elaborator.textOf(argument.value.span);
  throw failure("data/bad-argument", `a data source takes numbers, sizes and text, and this is ${describe(value)}`, {
    span: argument.span,
    ...(noun && /^\w+$/.test(text) ? { hint: `${noun} is text in quotes: \`"${text}"\`` } : {}),
  });
}

/** Of a parameter that takes text what that is; undefined of any other. */
function nounOf({ name, kind }: Parameter): string | undefined {
  if (kind === "path") return "a path";
  return kind === "word" || kind === "names" ? `'${name}'` : undefined;
}

/** `noun`: of a text what it is. */
function evaluated(program: Program, e: Expression, noun: string | undefined): Value {
  const { elaborator, scope } = program;
  try {
    return elaborator.value(e, program.frame(false));
  } catch (error) {
    const found =
      noun === undefined
        ? withPlainNames(error, e, program)
        : unquoted(error, e, { noun, text: elaborator.textOf(e.span), scope });
    elaborator.report(found, e.span);
    return { kind: "unknown" };
  }
}

/** A name that stands for nothing where a number belongs: layers and functions are no help. */
function withPlainNames(error: unknown, e: Expression, { scope }: Program): unknown {
  if (e.kind !== "name" || !(error instanceof Mistake) || error.diagnostic.code !== "names/unknown") return error;
  const known = namesOf(scope, ["number", "boolean", "list"]);
  return mistake("names/unknown", e.span, error.diagnostic.message, {
    hint: unboundHint(e.name),
    ...suggestion(e.name, e.span, known),
  });
}

function plainValue(value: Value): SourceArgument | undefined {
  if (value.kind === "string" || value.kind === "boolean") return value.value;
  if (value.kind === "number") return isNumber(value.value) ? value.value : undefined;
  if (value.kind !== "list") return undefined;
  const items = value.items.map(plainValue);
  if (items.every((i) => typeof i === "number")) return items;
  return items.every((i) => typeof i === "string") ? items : undefined;
}
