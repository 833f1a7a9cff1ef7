// A tree in, a line of text out that shows how it was read: operators fully in parentheses, flow forms in `< >`.

import { parse } from "../../grammar/parser/parse.ts";
import type {
  Argument,
  DeclaredName,
  Expression,
  IndexItem,
  Parameter,
  Statement,
  TopLevel,
  TypeExpression,
} from "../../grammar/syntax/ast.ts";

/** The body of one model, sketched. */
export function body(text: string): string {
  const { file, diagnostics } = parse(`model m(x: [3]) {\n${text}\n}`, "body.dnn");
  if (diagnostics.length > 0) return diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n");
  const [definition] = file.definitions;
  return definition?.kind === "model" ? statements(definition.body) : "no model";
}

export function value(text: string): string {
  return body(`v = ${text}`).replace(/^v = /, "");
}

export function statements(body: readonly Statement[]): string {
  return body.map(statement).join("; ");
}

const block = (body: readonly Statement[]) => (body.length === 0 ? "{}" : `{ ${statements(body)} }`);
const list = <Item>(items: readonly Item[], show: (item: Item) => string) => items.map(show).join(", ");
const names = (items: readonly { readonly text: string }[]) => list(items, ({ text }) => text);

function statement(node: Statement): string {
  switch (node.kind) {
    case "line":
      return expression(node.value) + (node.labels.length > 0 ? ` -> ${names(node.labels)}` : "");
    case "assign":
      return `${names(node.targets)} = ${expression(node.value)}`;
    case "param":
      return `${node.fixed ? "fixed " : ""}param ${list(node.entries, declared)}`;
    case "state":
      return `state ${list(node.entries, declared)}`;
    case "fixed":
      return `fixed ${statement(node.line)}`;
    case "if-statement":
      return `if ${expression(node.condition)} ${block(node.then)}${node.else ? ` else ${block(node.else)}` : ""}`;
    case "for":
      return `for ${node.name.text} in ${expression(node.over)} ${block(node.body)}`;
    case "repeat":
      return `repeat ${expression(node.count)} ${block(node.body)}`;
    case "branch":
      return `branch ${block(node.body)}`;
    case "step":
      return `step ${list(node.models, expression)} ${block(node.body)}`;
    case "update":
      return `${node.update ? "update " : ""}${expression(node.target)} ${node.operator} ${expression(node.value)}`;
    case "setting":
      return `${node.head}: ${expression(node.value)}${node.parts.map((p) => ` for ${expression(p)}`).join("")}`;
    case "bad-statement":
      return "!";
  }
}

function declared({ name, type, start }: DeclaredName): string {
  return `${name.text}${type ? `: ${typed(type)}` : ""}${start ? ` = ${expression(start)}` : ""}`;
}

function typed({ dims, classes }: TypeExpression): string {
  return `[${list(dims, expression)}]${classes ? ` of ${expression(classes)}` : ""}`;
}

function parameter({ name, type, default: start }: Parameter): string {
  return `${name.text}${type ? `: ${typed(type)}` : ""}${start ? ` = ${expression(start)}` : ""}`;
}

function argument(node: Argument): string {
  if (node.kind === "option") return `${node.letter}:${node.value}`;
  return node.kind === "named" ? `${node.name.text}=${expression(node.value)}` : expression(node.value);
}

function item(node: IndexItem): string {
  if (node.kind === "at") return expression(node.value);
  return `${node.from ? expression(node.from) : ""}:${node.to ? expression(node.to) : ""}`;
}

function expression(node: Expression): string {
  switch (node.kind) {
    case "number":
    case "boolean":
      return String(node.value);
    case "size":
      return node.values.join("x");
    case "string":
      return JSON.stringify(node.value);
    case "none":
    case "it":
      return node.kind;
    case "name":
      return node.name;
    case "list":
      return `[${list(node.items, expression)}]`;
    case "range":
      return `(${expression(node.from)} .. ${expression(node.to)})`;
    case "unary":
      return `(${node.operator} ${expression(node.operand)})`;
    case "binary":
      return `(${expression(node.left)} ${node.operator} ${expression(node.right)})`;
    case "if":
      return `(if ${expression(node.condition)} then ${expression(node.then)} else ${expression(node.else)})`;
    case "call":
      return `${expression(node.callee)}(${list(node.arguments, argument)})`;
    case "flow":
      return `<${[expression(node.head), ...node.arguments.map(argument), ...(node.block ? [block(node.block.body)] : [])].join(" ")}>`;
    case "index":
      return `${expression(node.target)}[${list(node.items, item)}]`;
    case "field":
      return `${expression(node.target)}.${node.name.text}`;
    case "block":
      return block(node.body);
    case "bad":
      return "!";
  }
}

export function definition(node: TopLevel): string {
  switch (node.kind) {
    case "binding":
      return statement(node.statement);
    case "import":
      return `import ${names(node.names)} from ${expression(node.path)}`;
    case "data":
      return `data ${node.name.text} = ${expression(node.source)} ${block(node.body)}`;
    case "train":
      return `train ${node.name.text}(${list(node.parameters, parameter)}) on ${node.data?.text ?? "nothing"} ${block(node.body)}`;
    default:
      return `${node.kind} ${node.name.text}(${list(node.parameters, parameter)}) ${block(node.body)}`;
  }
}

/** The definitions of a text, a line each; its diagnostics where it has any. */
export function file(text: string): string {
  const { file, diagnostics } = parse(text, "file.dnn");
  if (diagnostics.length > 0) return diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n");
  return file.definitions.map(definition).join("\n");
}

/** `code "the text it points at"` of every diagnostic, in order. */
export function mistakes(text: string): string[] {
  return parse(text, "file.dnn").diagnostics.map(({ code, span }) => {
    return `${code.replace("syntax/", "")} ${JSON.stringify(text.slice(span!.start, span!.end))}`;
  });
}

/** A tree without its spans and its text. */
export function bare(node: unknown): unknown {
  const keep = (key: string, value: unknown) => (key === "span" ? undefined : value);
  const { definitions } = node as { definitions: unknown };
  return JSON.parse(JSON.stringify(definitions, keep));
}
