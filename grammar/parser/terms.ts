// The grammar of what stands between operators: names, literals, lists, parentheses and what touches them. One sentence's
// tokens in, nodes out. Chevrotain records each rule once before it parses, with dummy tokens and rules that return
// nothing, so results are only touched inside ACTION. Invariant: two tokens of look-ahead, and no rule consumes nothing
// twice.

import { EmbeddedActionsParser, type IToken, type ParserMethod, type TokenType } from "chevrotain";
import type { Argument, Expression, IndexItem, Name } from "../syntax/ast.ts";
import type { Diagnostic, Span } from "../syntax/span.ts";
import { spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { blockOf, sizeOf, textOf } from "./nodes.ts";
import { tooLong } from "./precedence.ts";

export type Rule<Result> = ParserMethod<[], Result>;

/** Part of an expression; `simple` when it can be the head of a line with arguments. */
export interface Operand {
  readonly value: Expression;
  readonly simple: boolean;
}

const longestChain = 500;

/** Messages are made from the place where the grammar stopped (recovery/); here only the expected token is named. */
const terse = {
  buildMismatchTokenMessage: ({ expected }: { expected: TokenType }) => expected.name,
  buildNotAllInputParsedMessage: () => "",
  buildNoViableAltMessage: () => "",
  buildEarlyExitMessage: () => "",
};

export abstract class TermGrammar extends EmbeddedActionsParser {
  file = "";
  found: Diagnostic[] = [];

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
    return { file: this.file, start: start.startOffset, end: this.LA(0).endOffset! + 1 };
  }
  protected nextIs(type: unknown, ahead = 1): boolean {
    return this.LA(ahead).tokenType === type;
  }

  // -------------------------------------------------------------- terms

  /** One rule with its parts as methods: each rule on the way from bracket to bracket costs stack. */
  readonly term: Rule<Operand> = this.RULE("term", () => {
    const start = this.LA(1);
    let { value, simple } = this.primary() ?? {};
    let links = 0;
    this.MANY1(() => {
      const link = this.OR2([{ ALT: () => this.call() }, { ALT: () => this.index() }, { ALT: () => this.field() }]);
      this.ACTION(() => {
        value = links < longestChain ? link(value!, this.since(start)) : value;
        if (links++ === longestChain) this.found.push(tooLong(this.since(start)));
        simple = true;
      });
    });
    return { value: value!, simple: simple! };
  });

  private primary(): Operand {
    return this.OR1([
      { ALT: () => this.leaf(this.CONSUME(T.Name), (token) => ({ kind: "name", name: token.image }), true) },
      { ALT: () => this.leaf(this.CONSUME(T.Number_), (token) => ({ kind: "number", value: Number(token.image) })) },
      { ALT: () => this.leaf(this.CONSUME(T.Size), (token) => ({ kind: "size", values: sizeOf(token) })) },
      { ALT: () => this.leaf(this.CONSUME(T.Text), (token) => ({ kind: "string", value: textOf(token) })) },
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
      const list = { kind: "list", span: this.since(start), items } as const;
      return { value: items.length === 1 ? items[0]! : list, simple: true };
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

  // -------------------------------------------------------------- what touches a term

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
    let from: Expression | undefined;
    let to: Expression | undefined;
    let colon: IToken | undefined;
    this.OR([
      {
        ALT: () => {
          colon = this.CONSUME1(T.Colon);
          to = this.OPTION1(() => this.SUBRULE1(this.operand));
        },
      },
      {
        ALT: () => {
          from = this.SUBRULE2(this.operand);
          this.OPTION2(() => {
            colon = this.CONSUME2(T.Colon);
            to = this.OPTION3(() => this.SUBRULE3(this.operand));
          });
        },
      },
    ]);
    return this.ACTION((): IndexItem => {
      const span = this.since(start);
      if (colon === undefined) return { kind: "at", value: from!, span };
      return { kind: "slice", ...(from && { from }), ...(to && { to }), span };
    });
  });

  readonly name: Rule<Name> = this.RULE("name", () => {
    const token = this.CONSUME(T.Name);
    return this.ACTION(() => ({ text: token.image, span: spanOf(token, this.file) }));
  });

  readonly names: Rule<Name[]> = this.RULE("names", () => {
    const names = [this.SUBRULE1(this.name)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      names.push(this.SUBRULE2(this.name));
    });
    return names;
  });
}

/** What a call, index or field makes of the term before it. */
type Link = (before: Expression, span: Span) => Expression;
/** An expression before it has its span. */
type Bare = Expression extends infer Node ? (Node extends Expression ? Omit<Node, "span"> : never) : never;
