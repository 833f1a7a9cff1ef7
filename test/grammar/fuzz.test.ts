import fc from "fast-check";
import { expect, test } from "vitest";
import { format } from "../../grammar/format/format.ts";
import { parse } from "../../grammar/parser/parse.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import { generatedText } from "./generated.ts";
import { programs } from "./programs.ts";
import { bare } from "./sketch.ts";

const texts = Object.values(programs);
const seeded = { seed: 20240917 } as const;

const words = [
  ..."model block cell fn data train optimizer schedule import param state fixed if then else for in repeat".split(" "),
  ..."branch step update and or not true false none it of on every class from x y conv s2 p1 d3 g4 loss".split(" "),
  ...'( ) [ ] { } , ; : . .. = == != < <= > >= + - * / @ ^ += -= -> # 3 3x3 0.5 2e-3 "text" \n'.split(" "),
  ..."3x 0x1f 'a' \" // ** && ! % $ \\ é \ufffd \ufeff \r\n".split(" "),
];
const soup = fc.array(fc.tuple(fc.constantFrom(...words, "\n", "\n  "), fc.constantFrom("", " ", "  ")), {
  maxLength: 120,
});
const soupText = soup.map((pairs) => pairs.flat().join(""));

/** A program with a few pieces removed, doubled, moved or replaced. */
const mutated = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), fc.constantFrom("", ...words)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([text, edits]) =>
    edits.reduce((t, [place, length, put]) => {
      const at = Math.floor(place * t.length);
      return t.slice(0, at) + put + t.slice(at + length);
    }, text),
  );

function spansOf(node: unknown): Span[] {
  if (typeof node !== "object" || node === null) return [];
  const own = "start" in node && "end" in node && "file" in node ? [node as Span] : [];
  return own.concat(Object.values(node).flatMap(spansOf));
}

function check(text: string): void {
  const { file, diagnostics } = parse(text, "fuzz.dnn");
  for (const { message, span, hint } of diagnostics) {
    expect(span).toBeDefined();
    expect(message).not.toMatch(/\n|undefined|\[object/);
    expect(hint ?? "").not.toMatch(/\n|undefined|\[object/);
  }
  for (const { start, end } of spansOf([file.definitions, diagnostics])) {
    if (!(start >= 0 && start <= end && end <= text.length)) throw new Error(`span ${start}..${end} of ${text.length}`);
  }
}

test("any text is read without throwing, with spans inside it", () => {
  // Proves that parse is total over unicode text.
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), check), { ...seeded, numRuns: 300 });
});

test("token soup is read without throwing, with spans inside it", () => {
  // Proves that every token can stand anywhere.
  fc.assert(fc.property(soupText, check), { ...seeded, numRuns: 1500 });
});

test("mutated programs are read without throwing, with spans inside them", () => {
  // Proves recovery near real programs.
  fc.assert(fc.property(mutated, check), { ...seeded, numRuns: 1000 });
});

test("every prefix of a program is read", () => {
  // Proves what an editor needs while a program is being typed.
  for (const text of texts.slice(0, 12)) for (let end = 0; end <= text.length; end += 3) check(text.slice(0, end));
});

test("a mutation costs few diagnostics", () => {
  // Proves that one mistake does not cascade: one deleted character makes at most three of them.
  const edits = fc.tuple(fc.constantFrom(...texts), fc.double({ min: 0, max: 0.999, noNaN: true }));
  const property = fc.property(edits, ([text, place]) => {
    const at = Math.floor(place * text.length);
    const { diagnostics } = parse(text.slice(0, at) + text.slice(at + 1), "f");
    expect(diagnostics.length).toBeLessThanOrEqual(3);
  });
  fc.assert(property, { ...seeded, numRuns: 1000 });
});

function formatted(text: string): string {
  const result = format(text, "f");
  if (!("text" in result)) throw new Error(JSON.stringify(result.diagnostics[0]));
  return result.text;
}

/** Programs whose spaces, blank lines and comments were changed where that means nothing. */
const respaced = fc.tuple(fc.constantFrom(...texts), fc.infiniteStream(fc.nat(9))).map(([text, choices]) => {
  const next = () => choices.next().value as number;
  return text
    .replace(/ \{ /g, () => (next() < 3 ? " {\n" : " {  "))
    .replace(/; /g, () => [";", "\n", " ; # note\n", ";\n\n\n  # a longer note\n"][next()] ?? "; ")
    .replace(/, /g, () => [",", ",\n", ", # why\n"][next()] ?? ", ")
    .replace(/\n/g, () => ["\n\n", "\n\n\n", "\r\n", "  # end\n"][next()] ?? "\n")
    .replace(/ \* /g, () => (next() < 4 ? "*" : " * "));
});

const commentsOf = (text: string) => [...text.matchAll(/"[^"]*"|#.*/g)].map(([piece]) => piece.trimEnd());

test("formatting keeps the tree and the comments, and is settled after once", () => {
  // Proves the formatter's two invariants on re-spaced programs.
  const property = fc.property(respaced, (text) => {
    const before = parse(text, "f");
    fc.pre(before.diagnostics.length === 0);
    const once = formatted(text);
    expect(bare(parse(once, "f").file)).toEqual(bare(before.file));
    expect(commentsOf(once)).toEqual(commentsOf(text));
    expect(formatted(once)).toBe(once);
  });
  fc.assert(property, { ...seeded, numRuns: 400 });
});

test("formatting keeps the tree of random programs made along the grammar", () => {
  // Proves the same for every construct in every spacing; at least a third of the texts must be readable.
  let readable = 0;
  const property = fc.property(generatedText, (text) => {
    check(text);
    const before = parse(text, "f");
    if (before.diagnostics.length > 0) return;
    readable++;
    const once = formatted(text);
    expect(bare(parse(once, "f").file)).toEqual(bare(before.file));
    expect(commentsOf(once)).toEqual(commentsOf(text));
    expect(formatted(once)).toBe(once);
  });
  fc.assert(property, { ...seeded, numRuns: 1500 });
  expect(readable).toBeGreaterThan(400);
});
