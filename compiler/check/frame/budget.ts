// How much work one elaboration may take. Programs are run when they are checked, so a few characters may ask for more than any
// machine gives: loops in loops, calls in calls, lists of lists. In: units of work and where they are spent. Out: one mistake.
// Invariant: once the budget is spent, nothing more is done: whatever asks for work meets the one mistake.

import type { Span } from "../../../grammar/syntax/span.ts";
import { newSet } from "../values/journal.ts";
import type { Mistake } from "../values/mistakes.ts";
import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";

/** Expressions that are evaluated, and items of lists: several times as many as the largest network of the examples takes. */
export const BUDGET = 150_000;

/** Nodes of a graph that are gone over in the time that an expression takes. */
const NODES = 10;

/** Budget that each parameter of a program adds, so that ten thousand layers can be trained; sharing one again adds nothing. */
const FOR_EACH_PARAMETER = 60;
const MOST_ADDED = 450_000;

/** Budget of all models and trainings of a program together: thirty-five times as much as the largest of the examples. */
const OF_PROGRAM = 650_000;

const FEWER_TURNS =
  "a loop's body is written out for each turn when a program is checked: use fewer turns, or larger layers";
const FEWER_DERIVATIVES =
  "a derivative of a derivative is several times as large as the first, and so on with each order: take fewer of each other, or keep the earlier ones as they are with `stop(...)`";

/** The work that is left for a whole program: what many small definitions ask for adds up as well. */
export class Work {
  left = OF_PROGRAM;
}

export interface BudgetMark {
  readonly left: number;
  readonly added: number;
  readonly used: number;
  readonly spent: Mistake | undefined;
  readonly place: Span | undefined;
}

export class Budget {
  readonly work: Work;
  private left: number;
  private readonly units: number;
  private added = 0;
  /** Units that were spent in all. */
  private used = 0;
  /** How many times more all will be done that is done now: turns that are left of the loops that it stands in. */
  private again = 0;
  private readonly parameters = newSet<string>();
  private spent: Mistake | undefined;
  /** The outermost loop that runs. */
  private loop: Span | undefined;
  /** The last place of the program's own text. */
  private place: Span | undefined;

  constructor(work: Work, units = BUDGET) {
    this.work = work;
    this.units = units;
    this.left = units;
  }

  /** Makes room for a parameter or state that was not there before. A definition that calls itself twice would make them without end. */
  addFor(path: string, isInRecursion: () => boolean): void {
    if (this.added >= MOST_ADDED || this.parameters.has(path) || isInRecursion()) return;
    this.parameters.add(path);
    this.added += FOR_EACH_PARAMETER;
    this.left += FOR_EACH_PARAMETER;
  }

  spend(units: number, span: Span, hint?: string): void {
    this.left -= units;
    this.work.left -= units;
    this.used += units;
    if (!span.file.startsWith("stdlib/")) this.place = span;
    if (this.left < 0 || this.work.left < 0) throw (this.spent ??= this.refused(this.place ?? span, hint));
  }

  /** Counts the nodes that a derivative goes over. */
  spendOnNodes(nodes: number, span: Span): void {
    this.spend(nodes / NODES, span, FEWER_DERIVATIVES);
  }

  /** Counts the nodes of a cell's step: they are made once more when the steps become a loop. */
  spendOnSteps(nodes: number, span: Span): void {
    this.spend(2 * nodes, span);
  }

  /** The state to come back to. */
  mark(): BudgetMark {
    const { left, added, used, spent, place } = this;
    return { left, added, used, spent, place };
  }

  restore(mark: BudgetMark): void {
    this.work.left += this.used - mark.used;
    Object.assign(this, mark);
  }

  /**
   * Runs the turns of a loop. Where all do the same, the cheapest says after two turns what is to come, and a loop that takes more
   * than any budget is refused then: until that is spent, seconds would pass.
   */
  turns(count: number, areAlike: boolean, span: Span, turn: (i: number) => boolean): void {
    const outer = this.again;
    let cheapest = Number.POSITIVE_INFINITY;
    try {
      for (let i = 0; i < count; i++) {
        const before = this.used;
        const left = areAlike ? count - 1 - i + count * outer : 0;
        this.again = left;
        this.spend(1, span);
        if (!turn(i)) return;
        cheapest = Math.min(cheapest, this.used - before);
        if (areAlike && i > 0) this.refuseAhead(cheapest * left, span);
      }
    } finally {
      this.again = outer;
    }
  }

  private refuseAhead(units: number, span: Span): void {
    const isOwn = units > this.left + MOST_ADDED - this.added;
    if (!isOwn && units <= this.work.left) return;
    if (isOwn) this.added = MOST_ADDED;
    this.left = -1;
    throw (this.spent ??= this.refused(this.place ?? span, FEWER_TURNS, isOwn));
  }

  /** The same mistake each time: it is said once, also where the first that met it only tried something. */
  private refused(place: Span, hint = FEWER_TURNS, isOwn = this.left < 0): Mistake {
    const what = this.loop && isOwn ? "this loop takes" : "the program takes";
    const most = isOwn ? this.units + this.added : OF_PROGRAM;
    return mistake(
      "limits/too-large",
      this.loop ?? place,
      `${what} more than ${most.toLocaleString("en")} steps to write out`,
      {
        hint,
        ...(this.loop ? { related: [{ span: place, text: "the last of them" }] } : {}),
      },
    );
  }

  /** Does the work of a loop, which is named where the budget is spent in it. */
  inLoop<T>(span: Span, work: () => T): T {
    if (this.loop) return work();
    this.loop = span;
    try {
      return work();
    } finally {
      this.loop = undefined;
    }
  }

  /** A list costs what it holds, lists in it included: sharing makes it cheap to build and dear to walk through. */
  list(items: readonly Value[], span: Span): Value {
    const size = items.reduce((sum, item) => sum + sizeOf(item), 1);
    this.spend(size, span);
    const list: Value = { kind: "list", items };
    sizes.set(list, size);
    return list;
  }
}

const sizes = new WeakMap<Value, number>();

/** A list that a function gave is measured by its items alone: it was made at once. */
const sizeOf = (value: Value): number => (value.kind === "list" ? (sizes.get(value) ?? 1 + value.items.length) : 1);
