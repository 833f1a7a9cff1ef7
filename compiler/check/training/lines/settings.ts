// Checks the lines of a training as they stand, before they are evaluated: words, counts of values, settings twice or with `=`.
// In: a training's lines. Out: diagnostics. How each setting is written stands in its record.

import type { Argument, Expression, Statement, TrainDefinition } from "../../../../grammar/syntax/ast.ts";
import { namesOne } from "../../../../grammar/syntax/queries.ts";
import type { Diagnostic, Span } from "../../../../grammar/syntax/span.ts";
import { onlyOf } from "../../../arithmetic/lists.ts";
import type { Reporter } from "../../evaluate/reporter.ts";
import { didYouMean } from "../../names/didyoumean.ts";
import { isSetting, SETTINGS, type SettingName, settingNames } from "../../names/settings.ts";
import { settingMeant } from "../../names/synonyms.ts";
import { type Mistake, mistake } from "../../values/mistakes.ts";

/** The word that opens a line of a training. */
export function headOf(s: Statement): string | undefined {
  if (s.kind === "setting") return s.head;
  if (s.kind !== "line") return undefined;
  const head = s.value.kind === "flow" ? s.value.head : s.value;
  return head.kind === "name" ? head.name : undefined;
}

/** Checks a training's lines as they stand, whatever their values. */
export function checkLines(definition: TrainDefinition, reporter: Reporter): void {
  checkOnce(definition.body, reporter);
  checkAssigned(definition.body, reporter);
  checkForms(definition.body, reporter);
  for (const outer of definition.body) checkWithin(outer, reporter);
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

/** Words of lines that are read before any other, of the whole training. */
const OF_ALL: readonly string[] = ["epochs", "batch", "carry"];

/** `step { ...; epochs 3 }`: a line of the whole training within a part of it, where nothing reads it. */
function checkWithin(outer: Statement, reporter: Reporter): void {
  const isPart = outer.kind === "step" || outer.kind === "for" || outer.kind === "repeat";
  const inner = isPart ? outer.body : outer.kind === "if-statement" ? [...outer.then, ...(outer.else ?? [])] : [];
  for (const s of inner) {
    checkWithin(s, reporter);
    const head = headOf(s);
    if (head === undefined || !OF_ALL.includes(head)) continue;
    const part = { step: "a step", for: "a loop", repeat: "a loop" }[outer.kind as string] ?? "a choice";
    const hint = isPart
      ? `write it beside the ${outer.kind === "step" ? "step" : "loop"}, as a line of the training`
      : `write it beside the choice: \`${head} if ... then ... else ...\``;
    reporter.report(
      mistake("train/out-of-place", s.span, `\`${head}\` is of the whole training, and stands in ${part}`, { hint }),
      s.span,
    );
  }
}

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
    if (!isSetting(target.text) || SETTINGS[target.text].canNameValue) {
      if (namesOne(body, target.text)) continue;
    }
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

/** The setting of a name, of its synonym elsewhere, or the hint for it. */
const wordMeant = (name: string): ReturnType<typeof settingMeant> =>
  isSetting(name) ? { ours: name } : settingMeant(name);

/** The same setting twice, of which one would be forgotten. */
function checkOnce(body: readonly Statement[], reporter: Reporter): void {
  const first = new Map<string, { readonly head: string; readonly span: Span }>();
  for (const s of body) {
    if (s.kind === "step") checkOnce(s.body, reporter);
    const head = headOf(s);
    if (!head || !isSetting(head) || !SETTINGS[head].isSingle || isForParts(s)) continue;
    const group = SETTINGS[head].group ?? head;
    const before = first.get(group);
    first.set(group, before ?? { head, span: s.span });
    if (!before) continue;
    const hint = SETTINGS[head].secondHint ?? "leave one out";
    const related = [{ span: before.span, text: "the first" }];
    const message =
      before.head === head
        ? `\`${head}\` is set twice`
        : `\`${before.head}\` and \`${head}\` are two ways to do the same, and a training has one of them`;
    reporter.report(mistake("train/setting-twice", s.span, message, { hint, related }), s.span);
  }
}

/** Beside the line for all there may be lines for some parts. */
const isForParts = (s: Statement): boolean => s.kind === "setting" && s.parts.length > 0;

/** Values that are missing, and what no setting takes, wherever in a training the line stands. */
function checkForms(body: readonly Statement[], reporter: Reporter): void {
  for (const s of body) {
    if (s.kind === "step" || s.kind === "repeat" || s.kind === "for") checkForms(s.body, reporter);
    else if (s.kind === "if-statement") for (const part of [s.then, s.else ?? []]) checkForms(part, reporter);
    const head = headOf(s);
    if (s.kind !== "line" || !head || !isSetting(head)) continue;
    const wrong = mistakeOfForm(head, s.value);
    if (wrong) reporter.report(wrong, s.span);
  }
}

function mistakeOfForm(head: SettingName, value: Expression): Mistake | undefined {
  const { example, isNamed, values: [least, most] = [1, 1] } = SETTINGS[head];
  const args = value.kind === "flow" ? value.arguments : [];
  const hint = `write for example \`${example}\``;
  const isOwn = (a: Argument): boolean => a.kind === "named" && isSetting(`${head}.${a.name.text}`);
  const named = args.slice(isNamed ? 1 : 0).find((a) => a.kind === "named" && !isOwn(a));
  if (named?.kind === "named") {
    const message = `'${head}' takes no '${named.name.text}'`;
    return mistake("calls/unknown-parameter", named.name.span, message, { hint });
  }
  const surplus = args.filter((a) => !isOwn(a))[most];
  if (surplus) {
    const takes = most === 0 ? "stands alone" : most === 1 ? "takes one value" : `takes ${most} words`;
    const line = args.find((a) => a.kind === "positional" && a.value.kind === "name" && isSetting(a.value.name));
    const often = args.findIndex((a) => a.kind === "positional" && a.value.kind === "name" && a.value.name === "every");
    if (head === "show" && often >= 0)
      return mistake("calls/too-many-arguments", surplus.span, "what is shown is drawn `every epoch`, or at the end", {
        hint: "write `every epoch`: of a long training, a run keeps the drawings of 24 epochs spread over it",
      });
    return mistake("calls/too-many-arguments", surplus.span, `'${head}' ${takes}, and ${args.length} came`, {
      hint: line ? "each setting is a line of its own: begin a new line, or write `;` between them" : hint,
    });
  }
  if (args.filter((a) => !isOwn(a) || standsAlone(head, a)).length >= least) return undefined;
  return mistake("calls/missing-argument", value.span, `'${head}' needs a value`, { hint });
}

/** Whether a named argument is enough: `clip value=0.5`. */
function standsAlone(head: SettingName, a: Argument): boolean {
  const name = a.kind === "named" ? `${head}.${a.name.text}` : head;
  return isSetting(name) && SETTINGS[name].standsAlone === true;
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

/** `clip value=...` for the record `clip.value`. */
const written = (setting = ""): string => (setting.includes(".") ? `${setting.replace(".", " ")}=...` : setting);

/** `early_stopping patience=3`: the value that is given under the name of the setting itself. */
function valueFor(setting: string, line: Expression): Expression | undefined {
  const given = line.kind === "flow" || line.kind === "call" ? onlyOf(line.arguments) : undefined;
  return given?.kind === "named" && wordMeant(given.name.text).ours === setting ? given.value : undefined;
}

/** `batch(64)` and `early_stopping(patience=3)`: lines of a training have no parentheses. */
export function checkCalled(line: Expression, isCallable: (name: string) => boolean): void {
  if (line.kind !== "call" || line.callee.kind !== "name" || isCallable(line.callee.name)) return;
  const { name: word, span } = line.callee;
  const { ours, advice } = wordMeant(word);
  if (!ours) {
    if (advice === undefined) return;
    throw mistake("names/unknown", span, `no line of a training begins with '${word}'`, { hint: advice });
  }
  const fix = withoutParentheses(ours, line);
  const { example } = SETTINGS[ours];
  if (ours === word)
    throw mistake("calls/not-callable", span, `\`${word}\` is a line of a training, which has no parentheses`, {
      hint: `write it as in \`${example}\``,
      ...fix,
    });
  throw mistake("names/unknown", span, `no line of a training begins with '${word}'`, {
    hint: `it is called \`${written(ours)}\` here, and its value stands without parentheses: \`${example}\``,
    ...fix,
  });
}

/** The correction where one value is given, by its place or under the name of the setting or of a part of it. */
function withoutParentheses(ours: SettingName, line: Extract<Expression, { kind: "call" }>): Pick<Diagnostic, "fix"> {
  const argument = onlyOf(line.arguments);
  if (!argument || argument.kind === "option") return {};
  const isPart = argument.kind === "named" && isSetting(`${ours}.${argument.name.text}`);
  const value = argument.kind === "named" ? (isPart ? argument : valueFor(ours, line)) : argument.value;
  if (!value) return {};
  const word = ours.includes(".") ? `${ours.replace(".", " ")}=` : `${ours} `;
  const edits = [
    { span: { ...line.span, end: value.span.start }, text: word },
    { span: { ...line.span, start: value.span.end }, text: "" },
  ];
  return { fix: { title: `write \`${ours}\` without parentheses`, edits } };
}

/** A line of a training that begins with a word nobody knows here, and another word of a training is meant. */
export function checkWord(word: string, line: Expression, isKnown: (name: string) => boolean): void {
  // `split 0.8`: a function has no value to work on in a line of a training, and a share is no such value.
  const isShare = line.kind === "flow" && line.arguments.every((a) => a.kind !== "option" && a.value.kind === "number");
  if (isKnown(word) && !(isShare && settingMeant(word).advice !== undefined)) return;
  const { ours, advice } = settingMeant(word);
  const near = ours ?? (advice === undefined ? didYouMean(word, settingNames) : undefined);
  if (near === undefined && advice === undefined) return;
  const span = { ...line.span, end: line.span.start + word.length };
  const value = near && valueFor(near, line);
  if (near && value)
    throw mistake("names/unknown", span, `no line of a training begins with '${word}'`, {
      hint: `it is called \`${near}\` here, and its value stands without a name and \`=\``,
      fix: {
        title: `write \`${near}\` and the value`,
        edits: [{ span: { ...line.span, end: value.span.start }, text: `${near} ` }],
      },
    });
  throw mistake("names/unknown", span, `no line of a training begins with '${word}'`, {
    hint: advice ?? (ours ? `it is called \`${written(ours)}\` here` : `did you mean \`${written(near)}\`?`),
    ...(near && !near.includes(".") ? { fix: { title: `write \`${near}\``, edits: [{ span, text: near }] } } : {}),
  });
}
