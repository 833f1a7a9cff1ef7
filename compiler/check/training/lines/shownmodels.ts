// Models that `show generate(...)` asks for a text. In: the lines of a training, run. Out: a mistake for each model that gives no next
// character, which would come to light with its first text, and prompts with the characters that they may have.

import type { ModelDefinition, TopLevel } from "../../../../grammar/syntax/ast.ts";
import { namesOne } from "../../../../grammar/syntax/queries.ts";
import type { Span } from "../../../../grammar/syntax/span.ts";
import { type Dim, showDim } from "../../../arithmetic/dim.ts";
import { onlyOf } from "../../../arithmetic/lists.ts";
import type { Application } from "../../frame/application.ts";
import type { Program } from "../../program/program.ts";
import { type Mistake, mistake } from "../../values/mistakes.ts";
import { requiredInputs, type Scope, type TensorValue, type Value } from "../../values/values.ts";
import type { Show, ShowText } from "./outputs.ts";
import { headOf } from "./settings.ts";

/** A training whose lines have been run. */
export interface ShowingBody {
  readonly shows: readonly Show[];
  readonly prepared: Scope;
  readonly frame: { readonly context: { readonly applications: { readonly roots: readonly Application[] } } };
}

/** Mistakes of models that are to write a text. */
export function textMistakes(program: Program, body: ShowingBody): readonly Mistake[] {
  return body.shows.flatMap((show) => {
    const found = show.kind === "generate" ? textMistake(program, body, show) : undefined;
    return found ? [found] : [];
  });
}

function textMistake(program: Program, { frame }: ShowingBody, show: ShowText): Mistake | undefined {
  const { model, places } = show;
  const definition = program.models.get(model)?.definition;
  if (!definition) return undefined;
  const input = onlyOf(requiredInputs(definition));
  const call = callOf(definition, frame.context.applications.roots);
  if (!call && !isMentioned(model, program.file.definitions)) return untrained(show);
  if (call?.output.kind === "unknown") return undefined;
  const given = input && call?.arguments.get(input.name.text);
  if (!input || (call && (given?.kind !== "tensor" || !isRankedText(given, call.output))))
    return mistake("sample/not-text", places.model, `'${model}' does not give the next character of a text`, {
      hint: "`generate` takes a model of one text, `text: [T] of V`, that ranks the V characters at every step: `dense V` as its last layer",
    });
  return undefined;
}

/** A prompt with the characters of the text that its model goes on with, in their order. */
export interface PromptUse {
  readonly prompt: string;
  readonly characters: readonly string[];
  readonly span: Span;
}

/** The prompts of the texts that a training is to write, where the characters of its text are known. */
export function promptsOf(program: Program, { shows, frame, prepared }: ShowingBody): readonly PromptUse[] {
  return shows.flatMap((show) => {
    const definition = show.kind === "generate" ? program.models.get(show.model)?.definition : undefined;
    const input = definition && onlyOf(requiredInputs(definition));
    if (show.kind !== "generate" || !input) return [];
    const given = callOf(definition, frame.context.applications.roots)?.arguments.get(input.name.text);
    const texts = [given, prepared.get(input.name.text)];
    const characters = texts.flatMap((t) => (t?.kind === "tensor" && t.labels ? [t.labels] : []))[0];
    if (characters === undefined || characters === "unread" || !characters.every(isCharacter)) return [];
    return [{ prompt: show.prompt, characters, span: show.places.prompt }];
  });
}

/** The first call of a model. */
function callOf(model: ModelDefinition, all: readonly Application[]): Application | undefined {
  for (const a of all) {
    const found = a.callee?.definition === model ? a : callOf(model, a.children);
    if (found) return found;
  }
  return undefined;
}

/** Whether lines of a program other than its own and what is shown name a model: then they may train it. */
const isMentioned = (model: string, definitions: readonly TopLevel[]): boolean =>
  definitions.some((d) => {
    if (d.kind === "import") return true;
    if (d.kind === "train") return d.body.some((s) => headOf(s) !== "show" && namesOne(s, model));
    return !(d.kind === "model" && d.name.text === model) && namesOne(d, model);
  });

const untrained = ({ model, places }: ShowText): Mistake =>
  mistake("sample/not-text", places.model, `no training of the file trains '${model}', which is to write a text`, {
    hint: "name the model that a loss calls",
  });

/** Whether a text [T] of V becomes [T, V]. */
function isRankedText({ node, classes }: TensorValue, output: Value): boolean {
  const [ranked] = output.kind === "list" ? output.items : [output];
  if (ranked?.kind !== "tensor" || classes === undefined || node.shape.length !== 1) return false;
  const [steps, kinds, ...more] = ranked.node.shape;
  return more.length === 0 && isEqual(steps, node.shape[0]) && isEqual(kinds, classes);
}

const isEqual = (a: Dim | undefined, b: Dim | undefined): boolean =>
  a !== undefined && b !== undefined && showDim(a) === showDim(b);

const isCharacter = (label: string): boolean => [...label].length === 1;
