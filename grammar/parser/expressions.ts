// The grammar of values: flow forms, choices, operators, arguments and types.
// Invariant: a flow form is read where it needs no parentheses (after `=`, `,`, `(`) and nowhere else.

import type { ParserMethod } from "chevrotain";
import type { Argument, Expression, TypeExpression } from "../syntax/ast.ts";
import * as T from "../syntax/tokentypes.ts";
import { choiceOf, flowOf, optionOf } from "./nodes.ts";
import { applyPrecedence, type Part } from "./precedence.ts";
import { type Operand, type Rule, TermGrammar } from "./terms.ts";

export abstract class ExpressionGrammar extends TermGrammar {
  // -------------------------------------------------------------- values

  /** Everything that can stand after `=`, `,`, `(`: a flow form or a choice. */
  readonly value: Rule<Expression> = this.RULE("value", () =>
    this.OR([{ ALT: () => this.choice() }, { ALT: () => this.flow() }]),
  );

  private choice(): Expression {
    const start = this.CONSUME(T.If);
    const condition = this.SUBRULE1(this.operators);
    this.CONSUME(T.Then);
    const yes = this.SUBRULE1(this.value);
    this.CONSUME(T.Else);
    const no = this.SUBRULE2(this.value);
    return this.ACTION(() => choiceOf(condition.value, yes, no, this.since(start)));
  }

  private flow(): Expression {
    const head = this.SUBRULE2(this.operators);
    const args = this.SUBRULE(this.arguments, { ARGS: [head] });
    const braces = this.OPTION({ GATE: () => head.simple, DEF: () => this.CONSUME(T.Braces) });
    return this.ACTION(() => flowOf(head.value, args, braces, this.file));
  }

  /** Without juxtaposition. */
  readonly operand: Rule<Expression> = this.RULE("operand", () =>
    this.OR([
      { ALT: () => this.narrowChoice() },
      {
        ALT: () => {
          const read = this.SUBRULE2(this.operators);
          return this.ACTION(() => read.value);
        },
      },
    ]),
  );

  /** A choice as an argument of a line: its parts take no arguments themselves. */
  private narrowChoice(): Expression {
    const start = this.CONSUME(T.If);
    const condition = this.SUBRULE1(this.operators);
    this.CONSUME(T.Then);
    const yes = this.SUBRULE1(this.operand);
    this.CONSUME(T.Else);
    const no = this.SUBRULE2(this.operand);
    return this.ACTION(() => choiceOf(condition.value, yes, no, this.since(start)));
  }

  /** The rest of a line after its head, without a trailing block. */
  readonly arguments: ParserMethod<[head?: Operand], Argument[]> = this.RULE("arguments", (head?: Operand) => {
    const args: Argument[] = [];
    this.MANY({
      GATE: () => head?.simple === true && !this.nextIs(T.Braces),
      DEF: () => args.push(this.SUBRULE(this.argument)),
    });
    return args;
  });

  readonly operators: Rule<Operand> = this.RULE("operators", () => {
    const parts: Part[] = [];
    this.MANY1(() => parts.push(this.CONSUME1(T.Prefix)));
    const first = this.SUBRULE1(this.term);
    this.ACTION(() => parts.push(first.value));
    this.MANY2(() => {
      parts.push(this.CONSUME(T.Operator));
      this.MANY3(() => parts.push(this.CONSUME2(T.Prefix)));
      const next = this.SUBRULE2(this.term);
      this.ACTION(() => parts.push(next.value));
    });
    return this.ACTION(() => {
      const value = applyPrecedence(parts, this.file, (diagnostic) => this.reported.push(diagnostic));
      return { value, simple: parts.length === 1 && first.simple };
    });
  });

  // -------------------------------------------------------------- arguments

  /** `s2` by itself, not the name in `s2 * x` or `s2=1`. */
  private isBareOption(): boolean {
    if (!this.nextIs(T.Option)) return false;
    const after = this.LA(2).tokenType;
    const kinds = after.CATEGORIES ?? [];
    const joined = [T.Assign, T.Dot, T.CallParen, T.IndexBracket].includes(after);
    return !joined && !kinds.includes(T.Operator);
  }

  /** On a line. */
  readonly argument: Rule<Argument> = this.RULE("argument", () => {
    const start = this.LA(1);
    return this.OR([
      {
        ALT: () => {
          const name = this.SUBRULE(this.name);
          this.CONSUME(T.Assign);
          const value = this.SUBRULE1(this.operand);
          return this.ACTION((): Argument => ({ kind: "named", name, value, span: this.since(start) }));
        },
      },
      { GATE: () => this.isBareOption(), ALT: () => this.shortOption() },
      {
        ALT: () => {
          const value = this.SUBRULE2(this.operand);
          return this.ACTION((): Argument => ({ kind: "positional", value, span: this.since(start) }));
        },
      },
    ]);
  });

  /** Between the parentheses of a call. */
  readonly entry: Rule<Argument> = this.RULE("entry", () => {
    const start = this.LA(1);
    return this.OR([
      {
        ALT: () => {
          const name = this.SUBRULE(this.name);
          this.CONSUME(T.Assign);
          const value = this.SUBRULE1(this.value);
          return this.ACTION((): Argument => ({ kind: "named", name, value, span: this.since(start) }));
        },
      },
      { GATE: () => this.isBareOption() && !this.isFlowAhead(), ALT: () => this.shortOption() },
      {
        ALT: () => {
          const value = this.SUBRULE2(this.value);
          return this.ACTION((): Argument => ({ kind: "positional", value, span: this.since(start) }));
        },
      },
    ]);
  });

  private shortOption(): Argument {
    const token = this.CONSUME(T.Option);
    return this.ACTION(() => optionOf(token, this.file));
  }
  private isFlowAhead(): boolean {
    return !this.nextIs(T.Comma, 2) && !this.nextIs(T.RightParen, 2);
  }

  // -------------------------------------------------------------- types

  readonly type: Rule<TypeExpression> = this.RULE("type", () => {
    const start = this.LA(1);
    const dims: Expression[] = [];
    const classes = this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Class);
          return this.SUBRULE1(this.operand);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.LeftBracket);
          this.MANY_SEP({ SEP: T.Comma, DEF: () => dims.push(this.SUBRULE2(this.operand)) });
          this.CONSUME(T.RightBracket);
          return this.OPTION(() => {
            this.CONSUME(T.Of);
            return this.SUBRULE3(this.operand);
          });
        },
      },
    ]);
    return this.ACTION(() => ({ kind: "type", span: this.since(start), dims, ...(classes && { classes }) }) as const);
  });
}
