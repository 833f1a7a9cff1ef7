// Colours of a program as it is typed, by the grammar that editors use. In: a TextMate grammar whose rules stay within a line. Out: a
// language of CodeMirror. The regular expressions are read as JavaScript's.

import { StreamLanguage, type StringStream } from "@codemirror/language";
import { type Tag, tags } from "@lezer/highlight";

interface Rule {
  readonly include?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly name?: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
  readonly patterns?: readonly Rule[];
}

export interface TextMateGrammar {
  readonly patterns: readonly Rule[];
  readonly repository: Readonly<Record<string, Rule>>;
}

interface Matcher {
  readonly expression: RegExp;
  readonly rule: Rule;
}

/** The first that a scope's name begins with. */
const TAGS: readonly (readonly [string, Tag])[] = [
  ["comment", tags.lineComment],
  ["string", tags.string],
  ["constant.numeric", tags.number],
  ["constant.other", tags.attributeName],
  ["constant", tags.atom],
  ["keyword.operator", tags.operator],
  ["keyword.other", tags.propertyName],
  ["keyword", tags.keyword],
  ["storage", tags.keyword],
  ["entity.name.function", tags.function(tags.variableName)],
  ["entity.name", tags.className],
  ["variable.parameter", tags.attributeName],
  ["variable.language", tags.self],
  ["punctuation.definition.comment", tags.lineComment],
];

const TABLE = Object.fromEntries(TAGS.map(([, tag], i) => [`tag${i}`, tag]));

/** The name in the table of what a scope is drawn as. */
function drawnAs(scope: string | undefined): string | null {
  const at = TAGS.findIndex(([start]) => scope?.startsWith(start));
  return at < 0 ? null : `tag${at}`;
}

interface State {
  /** Places up to which the last match draws the rest of the line. */
  readonly waiting: { readonly end: number; readonly as: string | null }[];
}

export function languageOf(grammar: TextMateGrammar): StreamLanguage<State> {
  const matchers = matchersIn(grammar, grammar.patterns);
  return StreamLanguage.define<State>({
    name: "dnn",
    startState: () => ({ waiting: [] }),
    copyState: ({ waiting }) => ({ waiting: [...waiting] }),
    token: (stream, { waiting }) => {
      if (stream.sol()) waiting.length = 0;
      if (waiting.length === 0) waiting.push(...matchAt(stream, matchers));
      const next = waiting.shift()!;
      stream.pos = next.end;
      return next.as;
    },
    tokenTable: TABLE,
    languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"'] } },
  });
}

function matchersIn(grammar: TextMateGrammar, rules: readonly Rule[]): Matcher[] {
  return rules.flatMap((rule): Matcher[] => {
    const { include, match, begin, end, patterns = [] } = rule;
    if (include !== undefined) return matchersIn(grammar, [grammar.repository[include.slice(1)] ?? {}]);
    if (match !== undefined) return [{ expression: new RegExp(match, "dyu"), rule }];
    if (begin !== undefined && end !== undefined) {
      const inner = patterns.flatMap((p) => (p.match === undefined ? [] : [p.match]));
      const body = [...inner, `(?!${end}).`].join("|");
      return [{ expression: new RegExp(`${begin}(?:${body})*(?:${end})`, "dyu"), rule }];
    }
    return matchersIn(grammar, patterns);
  });
}

function matchAt({ string, pos }: StringStream, matchers: readonly Matcher[]): State["waiting"] {
  for (const { expression, rule } of matchers) {
    expression.lastIndex = pos;
    const found = expression.exec(string);
    if (!found || found[0] === "") continue;
    return piecesOf(found, rule);
  }
  return [{ end: pos + 1, as: null }];
}

/** The captures of a match, and what lies between them. */
function piecesOf(found: RegExpExecArray, { name, captures }: Rule): State["waiting"] {
  const end = found.index + found[0].length;
  const pieces: State["waiting"] = [];
  let at = found.index;
  const own = drawnAs(name);
  for (const [number, { name: scope }] of Object.entries(captures ?? {})) {
    const place = found.indices?.[Number(number)];
    if (!place || place[0] < at || place[1] <= place[0]) continue;
    if (place[0] > at) pieces.push({ end: place[0], as: own });
    pieces.push({ end: place[1], as: drawnAs(scope) ?? own });
    at = place[1];
  }
  if (at < end) pieces.push({ end, as: own });
  return pieces;
}
