// The check of one model, again and again as its text is changed: it goes on from the line that was changed, since nothing above
// that line has. In: a program, and later programs whose text differs from it in the lines of the model alone. Out: what a check of
// each by itself would say. Invariant: an evaluation that is taken back to before a line stands as it stood there; the journal has
// every change but those of the few fields in `Moment`.

import type { ModelDefinition, SourceFile, Statement, TopLevel } from "../../../grammar/syntax/ast.ts";
import { differentiatedBy, namesRead } from "../../../grammar/syntax/queries.ts";
import { isSameTree } from "../../../grammar/syntax/same.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import { itemAt, onlyOf } from "../../arithmetic/lists.ts";
import { amongNodes, type Node } from "../../graph/node.ts";
import { endOfModel } from "../evaluate/models.ts";
import type { ReportMark } from "../evaluate/reporter.ts";
import type { Application } from "../frame/application.ts";
import type { BudgetMark } from "../frame/budget.ts";
import type { ModelBody, Observer } from "../frame/frame.ts";
import { Journal, newMap, type Undone } from "../values/journal.ts";
import type { ModelValue, Value } from "../values/values.ts";
import type { Program } from "./program.ts";

/** The evaluation before a line of the model. */
interface Moment {
  /** How many changes the journal had. */
  readonly changes: number;
  readonly it: Value | undefined;
  readonly unread: Span | undefined;
  readonly budget: BudgetMark;
  readonly reports: ReportMark;
}

/** The model as one text has it, and the moments before its lines and after the last, up to the first with a mistake. */
interface Run {
  readonly definition: ModelDefinition;
  readonly text: string;
  readonly moments: Moment[];
}

/** A run that the evaluation does not stand in: a change is often taken back. */
interface Aside {
  readonly run: Run;
  /** The line from which on it is another run than the one that the evaluation stands in. */
  readonly from: number;
  readonly changes: Undone;
}

/** The definitions of a part whose only holder of parameters is one model. */
interface Lone {
  readonly model: ModelDefinition;
  readonly others: readonly TopLevel[];
}

export class ModelCheck {
  private readonly program: Program;
  private readonly lone: Lone;
  private readonly outline: string;
  private readonly observer: Observer;
  private readonly journal = new Journal();
  private readonly nodes: Map<string, Node>;
  private readonly said: number;
  private body: ModelBody | undefined;
  private root: Application | undefined;
  private now: Run;
  private aside: Aside | undefined;
  /** Whether the text was last that of the run aside. */
  private isBack = false;

  private constructor(program: Program, lone: Lone, observer: Observer) {
    this.program = program;
    this.lone = lone;
    this.outline = outlineOf(program.file);
    this.observer = observer;
    this.nodes = this.journal.keep(() => newMap<string, Node>());
    this.said = program.elaborator.diagnostics.length;
    this.now = runOf(lone.model, program.file.text);
  }

  /** Of the definitions of a part, where they are one model and what it uses; its lists are the observer's to keep by `addTo`. */
  static of(program: Program, definitions: readonly TopLevel[], observer: Observer): ModelCheck | undefined {
    const lone = loneModel(program, definitions);
    return lone && new ModelCheck(program, lone, observer);
  }

  /** Checks the model of the text that it was made with. */
  start(): Diagnostic[] {
    return this.work(this.program, () => this.program.checkModel(this.lone.model.name.text));
  }

  /** Checks the model of a later text; undefined where more than its lines is another. */
  goOn(program: Program, definitions: readonly TopLevel[]): Diagnostic[] | undefined {
    const { body, root } = this;
    const lone = loneModel(program, definitions);
    if (!body || !root || !lone || !this.isAlike(lone, program.file)) return undefined;
    const run = runOf(lone.model, program.file.text);
    return this.work(program, () => this.resume(run, body, root));
  }

  /** Takes note that the text is one whose findings are known. */
  returnTo({ definitions, text }: SourceFile): void {
    const is = (run: Run | undefined): boolean =>
      run !== undefined &&
      definitions.some((d) => d.span.start === run.definition.span.start && run.text === textOf(d, text));
    this.isBack = is(this.aside?.run) && !is(this.now);
  }

  private isAlike({ model, others }: Lone, file: SourceFile): boolean {
    const known = this.lone;
    return (
      outlineOf(file) === this.outline &&
      others.length === known.others.length &&
      others.every((d, i) => isSameTree(d, known.others[i])) &&
      isSameTree(headOf(model), headOf(known.model)) &&
      differentiatedBy(model.body).symmetricDifference(differentiatedBy(known.model.body)).size === 0
    );
  }

  private work(program: Program, act: () => void): Diagnostic[] {
    const { elaborator } = this.program;
    const { observer } = this;
    const { text, span } = program.file;
    elaborator.source = { file: span.file, text };
    elaborator.observer = {
      line: (line, context) => observer.line?.(line, context),
      named: (name, value, context) => observer.named?.(name, value, context),
      model: (body) => this.opened(body),
    };
    try {
      amongNodes(this.nodes, () => this.journal.keep(act));
    } finally {
      elaborator.observer = undefined;
    }
    return elaborator.diagnostics.splice(this.said);
  }

  private opened(body: ModelBody): void {
    if (this.body) return this.program.elaborator.body(body.definition.body, body.frame);
    this.body = body;
    [this.root] = body.frame.context.applications.roots;
    this.runFrom(0, body);
  }

  private resume(run: Run, body: ModelBody, root: Application): void {
    const { definition } = run;
    const { elaborator } = this.program;
    const at = this.goBack(run, body);
    this.now = { ...run, moments: this.now.moments.slice(0, at) };
    body.frame.context.applications.goOn(root, { ...root.callee, definition } as ModelValue, (end) => {
      this.runFrom(at, body);
      end(endOfModel(elaborator, { ...body, definition }));
    });
    this.program.refuseHuge(body.frame.instance, definition);
  }

  /** Takes the evaluation to the last moment that it shares with a run, and gives the line that comes next. */
  private goBack(run: Run, body: ModelBody): number {
    const { journal, aside, now } = this;
    const at = sharedLines(now, run);
    const atAside = aside ? sharedLines(aside.run, run) : 0;
    if (aside && atAside > Math.max(at, aside.from)) {
      journal.undoTo(itemAt(now.moments, aside.from).changes);
      const moment = itemAt(aside.run.moments, atAside);
      const again = moment.changes - journal.length;
      journal.redo(aside.changes.slice(0, again));
      this.now = aside.run;
      this.aside = { run: aside.run, from: atAside, changes: aside.changes.slice(again) };
      this.restore(moment, body);
      return atAside;
    }
    const moment = itemAt(now.moments, at);
    const undone = journal.undoTo(moment.changes);
    if (aside && this.isBack && at <= aside.from) {
      const shared = itemAt(now.moments, aside.from).changes - moment.changes;
      this.aside = { run: aside.run, from: at, changes: [...undone.slice(0, shared), ...aside.changes] };
    } else this.aside = { run: now, from: at, changes: undone };
    this.isBack = false;
    this.restore(moment, body);
    return at;
  }

  private runFrom(at: number, body: ModelBody): void {
    const { definition, moments } = this.now;
    const { elaborator } = this.program;
    const { frame, failures } = body;
    for (let i = at; i <= definition.body.length; i++) {
      if (elaborator.failures === failures) moments.push(this.moment(body, moments.at(-1)));
      const statement: Statement | undefined = definition.body[i];
      if (statement) elaborator.body([statement], frame);
    }
  }

  private moment({ frame }: ModelBody, before: Moment | undefined): Moment {
    return {
      changes: this.journal.length,
      it: frame.it,
      unread: frame.unread,
      budget: frame.context.budget.mark(),
      reports: this.program.elaborator.mark(this.said, before?.reports),
    };
  }

  private restore({ it, unread, budget, reports }: Moment, { frame }: ModelBody): void {
    frame.it = it;
    frame.unread = unread;
    frame.context.budget.restore(budget);
    this.program.elaborator.restore(this.said, reports);
  }
}

/** Definitions that hold no parameters and are evaluated where they are used. */
const USED: ReadonlySet<TopLevel["kind"]> = new Set<TopLevel["kind"]>(["block-definition", "cell", "fn"]);

function loneModel({ file, models, scope }: Program, definitions: readonly TopLevel[]): Lone | undefined {
  const isUsed = (d: TopLevel): boolean =>
    d.kind === "binding"
      ? d.statement.targets.every((t) => /^(number|string|boolean)$/.test(scope.get(t.text)?.kind ?? ""))
      : USED.has(d.kind);
  const model = onlyOf(definitions.filter((d) => d.kind === "model"));
  const others = definitions.filter((d) => d !== model);
  if (!model || model.broken || !others.every(isUsed)) return undefined;
  const name = model.name.text;
  // A definition that calls itself reads its own name.
  const isPlain = models.get(name)?.definition === model && !namesRead(model.body).includes(name);
  return isPlain && file.definitions.includes(model) ? { model, others } : undefined;
}

const textOf = ({ span }: TopLevel, text: string): string => text.slice(span.start, span.end);

const runOf = (definition: ModelDefinition, text: string): Run => ({
  definition,
  text: textOf(definition, text),
  moments: [],
});

/** All of a model but its lines: where it ends changes with them. */
const headOf = ({ body: _, span, ...head }: ModelDefinition): object => ({ ...head, start: span.start });

/** The names that a file defines and what each is: a mistake proposes names of the whole file. */
const outlineOf = ({ definitions }: SourceFile): string =>
  definitions.map((d) => ("name" in d ? `${d.kind} ${d.name.text}` : d.kind)).join();

/**
 * How many lines of a run are those of another, up to the last moment that is known of it. A line that shares its line of the text
 * with a change is not: a correction may be of the whole line.
 */
function sharedLines(known: Run, run: Run): number {
  const end = known.definition.span.start + startOfLine(run.text, firstDifference(known.text, run.text));
  const [before, after] = [known.definition.body, run.definition.body];
  let shared = 0;
  while (shared < known.moments.length - 1) {
    const [line, other] = [before[shared], after[shared]];
    if (!line || !other || line.span.end > end || !isSameTree(line, other)) break;
    shared++;
  }
  return shared;
}

function firstDifference(a: string, b: string): number {
  let [from, to] = [0, Math.min(a.length, b.length)];
  if (a.slice(0, to) === b.slice(0, to)) return to;
  // The texts are the same up to `from`, and not up to `to`.
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (a.slice(from, middle) === b.slice(from, middle)) from = middle;
    else to = middle;
  }
  return from;
}

const startOfLine = (text: string, at: number): number =>
  Math.max(text.lastIndexOf("\n", at - 1), text.lastIndexOf("\r", at - 1)) + 1;
