// The grammar of definitions, and with it the whole grammar: a class with one method for each rule. Chevrotain's numbered
// calls stay behind it.

import type * as A from "../syntax/ast.ts";
import { spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { flowOf, textOf } from "./nodes.ts";
import { type Body, LineGrammar } from "./statements.ts";
import type { Rule } from "./terms.ts";

type Bound = A.DomainExpression["bounds"][number]["word"];
type Kind = { readonly type?: A.TypeExpression; readonly domain?: A.DomainExpression } | undefined;
const domainWords: ReadonlySet<string> = new Set(["whole", "number"]);
const perWords: ReadonlySet<string> = new Set(["axis", "side"]);
const boundWords: ReadonlySet<string> = new Set(["from", "above", "to", "below"]);

/** The words of a parameter's domain, as in `n: whole from 1 per axis`; elsewhere they are names. */
export const WORDS_OF_DOMAINS: readonly string[] = [...domainWords, ...boundWords, "per", ...perWords];

export class Grammar extends LineGrammar {
  constructor() {
    super();
    this.performSelfAnalysis();
  }

  readonly parameters: Rule<A.Parameter[]> = this.RULE("parameters", () => {
    const parameters: A.Parameter[] = [];
    this.CONSUME(T.LeftParen);
    this.OPTION1(() => {
      parameters.push(this.SUBRULE1(this.parameter));
      this.MANY(() => {
        this.CONSUME1(T.Comma);
        parameters.push(this.SUBRULE2(this.parameter));
      });
      this.OPTION2(() => this.CONSUME2(T.Comma));
    });
    this.CONSUME(T.RightParen);
    return parameters;
  });

  readonly parameter: Rule<A.Parameter> = this.RULE("parameter", () => {
    const start = this.LA(1);
    const name = this.SUBRULE(this.name);
    const { type, domain } = this.SUBRULE(this.parameterKind) ?? {};
    const value = this.SUBRULE(this.initial);
    return this.ACTION(() => {
      const parts = { name, ...(type && { type }), ...(domain && { domain }), ...(value && { default: value }) };
      return { kind: "parameter", span: this.since(start), ...parts } as const;
    });
  });

  /** `: [T] of V` of an input, `: number from 0 to 1` of a setting. */
  readonly parameterKind: Rule<Kind> = this.RULE("parameterKind", () =>
    this.OPTION(() => {
      this.CONSUME(T.Colon);
      return this.OR([
        { GATE: () => domainWords.has(this.LA(1).image), ALT: () => ({ domain: this.SUBRULE(this.domain) }) },
        { ALT: () => ({ type: this.SUBRULE(this.type) }) },
      ]);
    }),
  );

  readonly domain: Rule<A.DomainExpression> = this.RULE("domain", () => {
    const start = this.CONSUME1(T.Name);
    const bounds: { word: Bound; value: number }[] = [];
    this.MANY({
      GATE: () => boundWords.has(this.LA(1).image),
      DEF: () => {
        const word = this.CONSUME2(T.Name).image as Bound;
        const sign = this.OPTION1(() =>
          this.OR([{ ALT: () => this.CONSUME(T.Sign) }, { ALT: () => this.CONSUME(T.Minus) }]),
        );
        const number = this.CONSUME(T.NumberLiteral);
        this.ACTION(() => bounds.push({ word, value: (sign ? -1 : 1) * Number(number.image) }));
      },
    });
    const per = this.OPTION2({
      GATE: () => this.LA(1).image === "per" && perWords.has(this.LA(2).image),
      DEF: () => {
        this.CONSUME3(T.Name);
        return this.CONSUME4(T.Name).image as "axis" | "side";
      },
    });
    return this.ACTION((): A.DomainExpression => {
      const whole = start.image === "whole";
      return { kind: "domain", span: this.since(start), whole, bounds, ...(per ? { per } : {}) };
    });
  });

  readonly definition: Rule<A.TopLevel> = this.RULE("definition", () => {
    const start = this.OR([
      { ALT: () => this.CONSUME(T.Model) },
      { ALT: () => this.CONSUME(T.Block) },
      { ALT: () => this.CONSUME(T.Cell) },
      { ALT: () => this.CONSUME(T.Optimizer) },
    ]);
    const name = this.SUBRULE(this.name);
    const parameters = this.OPTION(() => this.SUBRULE(this.parameters)) ?? [];
    const body = this.SUBRULE(this.body);
    return this.ACTION((): A.TopLevel => {
      const kind = start.image === "block" ? "block-definition" : (start.image as "model" | "cell" | "optimizer");
      return { kind, span: this.since(start), name, documentation: "", parameters, body };
    });
  });

  /** `fn` and `schedule`, which may be one expression. */
  readonly function: Rule<A.TopLevel> = this.RULE("function", () => {
    const start = this.OR1([{ ALT: () => this.CONSUME(T.Fn) }, { ALT: () => this.CONSUME(T.Schedule) }]);
    const name = this.SUBRULE(this.name);
    const parameters = this.OPTION(() => this.SUBRULE(this.parameters)) ?? [];
    const { body, short } = this.OR2([
      { ALT: () => ({ body: this.SUBRULE(this.body), short: false }) },
      { ALT: () => ({ body: this.SUBRULE(this.shortBody), short: true }) },
    ]);
    return this.ACTION((): A.TopLevel => {
      const kind = start.tokenType === T.Fn ? "fn" : "schedule";
      return { kind, span: this.since(start), name, documentation: "", parameters, body, short };
    });
  });

  readonly shortBody: Rule<Body> = this.RULE("shortBody", () => {
    this.CONSUME(T.Assign);
    const value = this.SUBRULE(this.value);
    return this.ACTION((): Body => [{ kind: "line", span: value.span, value, labels: [] }]);
  });

  readonly data: Rule<A.DataDefinition> = this.RULE("data", () => {
    const start = this.CONSUME(T.Data);
    const name = this.SUBRULE(this.name);
    this.CONSUME(T.Assign);
    const head = this.SUBRULE(this.operators);
    const args = this.SUBRULE(this.arguments, { ARGS: [head] });
    const body = this.OPTION(() => this.SUBRULE(this.body)) ?? [];
    return this.ACTION(() => {
      const source = flowOf(head.value, args, undefined, this.file);
      return { kind: "data", span: this.since(start), name, documentation: "", source, body } as const;
    });
  });

  readonly train: Rule<A.TrainDefinition> = this.RULE("train", () => {
    const start = this.CONSUME(T.Train);
    const name = this.SUBRULE1(this.name);
    const parameters = this.OPTION1(() => this.SUBRULE(this.parameters)) ?? [];
    const data = this.OPTION2(() => {
      this.CONSUME(T.On);
      return this.SUBRULE2(this.name);
    });
    const body = this.SUBRULE(this.body);
    return this.ACTION(() => {
      const parts = { name, documentation: "", parameters, ...(data && { data }), body };
      return { kind: "train", span: this.since(start), ...parts } as const;
    });
  });

  readonly import: Rule<A.ImportDefinition> = this.RULE("import", () => {
    const start = this.CONSUME(T.Import);
    const names = this.OPTION(() => {
      const listed = this.SUBRULE(this.names);
      this.CONSUME(T.From);
      return listed;
    });
    const path = this.CONSUME(T.StringLiteral);
    return this.ACTION(() => {
      const literal = { kind: "string", span: spanOf(path, this.file), value: textOf(path) } as const;
      return { kind: "import", span: this.since(start), path: literal, names: names ?? [] } as const;
    });
  });
}
