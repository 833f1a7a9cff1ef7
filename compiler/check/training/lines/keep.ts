// `keep` lines of a training: how often a copy of the weights is kept.

import type { Expression } from "../../../../grammar/syntax/ast.ts";
import { showFraction } from "../../../arithmetic/dim.ts";
import { isInRange, sayRange } from "../../../arithmetic/numberrange.ts";
import type { Frame } from "../../frame/frame.ts";
import type { Program } from "../../program/program.ts";
import { mistake } from "../../values/mistakes.ts";
import { asSize } from "../../values/values.ts";
import type { Keep } from "./types.ts";

/** `keep every restart`, or `keep every 5` epochs. */
export function keptBy(program: Program, line: Expression, f: Frame): Keep {
  const [word, often] = line.kind === "flow" ? line.arguments : [];
  if (word?.kind === "positional" && word.value.kind === "name" && word.value.name === "every") {
    if (often?.kind === "positional" && often.value.kind === "name" && often.value.name === "restart")
      return { every: "restart", span: line.span };
    if (often?.kind === "positional")
      return {
        every: epochsBetween(program, often.value, f),
        span: line.span,
      };
  }
  throw mistake("train/bad-keep", line.span, "weights are kept at each restart of the schedule or every few epochs", {
    hint:
      word?.kind === "positional" && word.value.kind === "name" && word.value.name === "best"
        ? "the best epoch is kept in any case, and `best loss` makes it the result; `keep every restart` or `keep every 5` keeps more"
        : "write `keep every restart` or `keep every 5`",
  });
}

function epochsBetween(program: Program, often: Expression, f: Frame): number {
  const n = asSize(program.elaborator.value(often, f), often.span, "the number of epochs between copies");
  const range = { whole: true, from: 1 };
  if (isInRange(range, n)) return n;
  const message = `the number of epochs between copies is ${sayRange(range)}, and this is ${showFraction(n)}`;
  throw mistake("train/bad-setting", often.span, message, { hint: "write for example `keep every 5`" });
}
