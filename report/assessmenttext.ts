// An assessment for the terminal: how often each class is taken for each, figures of each class, or how far numbers are off.

import { itemAt, zip } from "../compiler/arithmetic/lists.ts";
import { figureText } from "../project/numbertext.ts";
import {
  type Assessment,
  type ClassAssessment,
  confusions,
  hardest,
  type NumberAssessment,
} from "../project/use/assessment.ts";
import { table, visibleName } from "./tables.ts";

/** Classes whose matrix a terminal has room for, and lines of those that are listed where there are more. */
const MATRIX = 16;
const LISTED = 12;
/** Signs of a class's name. */
const NAME = 14;

export function assessmentText(assessment: Assessment): string {
  return assessment.kind === "classes" ? classesText(assessment) : numbersText(assessment);
}

const short = (label: string): string => {
  const signs = [...visibleName(label)];
  return signs.length > NAME ? `${signs.slice(0, NAME - 1).join("")}…` : signs.join("");
};

function classesText(a: ClassAssessment): string {
  const parts = a.labels.length <= MATRIX ? [matrixText(a)] : [confusionsText(a)];
  parts.push(perClassText(a));
  if (a.isText) parts.push(`perplexity ${figureText(Math.exp(a.crossEntropy))}`);
  return parts.join("\n\n");
}

function matrixText({ matrix, labels, part }: ClassAssessment): string {
  const head = ["right \\ answer", ...labels.map(short)];
  const rows = zip(labels, matrix).map(([label, line]) => [
    short(label),
    ...line.map((n) => (n === 0 ? "·" : String(n))),
  ]);
  return `${part}, what each class is taken for:\n${table(
    [head, ...rows],
    labels.map((_, i) => i + 1),
  )}`;
}

function confusionsText(a: ClassAssessment): string {
  const all = confusions(a);
  const named = (index: number): string => short(itemAt(a.labels, index));
  const rows = all.slice(0, LISTED).map((c) => [named(c.right), named(c.answer), String(c.count)]);
  if (rows.length === 0) return `${a.part}: no class is taken for another`;
  return `${a.part}, what is most often taken for something else:\n${table([["right", "answer", "times"], ...rows], [2])}`;
}

function perClassText(a: ClassAssessment): string {
  const isLong = a.labels.length > MATRIX;
  const shown = isLong ? hardest(a).slice(0, LISTED) : a.classes;
  const rows = shown.map((c) => [
    short(c.label),
    String(c.count),
    ...[c.precision, c.recall, c.f1, c.loss].map(figureText),
  ]);
  const title = isLong ? "the hardest classes:\n" : "";
  return `${title}${table([["class", "count", "precision", "recall", "F1", "loss"], ...rows], [1, 2, 3, 4, 5])}`;
}

function numbersText({ figures, part, count }: NumberAssessment): string {
  const rows = figures.map((f) => [f.name, ...[f.r2, f.rmse, f.mae].map(figureText)]);
  return `${part}, ${count.toLocaleString("en")} numbers:\n${table([["", "R2", "RMSE", "MAE"], ...rows], [1, 2, 3])}`;
}
