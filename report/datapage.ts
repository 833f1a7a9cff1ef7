// A data set as a page that needs nothing else: warnings, a table of its fields, bars of its classes, and sheets of
// examples, as the source gives them and as models see them.

import type { FieldSurvey, Survey } from "../project/data/survey.ts";
import { figureText } from "../project/numbertext.ts";
import type { Column, Dataset } from "../runtime/data/dataset.ts";
import { htmlTable, PREPARED, section, sheetOf } from "./datasheets.ts";
import { escaped, type Section } from "./readings.ts";
import { visibleName } from "./tables.ts";

/** Classes that get a bar. */
const BARS = 40;

/** `prepared`: the first training examples after the body of the declaration, where it changes any. */
export function dataSections(
  name: string,
  survey: Survey,
  dataset: Dataset,
  prepared: readonly Column[] | undefined,
): Section[] {
  const { train, heldout, unit, warnings } = survey;
  const head = `<h2>${escaped(name)}: ${train} ${escaped(unit)} train, ${heldout} are held out</h2>`;
  const told = warnings.map((text) => `<p><b>Warning:</b> ${escaped(text)}</p>`).join("\n");
  const classes = survey.fields.filter((field) => field.classes && field.classes.length <= BARS).slice(0, 6);
  const parts = [`${head}\n${told}\n${htmlTable(fieldRows(survey))}`, ...classes.map(barsOf)];
  return [
    ...parts.map(section),
    ...sheetOf("The first training examples", dataset.train.columns, dataset.train.length),
    ...(prepared ? sheetOf("As models see them", prepared, Math.min(PREPARED, dataset.train.length), true) : []),
  ];
}

/** The fields in lines: name, type, and what they hold. */
export function fieldRows({ fields }: Survey): string[][] {
  const rows = fields.map(({ name, type, range, missing, classes }) => [
    name,
    type,
    ...(range ? [range.least, range.mean, range.deviation, range.most].map(figureText) : ["", "", "", ""]),
    missing === undefined ? "" : String(missing),
    classesText(classes),
  ]);
  return [["field", "type", "least", "mean", "deviation", "most", "missing", "classes"], ...rows];
}

/** Classes that a line names. */
const NAMED = 6;

function classesText(classes: FieldSurvey["classes"] = []): string {
  const named = classes.slice(0, NAMED).map(({ name, train, heldout }) => `${visibleName(name)} ${train}+${heldout}`);
  return [...named, ...(classes.length > NAMED ? [`and ${classes.length - NAMED} more`] : [])].join(", ");
}

/** How many training examples each class has, as bars. */
function barsOf({ name, classes = [] }: FieldSurvey): string {
  const most = Math.max(1, ...classes.map(({ train }) => train));
  const lines = classes.map((each) => {
    const bar = `<i style="width: calc(${(each.train / most).toFixed(4)} * min(20rem, 55%))"></i>`;
    return `<tr><th>${escaped(visibleName(each.name))}</th><td>${bar} ${each.train}</td></tr>`;
  });
  return `<h2>Training examples of each class of ${escaped(name)}</h2>\n<table class="classes">\n${lines.join("\n")}\n</table>`;
}
