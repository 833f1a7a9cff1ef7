// The evaluation of a model's lines, again and again as its text is changed: it goes on from the line that was changed, since nothing
// above that line has. In: the work that comes to those lines, and later texts of them. Out: what an evaluation of each by itself
// would say. Invariant: an evaluation that is taken back to before a line stands as it stood there; the journal has every change but
// those of the few fields in `Moment`.

import type { ModelDefinition, SourceFile, Statement, TopLevel } from "../../../grammar/syntax/ast.ts";
import { differentiatedBy, namesRead } from "../../../grammar/syntax/queries.ts";
import { isSameTree } from "../../../grammar/syntax/same.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { amongNodes, type Node } from "../../graph/node.ts";
import type { ReportMark } from "../evaluate/reporter.ts";
import type { BudgetMark } from "../frame/budget.ts";
import type { ModelBody, Observer } from "../frame/frame.ts";
import { Journal, newMap, type Undone } from "../values/journal.ts";
import type { Value } from "../values/values.ts";
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

/** A model and the definitions that its lines may use, as one text has them. */
export interface Text {
  readonly definition: ModelDefinition;
  readonly text: string;
  readonly others: readonly TopLevel[];
  /** That of the part of the file that they are. */
  readonly key?: string;
}

/** A text, and the moments before its lines and after the last, up to the first with a mistake. */
interface Run extends Text {
  readonly moments: Moment[];
}

/** A run that the evaluation does not stand in: a change is often taken back. */
interface Aside {
  readonly run: Run;
  /** The line from which on it is another run than the one that the evaluation stands in. */
  readonly from: number;
  readonly changes: Undone;
}

export abstract class LineCheck {
  protected readonly program: Program;
  protected readonly said: number;
  protected readonly observer: Observer;
  protected body: ModelBody | undefined;
  private readonly journal: Journal;
  private readonly nodes: Map<string, Node>;
  private now: Run | undefined;
  private aside: Aside | undefined;
  /** Whether the text was last that of the run aside. */
  private isBack = false;

  /** `open`: opens the program, or gives one that is open; its lists are the observer's to keep by `addTo`. */
  protected constructor(open: () => Program, observer: Observer) {
    this.journal = new Journal();
    this.nodes = this.journal.keep(() => newMap<string, Node>());
    this.observer = observer;
    this.program = this.kept(open);
    this.said = this.program.elaborator.diagnostics.length;
  }

  /** Runs the lines of a model that is called. */
  protected abstract opened(body: ModelBody): ModelBody;

  /** Takes note that the text is one whose findings are known. */
  returnTo(file: SourceFile, keys: ReadonlySet<string>): void {
    this.isBack = this.stands(this.aside?.run, file, keys) && !this.stands(this.now, file, keys);
  }

  /** Whether a file, whose parts have these keys, says what a run does. */
  protected abstract stands(run: Text | undefined, file: SourceFile, keys: ReadonlySet<string>): boolean;

  protected kept<T>(work: () => T): T {
    return amongNodes(this.nodes, () => this.journal.keep(work));
  }

  /** Does work of the program, on a text of it, and gives the mistakes that it found. */
  protected work({ text, span }: SourceFile, act: () => void): Diagnostic[] {
    const { elaborator } = this.program;
    const { observer } = this;
    elaborator.source = { file: span.file, text };
    elaborator.observer = {
      line: (line, context) => observer.line?.(line, context),
      named: (name, value, context) => observer.named?.(name, value, context),
      model: (body) => this.opened(body),
    };
    try {
      this.kept(act);
    } finally {
      elaborator.observer = undefined;
    }
    return elaborator.diagnostics.splice(this.said);
  }

  /** Runs the lines of the model for the first time. */
  protected begin(body: ModelBody, text: Text): void {
    this.body = body;
    this.now = { ...text, moments: [] };
    this.runFrom(0, body);
  }

  protected get text(): Text | undefined {
    return this.now;
  }

  /** Takes the evaluation to the last moment that it shares with a text, and gives the line that comes next. */
  protected goTo(text: Text, body: ModelBody): number {
    const run = { ...text, moments: [] };
    const at = this.goBack(run, body);
    this.now = { ...run, moments: this.standing.moments.slice(0, at + 1) };
    return at;
  }

  /** Runs the lines from one on, before which the evaluation stands but for what no journal has. */
  protected runFrom(at: number, body: ModelBody): void {
    const { definition, moments } = this.standing;
    const { elaborator } = this.program;
    const { frame, failures } = body;
    const moment = moments[at];
    if (moment) this.restore(moment, body);
    for (let i = at; i <= definition.body.length; i++) {
      if (elaborator.failures === failures && moments.length <= i) moments.push(this.moment(body, moments.at(-1)));
      const statement: Statement | undefined = definition.body[i];
      if (statement) elaborator.body([statement], frame);
    }
  }

  private get standing(): Run {
    if (!this.now) throw new Error("no lines were run");
    return this.now;
  }

  private goBack(run: Run, body: ModelBody): number {
    const { journal, aside, standing: now } = this;
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

/** All of a model but its lines: where it ends changes with them. */
const headOf = ({ body: _, span, ...head }: ModelDefinition): object => ({ ...head, start: span.start });

/** Whether two texts of a model differ in its lines alone. */
export const isSameHead = (a: ModelDefinition, b: ModelDefinition): boolean =>
  isSameTree(headOf(a), headOf(b)) && differentiatedBy(a.body).symmetricDifference(differentiatedBy(b.body)).size === 0;

/** The names that a file defines and what each is: a mistake proposes names of the whole file. */
export const outlineOf = ({ definitions }: SourceFile): string =>
  definitions.map((d) => `${d.kind} ${namesOf(d).join(" ")}`).join();

/** The names of definitions that are others than they were, or use one that is. */
export function changedNames(before: readonly TopLevel[], after: readonly TopLevel[]): ReadonlySet<string> {
  const changed = new Set<string>();
  const add = (d: TopLevel): void => {
    for (const name of namesOf(d)) changed.add(name);
  };
  after.forEach((d, i) => {
    if (!isSameTree(d, before[i])) add(d);
  });
  if (changed.size === 0) return changed;
  for (let count = 0; count < changed.size; ) {
    count = changed.size;
    for (const d of after) if (namesRead(d).some((name) => changed.has(name))) add(d);
  }
  return changed;
}

function namesOf(d: TopLevel): readonly string[] {
  if (d.kind === "import") return [];
  return d.kind === "binding" ? d.statement.targets.map((t) => t.text) : [d.name.text];
}

/**
 * How many lines of a run are those of another, up to the last moment that is known of it. A line that shares its line of the text
 * with a change is not: a correction may be of the whole line.
 */
function sharedLines(known: Run, run: Run): number {
  const end = known.definition.span.start + startOfLine(run.text, firstDifference(known.text, run.text));
  const changed = changedNames(known.others, run.others);
  const [before, after] = [known.definition.body, run.definition.body];
  let shared = 0;
  while (shared < known.moments.length - 1) {
    const [line, other] = [before[shared], after[shared]];
    if (!line || !other || line.span.end > end || !isSameTree(line, other)) break;
    if (changed.size > 0 && namesRead(line).some((name) => changed.has(name))) break;
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
