import { describe, expect, test } from "vitest";
import { format } from "../../grammar/format/format.ts";
import { programs } from "./programs.ts";

function formatted(text: string): string {
  const result = format(text, "file.dnn");
  return "text" in result ? result.text : result.diagnostics.map(({ code }) => code).join(" ");
}
/** The lines inside a model. */
function lines(text: string): string {
  return formatted(`model m {\n${text}\n}`)
    .replace(/^model m \{\n|\n\}\n$/g, "")
    .replace(/^ {2}/gm, "");
}

test.each(Object.keys(programs))("%s is in its own layout", (name) => {
  // Proves that formatting a formatted program changes nothing.
  expect(formatted(programs[name]!)).toBe(programs[name]!);
});

describe("spaces", () => {
  test("between words, around operators and after commas", () => {
    // Proves one spacing for each construct, whatever the author's was.
    expect(lines("conv   3x3  64   s1")).toBe("conv 3x3 64 s1");
    expect(lines("y=f( a ,b= 2 )[ 0 : T ]")).toBe("y = f(a, b=2)[0:T]");
    expect(lines("y=f(x[ :,: ,0 ] ,x[1 :,0])")).toBe("y = f(x[:, :, 0], x[1:, 0])");
    expect(lines("y =a<b and  not c")).toBe("y = a < b and not c");
    expect(lines("param w:[3 ,n]=normal std = 0.1,b : [n] =0")).toBe("param w: [3, n] = normal std=0.1, b: [n] = 0");
    expect(lines("relu->h")).toBe("relu -> h");
    expect(lines("y = 0 .. n - 1")).toBe("y = 0..n - 1");
    expect(lines("if a{b}else{c}")).toBe("if a { b } else { c }");
    expect(formatted("fn f ( x:[3]=none,k = 2 )=x")).toBe("fn f(x: [3] = none, k=2) = x\n");
    expect(formatted("train t( k=1 )on d{metric  top5=a; schedule s period = 2}")).toBe(
      "train t(k=1) on d { metric top5 = a; schedule s period=2 }\n",
    );
  });
  test("in arithmetic are the author's, on both sides or on none", () => {
    // Proves that `4*width` stays an argument that reads as one.
    expect(lines("conv 1x1 4*width n-1 a *b")).toBe("conv 1x1 4*width n-1 a * b");
    expect(lines("y = x^2 + x ^ 3")).toBe("y = x^2 + x ^ 3");
  });
  test("never change which minus is a sign", () => {
    // Proves each spelling of minus.
    expect(lines("leaky  -0.1; a - b; a-b; f(a -b); f(-b); y = - x")).toBe(
      "leaky -0.1; a - b; a-b; f(a - b); f(-b); y = -x",
    );
  });
});

describe("lines", () => {
  test("groups with `;` stay while they fit", () => {
    // Proves that a row is kept, and split into single lines when it is wider than 120 columns.
    expect(lines("conv 3x3 8;relu ; tanh\ndense 5")).toBe("conv 3x3 8; relu; tanh\ndense 5");
    const long = Array.from({ length: 12 }, (_, i) => `conv 3x3 ${i} p1`);
    expect(lines(long.join("; "))).toBe(long.join("\n"));
  });
  test("a block stays on its line while it fits and was there", () => {
    // Proves the three cases of a block.
    expect(lines("repeat 2 { relu; tanh }")).toBe("repeat 2 { relu; tanh }");
    expect(lines("repeat 2 { relu; tanh\n}")).toBe("repeat 2 {\n  relu; tanh\n}");
    const names = Array.from({ length: 16 }, (_, i) => `layer_${i}`).join("; ");
    expect(lines(`repeat 2 { ${names} }`)).toBe(`repeat 2 {\n  ${names.replaceAll("; ", "\n  ")}\n}`);
    expect(lines("repeat 2 {\n\n}")).toBe("repeat 2 { }");
  });
  test("a statement is joined when it fits, and else broken where its author broke it", () => {
    // Proves that line breaks inside a statement are only kept where they are needed.
    expect(lines("y = f(a,\n  b\n)")).toBe("y = f(a, b)");
    const wide = Array.from({ length: 7 }, (_, i) => `a_rather_long_name_${i}`);
    expect(lines(`y = f(\n${wide.join(",\n ")}\n)`)).toBe(`y = f(\n    ${wide.join(",\n    ")}\n)`);
  });
  test("blank lines are kept one at a time, never at the edges of a block", () => {
    // Proves what happens to empty lines.
    expect(formatted("\n\na = 1\n\n\n\nb = 2\nc = 3\n\n")).toBe("a = 1\n\nb = 2\nc = 3\n");
    expect(lines("\n\nrelu\n\n\ntanh\n\n")).toBe("relu\n\ntanh");
  });
  test("line ends and a byte order mark become plain", () => {
    // Proves that the same program from another editor is the same text.
    expect(formatted("\ufeffa = 1\r\nb = 2\r")).toBe("a = 1\nb = 2\n");
    expect(formatted("")).toBe("");
  });
});

describe("comments", () => {
  test("stay on their line, or above the next", () => {
    // Proves every place where a comment can stand.
    const text = `# above
model m(x: [3]) {  # behind the brace
  # first
  conv 3x3 8  # behind a line

  # last
}  # behind the end
`;
    expect(formatted(text)).toBe(text);
    expect(formatted(text.replace(/ {2}#/g, "       #"))).toBe(text);
  });
  test("inside a statement keep its line breaks", () => {
    // Proves that a comment never swallows what follows it.
    expect(lines("y = f(a, # one\n  # two\n b)")).toBe("y = f(a,  # one\n    # two\n    b)");
    expect(lines("if a { b }\n# so\nelse { c }")).toBe("if a { b }\n# so\nelse { c }");
    expect(lines("repeat 2 { # twice\nrelu }")).toBe("repeat 2 {  # twice\n  relu\n}");
  });
});

test("deep nesting is printed", () => {
  // Proves that each block is laid out once, however many ways its surroundings could be broken: 2 to the power of 90 never end.
  const nested = `x = ${"f(a_name_that_is_long, { g ".repeat(90)}1${" })".repeat(90)}\n`;
  const once = formatted(nested);
  expect(formatted(once)).toBe(once);
});

test("a text with mistakes is not formatted", () => {
  // Proves that the formatter gives the diagnostics instead.
  expect(formatted("x = (")).toBe("syntax/unclosed-bracket");
});
