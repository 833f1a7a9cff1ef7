// The grammar of terms, the operands of operators: names, literals, lists, parentheses, and the calls, indices and fields
// that touch them. Chevrotain records each rule once before it parses, with dummy tokens and rules that return
// nothing, so results are only touched inside ACTION. Invariant: two tokens of look-ahead, and no rule consumes nothing
// twice.

import { EmbeddedActionsParser, type IToken, type ParserMethod, type TokenType } from "chevrotain";
import type { Argument, Expression, IndexItem, Name } from "../syntax/ast.ts";
import type { Diagnostic, Span } from "../syntax/span.ts";
import { endOf, spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { blockOf, sizeOf, textOf } from "./nodes.ts";
import { tooLong } from "./precedence.ts";

export type Rule<Result> = ParserMethod<[], Result>;

/** A parsed operand; a `simple` one can take arguments behind it, as the head of a line. */
export interface Operand {
  readonly value: Expression;
  readonly simple: boolean;
}

const MAX_CHAIN = 500;

/** Messages are made from the place where the grammar stopped (recovery/); here only the expected token is named. */
const terse = {
  buildMismatchTokenMessage: ({ expected }: { expected: TokenType }) => expected.name,
  buildNotAllInputParsedMessage: () => "",
  buildNoViableAltMessage: () => "",
  buildEarlyExitMessage: () => "",
};

export abstract class TermGrammar extends EmbeddedActionsParser {
  file = "";
  reported: Diagnostic[] = [];

  constructor() {
    const limits = { recoveryEnabled: false, maxLookahead: 2, skipValidations: T.skipValidations };
    super(T.vocabulary, { ...limits, errorMessageProvider: terse });
  }

  /** Everything that can stand after `=`, `,`, `(`. */
  abstract readonly value: Rule<Expression>;
  /** Without juxtaposition. */
  abstract readonly operand: Rule<Expression>;
  /** Between the parentheses of a call. */
  abstract readonly entry: Rule<Argument>;

  protected since(start: IToken): Span {
    return { file: this.file, start: start.startOffset, end: endOf(this.LA(0)) };
  }
  protected nextIs(type: unknown, ahead = 1): boolean {
    return this.LA(ahead).tokenType === type;
  }

  // -------------------------------------------------------------- terms

  /** One rule with its parts as methods: each rule on the way from bracket to bracket costs stack. */
  readonly term: Rule<Operand> = this.RULE("term", () => {
    const start = this.LA(1);
    let operand = this.primary();
    let links = 0;
    this.MANY1(() => {
      const link = this.OR2([{ ALT: () => this.call() }, { ALT: () => this.index() }, { ALT: () => this.field() }]);
      this.ACTION(() => {
        const value = links < MAX_CHAIN ? link(operand.value, this.since(start)) : operand.value;
        if (links++ === MAX_CHAIN) this.reported.push(tooLong(this.since(start)));
        operand = { value, simple: true };
      });
    });
    return operand;
  });

  private primary(): Operand {
    return this.OR1([
      { ALT: () => this.leaf(this.CONSUME(T.Name), (token) => ({ kind: "name", name: token.image }), true) },
      {
        ALT: () =>
          this.leaf(this.CONSUME(T.NumberLiteral), (token) => ({ kind: "number", value: Number(token.image) })),
      },
      { ALT: () => this.leaf(this.CONSUME(T.Size), (token) => ({ kind: "size", values: sizeOf(token) })) },
      { ALT: () => this.leaf(this.CONSUME(T.StringLiteral), (token) => ({ kind: "string", value: textOf(token) })) },
      { ALT: () => this.leaf(this.CONSUME(T.It), () => ({ kind: "it" })) },
      { ALT: () => this.leaf(this.CONSUME(T.True), () => ({ kind: "boolean", value: true })) },
      { ALT: () => this.leaf(this.CONSUME(T.False), () => ({ kind: "boolean", value: false })) },
      { ALT: () => this.leaf(this.CONSUME(T.None), () => ({ kind: "none" })) },
      { ALT: () => this.leaf(this.CONSUME(T.Param), () => ({ kind: "name", name: "param" })) },
      { ALT: () => this.leaf(this.CONSUME(T.Unreadable), () => ({ kind: "bad" }), true) },
      { ALT: () => this.leaf(this.CONSUME(T.Braces), (token) => blockOf(token, this.file), true) },
      { ALT: () => this.group() },
      { ALT: () => this.list() },
    ]);
  }

  private leaf(token: IToken, node: (token: IToken) => Bare, simple = false): Operand {
    return this.ACTION(() => ({ value: { ...node(token), span: spanOf(token, this.file) } as Expression, simple }));
  }

  /** `(a)`, or `(a, b)`, which is a list. */
  private group(): Operand {
    const start = this.CONSUME(T.LeftParen);
    const items = [this.SUBRULE1(this.value)];
    this.MANY2(() => {
      this.CONSUME1(T.Comma);
      items.push(this.SUBRULE2(this.value));
    });
    this.CONSUME1(T.RightParen);
    return this.ACTION(() => {
      const [first, ...more] = items;
      const list = { kind: "list", span: this.since(start), items } as const;
      return { value: first !== undefined && more.length === 0 ? first : list, simple: true };
    });
  }

  private list(): Operand {
    const start = this.CONSUME(T.LeftBracket);
    const items: Expression[] = [];
    this.OPTION1(() => {
      items.push(this.SUBRULE3(this.value));
      this.MANY3(() => {
        this.CONSUME2(T.Comma);
        items.push(this.SUBRULE4(this.value));
      });
      this.OPTION2(() => this.CONSUME3(T.Comma));
    });
    this.CONSUME1(T.RightBracket);
    return this.ACTION((): Operand => ({ value: { kind: "list", span: this.since(start), items }, simple: false }));
  }

  // -------------------------------------------------------------- calls, indices, fields

  private call(): Link {
    const args: Argument[] = [];
    this.CONSUME(T.CallParen);
    this.OPTION3(() => {
      args.push(this.SUBRULE1(this.entry));
      this.MANY4(() => {
        this.CONSUME4(T.Comma);
        args.push(this.SUBRULE2(this.entry));
      });
      this.OPTION4(() => this.CONSUME5(T.Comma));
    });
    this.CONSUME2(T.RightParen);
    return (callee, span) => ({ kind: "call", span, callee, arguments: args });
  }

  private index(): Link {
    this.CONSUME(T.IndexBracket);
    const items = [this.SUBRULE1(this.indexItem)];
    this.MANY5(() => {
      this.CONSUME6(T.Comma);
      items.push(this.SUBRULE2(this.indexItem));
    });
    this.CONSUME2(T.RightBracket);
    return (target, span) => ({ kind: "index", span, target, items });
  }

  private field(): Link {
    this.CONSUME(T.Dot);
    const name = this.SUBRULE(this.name);
    return (target, span) => ({ kind: "field", span, target, name });
  }

  readonly indexItem: Rule<IndexItem> = this.RULE("indexItem", () => {
    const start = this.LA(1);
    return this.OR([
      {
        ALT: () => {
          this.CONSUME1(T.Colon);
          const to = this.OPTION1(() => this.SUBRULE1(this.operand));
          return this.ACTION((): IndexItem => ({ kind: "slice", ...(to && { to }), span: this.since(start) }));
        },
      },
      {
        ALT: () => {
          const from = this.SUBRULE2(this.operand);
          const slice = this.OPTION2(() => {
            this.CONSUME2(T.Colon);
            const to = this.OPTION3(() => this.SUBRULE3(this.operand));
            return { from, ...(to && { to }) };
          });
          return this.ACTION((): IndexItem => {
            const span = this.since(start);
            return slice === undefined ? { kind: "at", value: from, span } : { kind: "slice", ...slice, span };
          });
        },
      },
    ]);
  });

  readonly name: Rule<Name> = this.RULE("name", () => {
    const token = this.CONSUME(T.Name);
    return this.ACTION(() => ({ text: token.image, span: spanOf(token, this.file) }));
  });

  readonly names: Rule<[Name, ...Name[]]> = this.RULE("names", () => {
    const names: [Name, ...Name[]] = [this.SUBRULE1(this.name)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      names.push(this.SUBRULE2(this.name));
    });
    return names;
  });
}

/** Makes the node of a call, index or field around the term before it. */
type Link = (before: Expression, span: Span) => Expression;
/** An expression without its span. */
type Bare = Expression extends infer Node ? (Node extends Expression ? Omit<Node, "span"> : never) : never;
