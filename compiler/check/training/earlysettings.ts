// The lines of a training that are read before its data is: `batch` and `epochs`. In: such a line. Out: its value, from the names
// of the file and the settings of the training's header, or a mistake.

import type { Expression, TrainDefinition } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { settingValue } from "../program/givensettings.ts";
import type { Program } from "../program/program.ts";
import { Consequence, Mistake, mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { Scope } from "../values/values.ts";

/** A training, with what the command line gives its settings. */
interface Given {
  readonly program: Program;
  readonly definition: TrainDefinition;
  readonly overrides: ReadonlyMap<string, string>;
}

/** The value of a line that is read before there is any data: of the names of the file and the settings of the training's header. */
export function settingOf(
  word: "batch" | "epochs",
  line: Expression,
  { program, definition, overrides }: Given,
): Value {
  const frame = program.frame(true);
  const scope = new Scope(program.scope);
  const own = { ...frame, scope };
  const { elaborator } = program;
  for (const { name, default: start } of definition.parameters) {
    const chosen = overrides.get(name.text);
    const value = start && tried(() => elaborator.value(start, own));
    if (chosen !== undefined)
      scope.set(name.text, settingValue(chosen, scope, { name: name.text, span: name.span, own: value }));
    else if (value) scope.set(name.text, value);
  }
  try {
    return elaborator.value(line, own);
  } catch (error) {
    throw error instanceof Mistake && error.diagnostic.code === "names/unknown"
      ? numberWanted(word, line.span, error)
      : error;
  }
}

/** What cannot be found out without the data is said where it is read with it. */
function tried(find: () => Value): Value {
  try {
    return find();
  } catch (error) {
    if (error instanceof Mistake || error instanceof Consequence) return { kind: "unknown" };
    throw error;
  }
}

/** A name that stands for nothing where a number is wanted: names of other kinds are no help. */
function numberWanted(word: string, line: Span, { diagnostic: { code, message, span = line } }: Mistake): Mistake {
  const example = word === "batch" ? "batch 64" : "epochs 10";
  return mistake(code, span, message, {
    hint: `write a whole number, as in \`${example}\`; a name stands for one that a line at the top of the file gives it`,
  });
}
