// The grammar of expressions, arguments and types: one sentence's tokens in, tree nodes out. Chevrotain records each rule
// once before it parses, with dummy tokens and rules that return nothing, so results are only touched inside ACTION.
// Invariant: two tokens of look-ahead, and every rule consumes what it stands on or reports it.

import { EmbeddedActionsParser, type IToken, type ParserMethod } from "chevrotain";
import type { Argument, Expression, IndexItem, Name, TypeExpression } from "./ast.ts";
import { spanOf } from "./scan.ts";
import type { Diagnostic, Span } from "./span.ts";
import * as T from "./tokens.ts";
import { blockOf, flowOf, fold, optionOf, type Part, sizeOf, textOf, tooLong } from "./tree.ts";

export type Rule<Result> = ParserMethod<[], Result>;

/** An operator expression; `simple` when it can be the head of a line with arguments. */
export interface Operand {
  readonly value: Expression;
  readonly simple: boolean;
}
interface Term {
  readonly value: Expression;
  readonly simple: boolean;
}

const longestChain = 1000;

export abstract class ExpressionGrammar extends EmbeddedActionsParser {
  file = "";
  found: Diagnostic[] = [];

  constructor() {
    super(T.vocabulary, { recoveryEnabled: false, maxLookahead: 2, skipValidations: T.skipValidations });
  }

  protected since(start: IToken): Span {
    return { file: this.file, start: start.startOffset, end: this.LA(0).endOffset! + 1 };
  }
  protected nextIs(type: unknown, ahead = 1): boolean {
    return this.LA(ahead).tokenType === type;
  }

  // -------------------------------------------------------------- values

  /** Everything that can stand after `=`, `,`, `(`: a flow form or a choice. */
  readonly value: Rule<Expression> = this.RULE("value", () =>
    this.OR([{ ALT: () => this.SUBRULE(this.choice) }, { ALT: () => this.SUBRULE(this.flow) }]),
  );

  readonly choice: Rule<Expression> = this.RULE("choice", () => {
    const start = this.CONSUME(T.If);
    const condition = this.SUBRULE(this.operators);
    this.CONSUME(T.Then);
    const yes = this.SUBRULE1(this.value);
    this.CONSUME(T.Else);
    const no = this.SUBRULE2(this.value);
    return this.ACTION(() => {
      return { kind: "if", span: this.since(start), condition: condition.value, then: yes, else: no } as const;
    });
  });

  /** A choice as an argument of a line: its parts take no arguments themselves. */
  readonly narrowChoice: Rule<Expression> = this.RULE("narrowChoice", () => {
    const start = this.CONSUME(T.If);
    const condition = this.SUBRULE(this.operators);
    this.CONSUME(T.Then);
    const yes = this.SUBRULE1(this.operand);
    this.CONSUME(T.Else);
    const no = this.SUBRULE2(this.operand);
    return this.ACTION(() => {
      return { kind: "if", span: this.since(start), condition: condition.value, then: yes, else: no } as const;
    });
  });

  /** Without juxtaposition. */
  readonly operand: Rule<Expression> = this.RULE("operand", () =>
    this.OR([
      { ALT: () => this.SUBRULE(this.narrowChoice) },
      {
        ALT: () => {
          const read = this.SUBRULE(this.operators);
          return this.ACTION(() => read.value);
        },
      },
    ]),
  );

  readonly flow: Rule<Expression> = this.RULE("flow", () => {
    const head = this.SUBRULE(this.operators);
    const args = this.SUBRULE(this.arguments, { ARGS: [head] });
    const braces = this.OPTION({ GATE: () => head.simple, DEF: () => this.CONSUME(T.Braces) });
    return this.ACTION(() => flowOf(head.value, args, braces, this.file));
  });

  /** What follows a head on its line, without a trailing block. */
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
      const value = fold(parts, this.file, (diagnostic) => this.found.push(diagnostic));
      return { value, simple: parts.length === 1 && first.simple };
    });
  });

  // -------------------------------------------------------------- terms

  readonly term: Rule<Term> = this.RULE("term", () => {
    const start = this.LA(1);
    let { value, simple } = this.SUBRULE(this.primary) ?? {};
    let links = 0;
    this.MANY(() => {
      const link = this.OR([
        { ALT: () => this.SUBRULE(this.call) },
        { ALT: () => this.SUBRULE(this.index) },
        { ALT: () => this.SUBRULE(this.field) },
      ]);
      this.ACTION(() => {
        value = links < longestChain ? link(value!, this.since(start)) : value;
        if (links++ === longestChain) this.found.push(tooLong(this.since(start)));
        simple = true;
      });
    });
    return { value: value!, simple: simple! };
  });

  readonly primary: Rule<Term> = this.RULE("primary", () =>
    this.OR([
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
      { ALT: () => this.SUBRULE(this.group) },
      { ALT: () => this.SUBRULE(this.list) },
    ]),
  );

  private leaf(token: IToken, node: (token: IToken) => Bare, simple = false): Term {
    return this.ACTION(() => ({ value: { ...node(token), span: spanOf(token, this.file) } as Expression, simple }));
  }

  /** `(a)`, or `(a, b)`, which is a list. */
  readonly group: Rule<Term> = this.RULE("group", () => {
    const start = this.CONSUME(T.LeftParen);
    const items = [this.SUBRULE1(this.value)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      items.push(this.SUBRULE2(this.value));
    });
    this.CONSUME(T.RightParen);
    return this.ACTION(() => {
      const list = { kind: "list", span: this.since(start), items } as const;
      return { value: items.length === 1 ? items[0]! : list, simple: true };
    });
  });

  readonly list: Rule<Term> = this.RULE("list", () => {
    const start = this.CONSUME(T.LeftBracket);
    const items: Expression[] = [];
    this.OPTION1(() => {
      items.push(this.SUBRULE1(this.value));
      this.MANY(() => {
        this.CONSUME1(T.Comma);
        items.push(this.SUBRULE2(this.value));
      });
      this.OPTION2(() => this.CONSUME2(T.Comma));
    });
    this.CONSUME(T.RightBracket);
    return this.ACTION((): Term => ({ value: { kind: "list", span: this.since(start), items }, simple: false }));
  });

  // -------------------------------------------------------------- what touches a term

  readonly call: Rule<Link> = this.RULE("call", () => {
    const args: Argument[] = [];
    this.CONSUME(T.CallParen);
    this.OPTION1(() => {
      args.push(this.SUBRULE1(this.entry));
      this.MANY(() => {
        this.CONSUME1(T.Comma);
        args.push(this.SUBRULE2(this.entry));
      });
      this.OPTION2(() => this.CONSUME2(T.Comma));
    });
    this.CONSUME(T.RightParen);
    return (callee: Expression, span: Span) => ({ kind: "call", span, callee, arguments: args }) as const;
  });

  readonly index: Rule<Link> = this.RULE("index", () => {
    this.CONSUME(T.IndexBracket);
    const items = [this.SUBRULE1(this.indexItem)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      items.push(this.SUBRULE2(this.indexItem));
    });
    this.CONSUME(T.RightBracket);
    return (target: Expression, span: Span) => ({ kind: "index", span, target, items }) as const;
  });

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

  readonly field: Rule<Link> = this.RULE("field", () => {
    this.CONSUME(T.Dot);
    const name = this.SUBRULE(this.name);
    return (target: Expression, span: Span) => ({ kind: "field", span, target, name }) as const;
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

  // -------------------------------------------------------------- arguments

  /** `s2` by itself, not the name in `s2 * x` or `s2=1`. */
  private bareOption(): boolean {
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
      { GATE: () => this.bareOption(), ALT: () => this.shortOption() },
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
      { GATE: () => this.bareOption() && !this.beginsFlow(), ALT: () => this.shortOption() },
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
  private beginsFlow(): boolean {
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

/** What a call, index or field makes of the term before it. */
type Link = (before: Expression, span: Span) => Expression;
/** An expression before it has its span. */
type Bare = Expression extends infer Node ? (Node extends Expression ? Omit<Node, "span"> : never) : never;
