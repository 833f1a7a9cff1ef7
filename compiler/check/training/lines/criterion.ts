// By which figure a training finds its best epoch: `best accuracy`, `patience 3 of accuracy`. In: those lines, and the figures that
// are taken of held-out rows. Out: the figure and its direction, or a mistake at the line. Invariant: both lines mean one figure,
// since a run remembers a single best epoch and waits for a better one.

import type { Expression } from "../../../../grammar/syntax/ast.ts";
import { asName } from "../../../../grammar/syntax/queries.ts";
import type { Span } from "../../../../grammar/syntax/span.ts";
import type { Criterion } from "../../../../runtime/plan.ts";
import { didYouMean } from "../../names/didyoumean.ts";
import { SETTINGS } from "../../names/settings.ts";
import { type Mistake, mistake } from "../../values/mistakes.ts";

/** The figure that a line names. */
export interface NamedCriterion extends Criterion {
  /** Of the figure's name. */
  readonly span: Span;
  /** Whether the line says itself which is better. */
  readonly isDirected: boolean;
}

type Word = "best" | "patience";

/** Undefined where the line names no figure. */
export function criterionIn(word: Word, line: Expression): NamedCriterion | undefined {
  const values = line.kind === "flow" ? line.arguments : [];
  const words = values.map((a) => {
    const value = a.kind === "option" ? asName(a) : a.value;
    return { name: value.kind === "name" ? value.name : undefined, span: value.span };
  });
  // `best` alone lacks its value, which is said where forms are checked.
  if (words.length === (word === "best" ? 0 : 1)) return undefined;
  const after = word === "best" ? words : words.slice(2);
  const hasOf = word === "best" || words[1]?.name === "of";
  const [first, second] = after;
  const isDirected = after.length === 2 && (first?.name === "lowest" || first?.name === "highest");
  const figure = isDirected ? second : first;
  const isCounted = word === "best" || words[0]?.name !== "of";
  if (!hasOf || !isCounted || figure?.name === undefined || after.length > (isDirected ? 2 : 1))
    throw badForm(word, line);
  const isLowest = isDirected ? first?.name === "lowest" : figure.name === "loss";
  return { figure: figure.name, isLowest, span: figure.span, isDirected };
}

const badForm = (word: Word, { span }: Expression): Mistake =>
  word === "best"
    ? mistake("train/bad-figure", span, "`best` takes the name of one figure, after `lowest` where less is better", {
        hint: `write \`${SETTINGS.best.example}\`, \`best lowest error\` or \`best loss\``,
      })
    : mistake("train/bad-figure", span, "`patience` takes a number of epochs, then `of` and the name of one figure", {
        hint: "write `patience 3`, `patience 3 of accuracy` or `patience 3 of lowest error`",
      });

/** The figure that all such lines mean, which has to be among those of held-out rows. */
export function checkedCriterion(lines: readonly NamedCriterion[], metrics: readonly string[]): Criterion | undefined {
  const [first] = lines;
  if (!first) return undefined;
  const known = ["loss", ...metrics];
  for (const { figure, span } of lines) if (!known.includes(figure)) throw unknownFigure(figure, span, metrics);
  const other = lines.find((l) => l.figure !== first.figure || l.isLowest !== first.isLowest);
  if (other)
    throw mistake(
      "train/two-criteria",
      other.span,
      `this asks for the ${sayCriterion(other)}, and another line for the ${sayCriterion(first)}`,
      {
        hint: "a run has one best epoch, and waits for a better one: name the same figure in both lines, or in one of them only",
        related: [{ span: first.span, text: "the other line" }],
      },
    );
  if (first.figure === "loss" && !first.isLowest)
    throw mistake("train/bad-figure", first.span, "of a loss the lowest is best", { hint: "leave out `highest`" });
  return { figure: first.figure, isLowest: first.isLowest };
}

const sayCriterion = ({ figure, isLowest }: Criterion): string => `${isLowest ? "lowest" : "highest"} ${figure}`;

function unknownFigure(figure: string, span: Span, metrics: readonly string[]): Mistake {
  const near = didYouMean(figure, ["loss", ...metrics]);
  const fix = near === undefined ? {} : { fix: { title: `write \`${near}\``, edits: [{ span, text: near }] } };
  const listed = ["loss", ...metrics].map((name) => `\`${name}\``).join(", ");
  return mistake("train/bad-figure", span, `the training reports no figure '${figure}'`, {
    hint:
      near === undefined
        ? `it reports ${listed}; a line such as \`metric ${figure} = ...\` makes another`
        : `did you mean \`${near}\`?`,
    ...fix,
  });
}

/** Names of figures that are better where they are less. */
const LESS = /(^|_)(loss|error|errors|err|mse|rmse|mae|cost|distance|perplexity|nll|bce|divergence|kl)(_|\d*$)/i;

/** Whether the highest of a figure would be taken, and its name says that less is better. */
export const isLikelyReversed = ({ figure, isLowest, isDirected }: NamedCriterion): boolean =>
  !isDirected && !isLowest && LESS.test(figure);
