// A form for models that take neither points nor pictures: a question for each column of its table, or for each input.
// In: the model's inputs, an example of the data. Out: questions with the example's answers; and from answers a row.

import type { ModelInput } from "../../project/use/model/modelinputs.ts";
import type { Column, Split } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import type { Question } from "./protocol.ts";

/** Numbers that are asked for in one field, and questions of a form. */
const MOST_NUMBERS = 32;
const MOST = 60;

/** Undefined where a form has no room for what the model takes. */
export function questionsOf(
  inputs: readonly ModelInput[],
  { columns, length }: Split,
): readonly Question[] | undefined {
  const questions: Question[] = [];
  for (const input of inputs) {
    const column = columns.find((c) => c.name === input.field.name);
    const width = input.field.shape.reduce((a, b) => a * b, 1);
    const example = length > 0 ? [...(column ? numbersOf(column, 0, width) : [])] : [];
    const asked = input.field.columns ? ofColumns(input, example) : ofInput(input, column, example);
    if (!asked) return undefined;
    questions.push(...asked);
  }
  return questions.length > 0 && questions.length <= MOST ? questions : undefined;
}

/** A column of words is several numbers, one for each word: one question. */
function ofColumns({ field }: ModelInput, example: readonly number[]): Question[] {
  const found = new Map<string, { question: Question; options: string[] }>();
  for (const [i, { written, format }] of (field.columns ?? []).entries()) {
    const value = example[i];
    if (format.kind === "is") {
      const known = found.get(written) ?? { question: choice(written, [], ""), options: [] };
      known.options.push(format.word);
      const chosen = value === 1 ? format.word : known.question.value || known.options[0]!;
      found.set(written, { ...known, question: choice(written, known.options, chosen) });
    } else if (format.kind === "flag") {
      const { yes, no } = format;
      found.set(written, { question: choice(written, [yes, no], value === 1 ? yes : no), options: [] });
    } else if (field.classes !== undefined && field.labels) {
      const { labels } = field;
      found.set(written, { question: choice(written, labels, labels[value ?? 0] ?? ""), options: [] });
    } else if (!found.has(written)) {
      const plain = format.kind === "number" && value !== undefined ? plainNumber(value) : "";
      found.set(written, { question: { name: written, kind: "text", value: plain, options: [] }, options: [] });
    }
  }
  return [...found.values()].map(({ question }) => question);
}

function ofInput(
  { name, field }: ModelInput,
  column: Column | undefined,
  example: readonly number[],
): Question[] | undefined {
  const { shape, classes } = field;
  const labels = field.labels ?? column?.labels;
  if (classes !== undefined && labels && shape.length === 0)
    return [choice(name, labels, labels[example[0] ?? 0] ?? "")];
  if (classes !== undefined && labels && shape.length === 1) {
    const text = example.map((id) => labels[id] ?? "").join("");
    return [{ name, kind: "text", value: text, options: [] }];
  }
  const width = shape.reduce((a, b) => a * b, 1);
  if (width > MOST_NUMBERS) return undefined;
  const value = (example.length > 0 ? example : new Array<number>(width).fill(0)).map(plainNumber).join(", ");
  return [{ name, kind: "numbers", value, options: [] }];
}

const choice = (name: string, options: readonly string[], value: string): Question => ({
  name,
  kind: "choice",
  value,
  options,
});

const plainNumber = (value: number): string => String(Number(value.toPrecision(6)));

/** A row by the names of columns or inputs. */
export function rowIn(questions: readonly Question[], answers: Readonly<Record<string, string>>): unknown {
  const cells = questions.map(({ name, kind, value }): [string, unknown] => {
    const answer = answers[name] ?? value;
    if (kind !== "numbers") return [name, answer];
    const numbers = answer.split(/[\s,;]+/).filter((part) => part !== "");
    return [name, numbers.length === 1 ? Number(numbers[0]) : numbers.map(Number)];
  });
  return Object.fromEntries(cells);
}
