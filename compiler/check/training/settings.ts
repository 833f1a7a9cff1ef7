// Settings of a training that cannot be meant. In: a training's lines, or a setting's value with its place. Out: mistakes, and
// the value where it is good. What the command line sets instead is checked where it is read.

import type { Expression, Statement, TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { namesOne } from "../../../grammar/syntax/queries.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import { ownValue } from "../../arithmetic/lookup.ts";
import { isBatched } from "../../passes/batch.ts";
import type { Reporter } from "../evaluate/reporter.ts";
import { didYouMean } from "../names/didyoumean.ts";
import { SETTINGS } from "../names/resolve.ts";
import { settingMeant } from "../names/synonyms.ts";
import { knownNumber, LARGEST_INDEX } from "../values/domains.ts";
import { Consequence, type Mistake, mistake } from "../values/mistakes.ts";
import { asSize, describe, type Value } from "../values/values.ts";

/** Settings of which a training has one. */
const ONCE: ReadonlySet<string> = new Set("optimizer schedule batch epochs clip ema patience keep carry".split(" "));

/** How a setting is written: from how many values to how many, and an example. */
interface Form {
  readonly least: number;
  readonly most: number;
  readonly example: string;
  /** Whether its value may be given a name: `metric name = value`. */
  readonly isNamed?: true;
}

const one = (example: string): Form => ({ least: 1, most: 1, example });

const FORMS: Readonly<Record<string, Form>> = {
  loss: one("loss cross_entropy(net(x), label)"),
  minimize: one("minimize mse(net(x), y)"),
  maximize: one("maximize mean(net(x))"),
  metric: { ...one("metric accuracy(net(x), label)"), isNamed: true },
  batch: one("batch 64"),
  epochs: one("epochs 10"),
  clip: one("clip 5"),
  ema: one("ema 0.999"),
  patience: one("patience 3"),
  carry: { least: 0, most: 0, example: "carry" },
  freeze: { least: 1, most: Number.POSITIVE_INFINITY, example: "freeze net" },
  keep: { least: 2, most: 2, example: "keep every 5" },
  // `show images(e, 8x8) every epoch`
  show: { least: 1, most: 3, example: "show images(e, 8x8)" },
};

/** The word that opens a line of a training. */
function headOf(s: Statement): string | undefined {
  if (s.kind === "setting") return s.head;
  if (s.kind !== "line") return undefined;
  const head = s.value.kind === "flow" ? s.value.head : s.value;
  return head.kind === "name" ? head.name : undefined;
}

/** What is wrong with a training's lines as they stand, whatever their values. */
export function checkLines(definition: TrainDefinition, reporter: Reporter): void {
  checkOnce(definition.body, reporter);
  checkAssigned(definition.body, reporter);
  checkForms(definition.body, reporter);
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

/** Settings that name no value of their own, so that `epochs = 3` can only be meant for the setting. */
const NEVER_NAMES: ReadonlySet<string> = new Set(
  "optimizer schedule batch epochs clip ema patience keep carry freeze show".split(" "),
);

/** `epochs = 3`: a name that nothing reads, while the setting stays what it is without a line. */
function checkAssigned(body: readonly Statement[], reporter: Reporter): void {
  for (const s of body) {
    if (s.kind === "step" || s.kind === "for" || s.kind === "repeat") checkAssigned(s.body, reporter);
    if (s.kind === "if-statement") checkAssigned([...s.then, ...(s.else ?? [])], reporter);
    const [target] = s.kind === "assign" ? s.targets : [];
    if (s.kind !== "assign" || s.targets.length !== 1 || !target) continue;
    const { ours: setting, advice } = wordMeant(target.text);
    // Words of the language are no names: the grammar has said so.
    if (target.text === "optimizer" || target.text === "schedule") continue;
    if (setting === undefined && advice === undefined) continue;
    // `loss = ...` may be a value that a line such as `minimize loss` reads.
    if (!NEVER_NAMES.has(target.text) && namesOne(body, target.text)) continue;
    const message = `a line of a training has no \`=\`: this only names a value '${target.text}'`;
    if (setting === undefined) {
      const hint = advice === undefined ? {} : { hint: advice };
      reporter.report(mistake("train/setting-assigned", s.span, message, hint), s.span);
      continue;
    }
    const between = { file: s.span.file, start: target.span.end, end: s.value.span.start };
    const written = `${setting}${reporter.textOf(s.value.span) === "" ? " ..." : ` ${reporter.textOf(s.value.span)}`}`;
    reporter.report(
      mistake(
        "train/setting-assigned",
        s.span,
        `a line of a training has no \`=\`: this only names a value '${target.text}'`,
        {
          hint: `write \`${written}\``,
          // A value that could not be read stands nowhere.
          ...(between.end < between.start
            ? {}
            : {
                fix: {
                  title: `write \`${written}\``,
                  edits: [
                    { span: target.span, text: setting },
                    { span: between, text: " " },
                  ],
                },
              }),
        },
      ),
      s.span,
    );
  }
}

/** The setting that a name is, or is elsewhere called, or what is said of it. */
const wordMeant = (name: string): { readonly ours?: string; readonly advice?: string } =>
  Object.hasOwn(SETTINGS, name) ? { ours: name } : settingMeant(name);

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

/** Values that are missing, and what no setting takes, wherever in a training the line stands. */
function checkForms(body: readonly Statement[], reporter: Reporter): void {
  for (const s of body) {
    if (s.kind === "step" || s.kind === "repeat" || s.kind === "for") checkForms(s.body, reporter);
    else if (s.kind === "if-statement") for (const part of [s.then, s.else ?? []]) checkForms(part, reporter);
    const head = headOf(s);
    const form = head && ownValue(FORMS, head);
    if (s.kind !== "line" || !head || !form) continue;
    const wrong = mistakeOfForm(head, form, s.value);
    if (wrong) reporter.report(wrong, s.span);
  }
}

function mistakeOfForm(head: string, form: Form, value: Expression): Mistake | undefined {
  const args = value.kind === "flow" ? value.arguments : [];
  const hint = `write for example \`${form.example}\``;
  const named = form.isNamed ? args.slice(1).find((a) => a.kind === "named") : args.find((a) => a.kind === "named");
  if (named?.kind === "named") {
    const message = `'${head}' takes no '${named.name.text}'`;
    return mistake("calls/unknown-parameter", named.name.span, message, { hint });
  }
  const surplus = args[form.most];
  if (surplus) {
    const takes = form.most === 0 ? "stands alone" : form.most === 1 ? "takes one value" : `takes ${form.most} words`;
    return mistake("calls/too-many-arguments", surplus.span, `'${head}' ${takes}, and ${args.length} came`, { hint });
  }
  if (args.length >= form.least || head === "keep") return undefined;
  return mistake("calls/missing-argument", value.span, `'${head}' needs a value`, { hint });
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
  if (Number.isInteger(n) && n >= 1 && n <= LARGEST_INDEX) return n;
  const most = n > LARGEST_INDEX ? ` to ${LARGEST_INDEX}` : "";
  throw mistake("train/bad-setting", span, `${what} must be a whole number from 1${most}, and this is ${n}`, {
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
    says: "the share of the average that stays at each step is a number from 0 to below 1",
    example: "ema 0.999",
  },
} as const;

/** A single number, which may change as the training goes on. */
export function checkRange(setting: keyof typeof RANGES, value: Value, { span }: Expression): void {
  if (value.kind === "unknown") throw new Consequence();
  const { holds, says, example } = RANGES[setting];
  const known = knownNumber(value);
  const fits =
    known === undefined || !isNumber(known)
      ? value.kind === "tensor" && value.node.shape.length === 0 && !isBatched(value.node)
      : Number.isFinite(known) && holds(known);
  if (fits) return;
  throw mistake("train/bad-setting", span, `${says}, and this is ${describe(value)}`, {
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
