// The grammar of statements, the contents of `{ }`. The first words of a statement select its rule (parsestatement.ts),
// so the rules need no look-ahead among themselves.

import type { IToken } from "chevrotain";
import type * as A from "../syntax/ast.ts";
import { endOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { ExpressionGrammar } from "./expressions.ts";
import { bodyOf, choiceOf, conditionalOf } from "./nodes.ts";
import type { Operand, Rule } from "./terms.ts";

export type Body = readonly A.Statement[];

export abstract class LineGrammar extends ExpressionGrammar {
  readonly body: Rule<Body> = this.RULE("body", () => {
    const braces = this.CONSUME(T.Braces);
    return this.ACTION(() => bodyOf(braces));
  });

  // -------------------------------------------------------------- lines

  readonly line: Rule<A.LineStatement> = this.RULE("line", () => {
    const start = this.LA(1);
    const value = this.SUBRULE(this.value);
    const labels = this.SUBRULE(this.labels);
    return this.ACTION(() => ({ kind: "line", span: this.since(start), value, labels }) as const);
  });

  readonly labels: Rule<A.Name[]> = this.RULE("labels", () => {
    const names = this.OPTION(() => {
      this.CONSUME(T.Arrow);
      return this.SUBRULE(this.names);
    });
    return names ?? [];
  });

  readonly assign: Rule<A.AssignStatement> = this.RULE("assign", () => {
    const start = this.LA(1);
    const targets = this.SUBRULE(this.names);
    this.CONSUME(T.Assign);
    const value = this.SUBRULE(this.value);
    return this.ACTION(() => ({ kind: "assign", span: this.since(start), targets, value }) as const);
  });

  readonly fixed: Rule<A.FixedStatement> = this.RULE("fixed", () => {
    const start = this.CONSUME(T.Fixed);
    const line = this.SUBRULE(this.line);
    return this.ACTION(() => ({ kind: "fixed", span: this.since(start), line }) as const);
  });

  readonly update: Rule<A.UpdateStatement> = this.RULE("update", () => {
    const start = this.LA(1);
    const word = this.OPTION(() => this.CONSUME(T.Update));
    const target = this.SUBRULE(this.term);
    const mark = this.OR([
      { ALT: () => this.CONSUME(T.PlusAssign) },
      { ALT: () => this.CONSUME(T.MinusAssign) },
      { ALT: () => this.CONSUME(T.Assign) },
    ]);
    const value = this.SUBRULE(this.value);
    return this.ACTION(() => {
      const operator = mark.tokenType === T.PlusAssign ? "+=" : mark.tokenType === T.MinusAssign ? "-=" : "=";
      const update = word !== undefined;
      return { kind: "update", span: this.since(start), update, target: target.value, operator, value } as const;
    });
  });

  readonly setting: Rule<A.SettingStatement> = this.RULE("setting", () => {
    const start = this.OR([{ ALT: () => this.CONSUME(T.Optimizer) }, { ALT: () => this.CONSUME(T.Schedule) }]);
    const value = this.SUBRULE(this.value);
    const parts: Operand[] = [];
    this.OPTION(() => {
      this.CONSUME(T.For);
      this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => parts.push(this.SUBRULE(this.operators)) });
    });
    return this.ACTION(() => {
      const head = start.tokenType === T.Optimizer ? "optimizer" : "schedule";
      return { kind: "setting", span: this.since(start), head, value, parts: parts.map((p) => p.value) } as const;
    });
  });

  // -------------------------------------------------------------- param and state

  readonly param: Rule<A.ParamStatement> = this.RULE("param", () => {
    const start = this.LA(1);
    const fixed = this.OPTION(() => this.CONSUME(T.Fixed));
    this.CONSUME(T.Param);
    const entries = this.SUBRULE(this.declaredNames);
    return this.ACTION(
      () => ({ kind: "param", span: this.since(start), fixed: fixed !== undefined, entries }) as const,
    );
  });

  readonly state: Rule<A.StateStatement> = this.RULE("state", () => {
    const start = this.CONSUME(T.State);
    const entries = this.SUBRULE(this.declaredNames);
    return this.ACTION(() => ({ kind: "state", span: this.since(start), entries }) as const);
  });

  readonly declaredNames: Rule<A.DeclaredName[]> = this.RULE("declaredNames", () => {
    const entries = [this.SUBRULE1(this.declared)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      entries.push(this.SUBRULE2(this.declared));
    });
    return entries;
  });

  readonly declared: Rule<A.DeclaredName> = this.RULE("declared", () => {
    const begin = this.LA(1);
    const name = this.SUBRULE(this.name);
    const type = this.SUBRULE(this.typeAnnotation);
    const start = this.SUBRULE(this.initial);
    return this.ACTION(() => {
      return {
        kind: "declared",
        span: this.since(begin),
        name,
        ...(type && { type }),
        ...(start && { start }),
      } as const;
    });
  });

  readonly typeAnnotation: Rule<A.TypeExpression | undefined> = this.RULE("typeAnnotation", () =>
    this.OPTION(() => {
      this.CONSUME(T.Colon);
      return this.SUBRULE(this.type);
    }),
  );

  readonly initial: Rule<A.Expression | undefined> = this.RULE("initial", () =>
    this.OPTION(() => {
      this.CONSUME(T.Assign);
      return this.SUBRULE(this.value);
    }),
  );

  // -------------------------------------------------------------- blocks of statements

  /** `if c { }`, or as a value `if c then a else b`. */
  readonly if: Rule<A.IfStatement | A.LineStatement> = this.RULE("if", () => {
    const start = this.CONSUME(T.If);
    const condition = this.SUBRULE(this.operators);
    return this.OR([
      {
        ALT: () => {
          const then = this.SUBRULE(this.body);
          const no = this.OPTION(() => this.SUBRULE(this.otherwise));
          return this.ACTION(() => conditionalOf(condition.value, then, no, this.since(start)));
        },
      },
      { ALT: () => this.choiceLine(start, condition) },
    ]);
  });

  readonly otherwise: Rule<Body> = this.RULE("otherwise", () => {
    this.CONSUME(T.Else);
    return this.OR([
      { ALT: () => this.SUBRULE(this.body) },
      {
        ALT: () => {
          const nested = this.SUBRULE(this.if);
          return [nested];
        },
      },
    ]);
  });

  private choiceLine(start: IToken, condition: Operand): A.LineStatement {
    this.CONSUME(T.Then);
    const yes = this.SUBRULE1(this.value);
    this.CONSUME(T.Else);
    const no = this.SUBRULE2(this.value);
    const end = this.LA(0);
    const labels = this.SUBRULE(this.labels);
    return this.ACTION(() => {
      const value = choiceOf(condition.value, yes, no, { ...this.since(start), end: endOf(end) });
      return { kind: "line", span: this.since(start), value, labels } as const;
    });
  }

  readonly for: Rule<A.ForStatement> = this.RULE("for", () => {
    const start = this.CONSUME(T.For);
    const name = this.SUBRULE(this.name);
    this.CONSUME(T.In);
    const over = this.SUBRULE(this.operators);
    const body = this.SUBRULE(this.body);
    return this.ACTION(() => ({ kind: "for", span: this.since(start), name, over: over.value, body }) as const);
  });

  readonly repeat: Rule<A.RepeatStatement> = this.RULE("repeat", () => {
    const start = this.CONSUME(T.Repeat);
    const count = this.SUBRULE(this.operators);
    const body = this.SUBRULE(this.body);
    return this.ACTION(() => ({ kind: "repeat", span: this.since(start), count: count.value, body }) as const);
  });

  readonly branch: Rule<A.BranchStatement> = this.RULE("branch", () => {
    const start = this.CONSUME(T.Branch);
    const body = this.SUBRULE(this.body);
    return this.ACTION(() => ({ kind: "branch", span: this.since(start), body }) as const);
  });

  readonly step: Rule<A.StepStatement> = this.RULE("step", () => {
    const start = this.CONSUME(T.Step);
    const models: Operand[] = [];
    this.OPTION({
      GATE: () => !this.nextIs(T.Braces),
      DEF: () => this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => models.push(this.SUBRULE(this.operators)) }),
    });
    const body = this.SUBRULE(this.body);
    return this.ACTION(() => {
      return { kind: "step", span: this.since(start), models: models.map((model) => model.value), body } as const;
    });
  });
}
