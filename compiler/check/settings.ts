// Settings of a training that cannot be meant. In: a training's lines, or a setting's value with its place. Out: mistakes, and
// the value where it is good. What the command line sets instead is checked where it is read.

import type { Expression, Statement, TrainDefinition } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import { isNumber } from "../graph/dim.ts";
import { SETTINGS } from "./meanings.ts";
import { namesOne } from "./mentions.ts";
import { didYouMean } from "./names.ts";
import type { Reporter } from "./reporter.ts";
import { settingMeant } from "./synonyms.ts";
import { asSize, mistake, type Value } from "./values.ts";

/** Settings of which a training has one. */
const ONCE: ReadonlySet<string> = new Set("optimizer schedule batch epochs clip ema patience keep carry".split(" "));

/** Settings that say nothing without a value, with an example of one. */
const VALUED: Readonly<Record<string, string>> = {
  batch: "batch 64",
  epochs: "epochs 10",
  clip: "clip 5",
  ema: "ema 0.999",
  patience: "patience 3",
};

/** The word that opens a line of a training. */
export function headOf(s: Statement): string | undefined {
  if (s.kind === "setting") return s.head;
  if (s.kind !== "line") return undefined;
  const head = s.value.kind === "flow" ? s.value.head : s.value;
  return head.kind === "name" ? head.name : undefined;
}

/** What is wrong with a training's lines as they stand, whatever their values. */
export function checkLines(definition: TrainDefinition, reporter: Reporter): void {
  checkOnce(definition.body, reporter);
  for (const s of definition.body) checkValued(s, reporter);
  checkGoals(definition.body, reporter);
  for (const p of definition.parameters) {
    const [name, { span }] = [p.name.text, p.name];
    if (namesOne(definition.body, name) || definition.parameters.some((q) => q.default && namesOne(q.default, name)))
      continue;
    const message = `nothing in the training reads its setting '${name}', so it changes nothing`;
    const hint = "use the name where its value is meant, or leave the setting out";
    if (!name.startsWith("_")) reporter.warn({ code: "train/unused-setting", message, hint }, span);
  }
}

/** The same setting twice, of which one would be forgotten. */
function checkOnce(body: readonly Statement[], reporter: Reporter): void {
  const first = new Map<string, Span>();
  for (const s of body) {
    if (s.kind === "step") checkOnce(s.body, reporter);
    const head = headOf(s);
    if (!head || !ONCE.has(head)) continue;
    const before = first.get(head);
    first.set(head, before ?? s.span);
    if (!before) continue;
    const hint =
      head === "schedule" ? "leave one out, or multiply them: `schedule warmup(1) * cosine()`" : "leave one out";
    const related = [{ span: before, text: "the first" }];
    reporter.report(mistake("train/setting-twice", s.span, `\`${head}\` is set twice`, { hint, related }), s.span);
  }
}

function checkValued(s: Statement, reporter: Reporter): void {
  const head = headOf(s);
  if (s.kind !== "line" || s.value.kind !== "name" || !head || !Object.hasOwn(VALUED, head)) return;
  const hint = `write for example \`${VALUED[head]}\``;
  reporter.report(mistake("calls/missing-argument", s.span, `'${head}' needs a value`, { hint }), s.span);
}

/** A loss outside the steps is a step of its own, after them, which trains everything that it calls. */
function checkGoals(body: readonly Statement[], reporter: Reporter): void {
  const step = body.find((s) => s.kind === "step");
  const goal = body.find((s) => ["loss", "minimize", "maximize"].includes(headOf(s) ?? ""));
  if (!step || !goal) return;
  const message = `this \`${headOf(goal)}\` stands outside the steps: it is a further step, which trains all models it calls`;
  const related = [{ span: step.span, text: "a step" }];
  const hint = "write it into a step, as in `step net { minimize ... }`; what is only to be reported is a `metric`";
  reporter.warn({ code: "train/loss-and-step", message, related, hint }, goal.span);
}

/** A setting that counts: a whole number from 1. */
export function countOf(value: Value, span: Span, what: string, example: string): number {
  const n = asSize(value, span, what);
  if (Number.isInteger(n) && n >= 1) return n;
  throw mistake("train/bad-setting", span, `${what} must be a whole number from 1, and this is ${n}`, {
    hint: `write for example \`${example}\``,
  });
}

/** Ranges of settings that are numbers, where they are known before the program runs. */
const RANGES = {
  clip: {
    holds: (x: number) => x > 0,
    says: "the largest length of a gradient is a number above 0",
    example: "clip 5",
  },
  ema: {
    holds: (x: number) => x >= 0 && x < 1,
    says: "the share of the average that stays is a number from 0 up to 1, without 1 itself",
    example: "ema 0.999",
  },
} as const;

export function checkRange(setting: keyof typeof RANGES, value: Value, { span }: Expression): void {
  const { holds, says, example } = RANGES[setting];
  if (value.kind !== "number" || !isNumber(value.value) || holds(value.value)) return;
  throw mistake("train/bad-setting", span, `${says}, and this is ${value.value}`, {
    hint: `write for example \`${example}\``,
  });
}

/** A line of a training that begins with a word nobody knows here, and another word of a training is meant. */
export function checkWord(word: string, line: Expression, isKnown: (name: string) => boolean): void {
  if (isKnown(word)) return;
  const { ours, advice } = settingMeant(word);
  const near = ours ?? (advice === undefined ? didYouMean(word, Object.keys(SETTINGS)) : undefined);
  if (near === undefined && advice === undefined) return;
  const span = { ...line.span, end: line.span.start + word.length };
  throw mistake("names/unknown", span, `no line of a training begins with '${word}'`, {
    hint: advice ?? (ours ? `it is called \`${ours}\` here` : `did you mean \`${near}\`?`),
    ...(near ? { fix: { title: `write \`${near}\``, edits: [{ span, text: near }] } } : {}),
  });
}
