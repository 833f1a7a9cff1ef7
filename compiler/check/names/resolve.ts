// A syntax tree in; every name in it with what it stands for out: where that is declared, and of which kind it is. What the
// file does not declare is looked up outside, in imports and the library. Nothing is evaluated, so half a program will do.

import type * as A from "../../../grammar/syntax/ast.ts";
import { asName, OPTIONS, takesNumbersOnly } from "../../../grammar/syntax/queries.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import {
  type Definition,
  keyOf,
  type Meaning,
  meaningOfDefinition,
  meaningOfParameter,
  type NameKind,
  type Occurrence,
  type Outside,
  parametersOf,
} from "./meanings.ts";
import { isSetting } from "./settings.ts";
import { wordsOf } from "./trainingwords.ts";

class StaticScope {
  readonly names = new Map<string, Meaning>();
  readonly parent: StaticScope | undefined;
  /** In a training: names that nothing declares are fields of its data. */
  readonly data: Definition | undefined;
  constructor(parent?: StaticScope, data = parent?.data) {
    this.parent = parent;
    this.data = data;
  }
  get(name: string): Meaning | undefined {
    return this.names.get(name) ?? this.parent?.get(name);
  }
}

/** The names a definition's body binds: fields of what it makes. The first place of each counts. */
export function membersOf(d: Definition): ReadonlyMap<string, Meaning> {
  const resolver = new Resolver(() => undefined);
  const scope = new StaticScope();
  resolver.body(d.body, scope);
  return scope.names;
}

class Resolver {
  readonly found: Occurrence[] = [];
  /** Names that stand for nothing. */
  readonly unknown: A.Name[] = [];
  private readonly outside: Outside;

  constructor(outside: Outside) {
    this.outside = outside;
  }

  file(file: A.SourceFile): void {
    const top = new StaticScope();
    for (const d of file.definitions)
      if (d.kind !== "import" && d.kind !== "binding" && !top.names.has(d.name.text) && d.kind !== "train")
        top.names.set(d.name.text, meaningOfDefinition(d));
    for (const d of file.definitions) this.definition(d, top);
  }

  private add(span: Span, meaning: Meaning, declares = false, writes = declares): void {
    this.found.push({ span, meaning, declares, writes });
  }

  private flag(word: Span, { parameter, span }: { readonly parameter: A.Parameter; readonly span: Span }): void {
    this.found.push({ span, word, meaning: meaningOfParameter(parameter), declares: false, writes: false });
  }

  private definition(d: A.TopLevel, top: StaticScope): void {
    if (d.kind === "binding") return this.statement(d.statement, top);
    if (d.kind === "import") {
      for (const n of d.names) this.use(n.text, n.span, top);
      return;
    }
    this.add(d.name.span, meaningOfDefinition(d), true);
    if (d.kind === "data") {
      this.source(d.source, top);
      this.body(d.body, new StaticScope(top, d));
      return;
    }
    const data = d.kind === "train" && d.data ? top.get(d.data.text) : undefined;
    if (d.kind === "train" && d.data) this.use(d.data.text, d.data.span, top);
    const scope = new StaticScope(top, data?.definition ?? (d.kind === "train" ? d : undefined));
    for (const p of d.parameters) {
      const meaning = meaningOfParameter(p);
      scope.names.set(p.name.text, meaning);
      this.add(p.name.span, meaning, true);
      if (p.type) this.type(p.type, scope);
      if (p.default) this.expression(p.default, scope);
    }
    this.body(d.body, scope);
  }

  /** Reads the name in a declaration of data as a source, whatever else has that name. */
  private source(e: A.Expression, scope: StaticScope): void {
    const head = e.kind === "call" ? e.callee : e.kind === "flow" ? e.head : e;
    if (head.kind !== "name") return this.expression(e, scope);
    const { name } = head;
    this.add(head.span, { key: `source:${name}`, name, kind: "source" });
    if (e.kind !== "call" && e.kind !== "flow") return;
    for (const a of e.arguments) {
      if (a.kind === "option") continue;
      if (a.kind === "named")
        this.add(a.name.span, { key: `source:${name}.${a.name.text}`, name: `${name}.${a.name.text}`, kind: "source" });
      this.expression(a.value, scope);
    }
  }

  /** Names of sizes are declared where they are first met. */
  private type(type: A.TypeExpression, scope: StaticScope): void {
    const open = (e: A.Expression): void => {
      if (e.kind === "name" && !scope.get(e.name)) this.bind({ text: e.name, span: e.span }, "size", scope);
      else if (e.kind === "binary") for (const side of [e.left, e.right]) open(side);
      else this.expression(e, scope);
    };
    for (const d of type.dims) open(d);
    if (type.classes) open(type.classes);
  }

  private bind(
    name: A.Name,
    kind: NameKind,
    scope: StaticScope,
    { madeBy, bound }: Pick<Meaning, "madeBy" | "bound"> = {},
  ): void {
    const before = kind === "variable" ? this.assigned(name.text, scope) : undefined;
    const meaning = before ?? {
      key: keyOf(name.span),
      name: name.text,
      kind,
      span: name.span,
      ...(madeBy ? { madeBy } : {}),
      ...(bound && scope.data?.kind !== "data" && scope.parent ? { bound } : {}),
    };
    scope.names.set(name.text, meaning);
    this.add(name.span, meaning, !before, true);
  }

  /** The variable that an assignment writes: one of this scope, or a state around it. */
  private assigned(name: string, scope: StaticScope): Meaning | undefined {
    const own = scope.names.get(name);
    if (own) return own;
    const around = scope.get(name);
    return around?.kind === "state" ? around : undefined;
  }

  body(statements: readonly A.Statement[], scope: StaticScope): void {
    for (const s of statements) this.statement(s, scope);
  }

  private statement(s: A.Statement, scope: StaticScope): void {
    switch (s.kind) {
      case "line":
        this.expression(s.value, scope, scope.data !== undefined);
        for (const l of s.labels) this.bind(l, "variable", scope, { ...this.made(s.value, scope), bound: "label" });
        return;
      case "fixed":
        return this.statement(s.line, scope);
      case "assign":
        this.expression(s.value, scope);
        for (const t of s.targets)
          this.bind(t, "variable", scope, {
            ...this.made(s.value, scope),
            // Of what is taken apart, a part may be left.
            ...(s.targets.length === 1 ? { bound: "name" } : {}),
          });
        return;
      case "param":
      case "state":
        for (const e of s.entries) {
          if (e.type)
            for (const d of [...e.type.dims, ...(e.type.classes ? [e.type.classes] : [])]) this.expression(d, scope);
          if (e.start) this.expression(e.start, scope);
          this.bind(e.name, s.kind, scope);
        }
        return;
      case "if-statement":
        this.expression(s.condition, scope);
        this.body(s.then, scope);
        this.body(s.else ?? [], scope);
        return;
      case "for":
        this.expression(s.over, scope);
        this.bind(s.name, "variable", scope);
        return this.body(s.body, scope);
      case "repeat":
        this.expression(s.count, scope);
        return this.body(s.body, scope);
      case "branch":
        return this.body(s.body, new StaticScope(scope));
      case "step":
        for (const m of s.models) this.expression(m, scope);
        return this.body(s.body, new StaticScope(scope));
      case "update":
        this.expression(s.target, scope);
        return this.expression(s.value, scope);
      case "setting":
        for (const part of s.parts) this.expression(part, scope);
        return this.expression(s.value, scope);
      case "bad-statement":
        return;
    }
  }

  private expression(e: A.Expression, scope: StaticScope, setting = false): void {
    switch (e.kind) {
      case "name":
        if (setting && isSetting(e.name) && !scope.get(e.name)) return this.word(e.name, e.span);
        return this.use(e.name, e.span, scope);
      case "list":
        for (const i of e.items) this.expression(i, scope);
        return;
      case "range":
        this.expression(e.from, scope);
        return this.expression(e.to, scope);
      case "unary":
        return this.expression(e.operand, scope);
      case "binary":
        this.expression(e.left, scope);
        return this.expression(e.right, scope);
      case "if":
        for (const part of [e.condition, e.then, e.else]) this.expression(part, scope);
        return;
      case "call":
        this.expression(e.callee, scope);
        return this.arguments(
          e.arguments,
          this.maker(e.callee, scope),
          scope,
          e.callee.kind !== "name" || scope.get(e.callee.name) !== undefined,
        );
      case "flow":
        return this.flow(e, scope, setting);
      case "index":
        this.expression(e.target, scope);
        for (const i of e.items) {
          if (i.kind === "at") this.expression(i.value, scope);
          else for (const bound of [i.from, i.to]) if (bound) this.expression(bound, scope);
        }
        return;
      case "field": {
        this.expression(e.target, scope);
        const member = this.fieldOf(e, scope);
        if (member) this.add(e.name.span, member);
        return;
      }
      case "block":
        return this.body(e.body, new StaticScope(scope));
    }
  }

  private flow(e: A.FlowExpression, scope: StaticScope, setting: boolean): void {
    const head = e.head.kind === "name" ? e.head.name : undefined;
    this.expression(e.head, scope, setting);
    if (!setting || head === undefined || !isSetting(head) || scope.get(head)) {
      const definition = this.maker(e.head, scope);
      this.arguments(e.arguments, definition, scope);
      if (e.block) this.expression(e.block, scope);
      return;
    }
    for (const a of e.arguments) {
      if (a.kind === "option") {
        this.expression(asName(a), scope);
        continue;
      }
      if (head === "show" && a.value.kind === "call") this.shown(a.value, scope);
      else if (a.value.kind === "name" && wordsOf(head).includes(a.value.name)) this.word(a.value.name, a.value.span);
      else this.expression(a.value, scope);
    }
  }

  private shown(e: A.CallExpression, scope: StaticScope): void {
    if (e.callee.kind === "name") this.word(e.callee.name, e.callee.span);
    for (const a of e.arguments) this.expression(a.kind === "option" ? asName(a) : a.value, scope);
  }

  private word(name: string, span: Span): void {
    this.add(span, { key: `setting:${name}`, name, kind: "setting" });
  }

  private arguments(
    list: readonly A.Argument[],
    callee: Definition | undefined,
    scope: StaticScope,
    isApplied = false,
  ): void {
    const parameters = parametersOf(callee);
    const isSized = callee?.kind !== "fn" && takesNumbersOnly(parameters);
    const named = (name: string): A.Parameter | undefined => parameters.find((p) => p.name.text === name);
    for (const a of list) {
      if (a.kind === "option") {
        // A name that begins as an option does: read, where a layer of sizes and flags does not take it as that.
        const isOption = !isApplied && isSized && parameters.some((p) => p.name.text === OPTIONS[a.letter]);
        if (!isOption && scope.get(asName(a).name)) this.expression(asName(a), scope);
        continue;
      }
      if (a.kind === "named") {
        const p = named(a.name.text);
        if (p) this.add(a.name.span, meaningOfParameter(p));
        this.expression(a.value, scope);
        continue;
      }
      const flag = a.value.kind === "name" && !scope.get(a.value.name) ? flagOf(a.value, parameters) : undefined;
      // A callee that is not known may have a flag of this name.
      const perhaps =
        a.value.kind === "name" && !callee && !scope.get(a.value.name) && !this.lookup(a.value.name, scope);
      if (flag) this.flag(a.value.span, flag);
      else if (!perhaps) this.expression(a.value, scope);
    }
  }

  private use(name: string, span: Span, scope: StaticScope): void {
    const meaning = scope.get(name) ?? this.lookup(name, scope);
    if (meaning) this.add(span, meaning);
    else if (name !== "training") this.unknown.push({ text: name, span });
  }

  private lookup(name: string, scope: StaticScope): Meaning | undefined {
    const found = this.outside(name);
    if (found === "builtin") return { key: `builtin:${name}`, name, kind: "builtin" };
    if (found) return meaningOfDefinition(found);
    if (!scope.data) return undefined;
    return { key: `field:${keyOf(scope.data.name.span)}.${name}`, name, kind: "field", span: scope.data.name.span };
  }

  /** The definition whose call, use or name this is. */
  private maker(e: A.Expression, scope: StaticScope): Definition | undefined {
    if (e.kind === "call") return this.maker(e.callee, scope);
    if (e.kind === "flow") return this.maker(e.head, scope);
    if (e.kind !== "name") return undefined;
    const known = scope.get(e.name);
    if (known) return known.madeBy;
    const found = this.outside(e.name);
    return found === "builtin" ? undefined : found;
  }

  private made(e: A.Expression, scope: StaticScope): Pick<Meaning, "madeBy"> {
    const madeBy = this.maker(e, scope);
    return madeBy ? { madeBy } : {};
  }

  private fieldOf(e: A.FieldExpression, scope: StaticScope): Meaning | undefined {
    const made = this.maker(e.target, scope);
    return made && membersOf(made).get(e.name.text);
  }
}

/** A bare word that sets a boolean parameter: `ceil`, or `no` and the name. The span is that of the name itself. */
function flagOf(
  e: A.NameExpression,
  parameters: readonly A.Parameter[],
): { readonly parameter: A.Parameter; readonly span: Span } | undefined {
  const flag = (name: string): A.Parameter | undefined =>
    parameters.find((p) => p.name.text === name && p.default?.kind === "boolean");
  const plain = flag(e.name);
  if (plain) return { parameter: plain, span: e.span };
  const negated = e.name.startsWith("no") ? flag(e.name.slice(2)) : undefined;
  return negated && { parameter: negated, span: { ...e.span, start: e.span.start + 2 } };
}

export interface Names {
  readonly all: readonly Occurrence[];
  /** Names that stand for nothing, as far as the text alone tells. */
  readonly unknown: readonly A.Name[];
  at(offset: number): Occurrence | undefined;
  of(key: string): readonly Occurrence[];
}

/** Resolves every name of a file; `outside` is the scope below the file's, the same for every question. */
export function namesIn(file: A.SourceFile, outside: Outside): Names {
  const known = resolved.get(file) ?? resolve(file, outside);
  resolved.set(file, known);
  return known;
}

const resolved = new WeakMap<A.SourceFile, Names>();

function resolve(file: A.SourceFile, outside: Outside): Names {
  const resolver = new Resolver(outside);
  resolver.file(file);
  const all = resolver.found.toSorted((a, b) => a.span.start - b.span.start);
  return {
    all,
    unknown: resolver.unknown,
    at: (offset) => {
      const within = ({ start, end }: Span): boolean => start <= offset && offset <= end;
      return all.findLast((o) => within(o.span)) ?? all.findLast((o) => o.word && within(o.word));
    },
    of: (key) => all.filter((o) => o.meaning.key === key),
  };
}
