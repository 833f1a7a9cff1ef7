// The lines of a training that are read before its data is: `batch` and `epochs`. In: such a line. Out: its value, from the names
// of the file and the settings of the training's header, or a mistake.

import type { Expression, Statement, TrainDefinition } from "../../../../grammar/syntax/ast.ts";
import { asName } from "../../../../grammar/syntax/queries.ts";
import type { Span } from "../../../../grammar/syntax/span.ts";
import { SETTINGS, type SettingName, type StartSetting, usualOf } from "../../names/settings.ts";
import { settingValue } from "../../program/givensettings.ts";
import type { Program } from "../../program/program.ts";
import { Consequence, Mistake, mistake } from "../../values/mistakes.ts";
import type { Value } from "../../values/values.ts";
import { numberValue, Scope } from "../../values/values.ts";
import { fixedNumber } from "./settingnumbers.ts";

/** A training, with what the command line gives its settings. */
interface Given {
  readonly program: Program;
  readonly definition: TrainDefinition;
  readonly overrides: ReadonlyMap<string, string>;
}

/** A number that is read before there is any data: the command line's, or its line's, or the usual one. */
export function startNumber(name: StartSetting, given: Given): number {
  const chosen = given.overrides.get(name);
  if (chosen !== undefined) return fixedNumber(name, numberValue(Number(chosen)), given.definition.name.span);
  const line = findSetting(given.definition.body, name);
  return line ? fixedNumber(name, settingOf(name, line, given), line.span) : usualOf(name);
}

/** The first value of the line that begins with a setting's word. */
export function findSetting(body: readonly Statement[], head: SettingName): Expression | undefined {
  for (const s of body) {
    if (s.kind !== "line") continue;
    const { value } = s;
    if (value.kind === "flow" && value.head.kind === "name" && value.head.name === head && value.arguments[0]) {
      const [first] = value.arguments;
      return first.kind === "option" ? asName(first) : first.value;
    }
  }
  return undefined;
}

/** The value of such a line: of the names of the file and the settings of the training's header. */
function settingOf(word: StartSetting, line: Expression, { program, definition, overrides }: Given): Value {
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

/** Values that need the data are unknown here; their mistakes are reported where the line is read with the data. */
function tried(find: () => Value): Value {
  try {
    return find();
  } catch (error) {
    if (error instanceof Mistake || error instanceof Consequence) return { kind: "unknown" };
    throw error;
  }
}

/** A name that stands for nothing where a number is wanted: names of other kinds are no help. */
function numberWanted(
  word: StartSetting,
  line: Span,
  { diagnostic: { code, message, span = line } }: Mistake,
): Mistake {
  return mistake(code, span, message, {
    hint: `write a whole number, as in \`${SETTINGS[word].example}\`; a name stands for one that a line at the top of the file gives it`,
  });
}
