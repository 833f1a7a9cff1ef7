import { describe, expect, test } from "vitest";
import { parse } from "../../grammar/parser/parse.ts";
import { body, file, mistakes, value } from "./sketch.ts";

describe("1. newlines", () => {
  test("end a statement, and `;` does too", () => {
    // Proves that a line is a statement without any mark at its end.
    expect(body("relu\ndense 5; tanh")).toBe("relu; <dense 5>; tanh");
  });
  test("go on inside parentheses and brackets, and a block inside them restores them", () => {
    // Proves that the innermost bracket decides.
    expect(body("y = f(a,\n  b\n)\nz = [\n1,\n2\n]")).toBe("y = f(a, b); z = [1, 2]");
    expect(body("residual(skip={ a\nb }) {\nc\n}")).toBe("<residual(skip={ a; b }) { c }>");
  });
  test("go on after an operator, `,`, `=` and `->`, and before `else`", () => {
    // Proves each of the five places where a line cannot be complete.
    expect(body("y = a +\n b")).toBe("y = (a + b)");
    expect(body("y =\n\n dense 5")).toBe("y = <dense 5>");
    expect(body("y = a and\n b")).toBe("y = (a and b)");
    expect(body("state h: [3],\n c: [3]")).toBe("state h: [3], c: [3]");
    expect(body("relu ->\n h")).toBe("relu -> h");
    expect(body("if a { b }\n\nelse { c }")).toBe("if a { b } else { c }");
    expect(body("y = if a then b\n else c")).toBe("y = (if a then b else c)");
  });
  test("a definition in column 1 clears open brackets", () => {
    // Proves that one missing `)` does not swallow the next definition.
    const text = "model a(x: [3]) {\n  y = f(1, 2\n}\nmodel b(x: [3]) { dense 5 }\n";
    expect(mistakes(text)).toEqual(['unclosed-bracket "("']);
    expect(parse(text, "f").file.definitions.map((node) => node.kind)).toEqual(["model", "model"]);
  });
  test("a setting in column 1 is no definition", () => {
    // Proves that a body without indentation is still a body.
    const text = "train a on d {\nloss x\noptimizer sgd lr=0.1\nschedule warmup(0.5) * cosine()\n}\n";
    expect(file(text)).toBe("train a() on d { <loss x>; optimizer: <sgd lr=0.1>; schedule: (warmup(0.5) * cosine()) }");
  });
});

describe("2. glue", () => {
  test("`(` and `[` call and index only when they touch", () => {
    // Proves that a space makes an argument of what would be a call or an index.
    expect(body("stage(n + 1)[3, 3]")).toBe("stage((n + 1))[3, 3]");
    expect(body("stage (n + 1) [3, 3]")).toBe("<stage (n + 1) [3, 3]>");
    expect(body("y = dense(20)(it)")).toBe("y = dense(20)(it)");
    expect(body("m(it)[y, x]; text[20:]; p[0:T]; p[:3]; p[:]")).toBe("m(it)[y, x]; text[20:]; p[0:T]; p[:3]; p[:]");
    expect(body("{ relu }(x)")).toBe("{ relu }(x)");
  });
});

describe("3. lines and arguments", () => {
  test("a line is a head, arguments, a block and labels", () => {
    // Proves the shape of the flow form, and that a head alone is no flow.
    expect(body("relu -> h")).toBe("relu -> h");
    expect(body("conv 3x3 64 s1 p1 bias=false nobias -> a, b")).toBe("<conv 3x3 64 s:1 p:1 bias=false nobias> -> a, b");
    expect(body("residual(skip=identity) { relu }")).toBe("<residual(skip=identity) { relu }>");
    expect(body("each 3 { relu } -> h")).toBe("<each 3 { relu }> -> h");
  });
  test("arguments are operator expressions", () => {
    // Proves that an operator goes on with an argument instead of beginning one.
    expect(body("conv 1x1 4*width n - 1 nobias")).toBe("<conv 1x1 (4 * width) (n - 1) nobias>");
    expect(body("loss a(x) + 0.3 * b(y)")).toBe("<loss (a(x) + (0.3 * b(y)))>");
    expect(body("dense n=if a then 1 else 2 nobias")).toBe("<dense n=(if a then 1 else 2) nobias>");
  });
  test("a flow form needs no parentheses after `=`, `,` and `(`", () => {
    // Proves where a flow form is read as one value.
    expect(body("e = embed 128")).toBe("e = <embed 128>");
    expect(body("f(dense 5, skip=conv 3x3 8 p1, (dense 6))")).toBe("f(<dense 5>, skip=<conv 3x3 8 p:1>, <dense 6>)");
    expect(body("param w: [3] = normal std=0.01, a: [d] = 0")).toBe("param w: [3] = <normal std=0.01>, a: [d] = 0");
    expect(body("m = [dense 5, dense 6]")).toBe("m = [<dense 5>, <dense 6>]");
  });
  test("elsewhere a flow form needs parentheses", () => {
    // Proves that juxtaposition does not reach into operators, headers and sizes.
    expect(mistakes("model m { y = x + dense 5 }")).toEqual(['unexpected "5"']);
    expect(mistakes("model m { if depth it == 3 { relu } }")).toEqual(['expected-block "it"']);
    expect(mistakes("model m { y = [1 2] }")).toEqual(['unexpected "2"']);
  });
});

describe("4. minus", () => {
  test("a space before and none after makes a sign, which begins an argument", () => {
    // Proves the four spacings of minus on a line.
    expect(body("leaky -0.1")).toBe("<leaky (- 0.1)>");
    expect(body("leaky - 0.1")).toBe("(leaky - 0.1)");
    expect(body("leaky-0.1")).toBe("(leaky - 0.1)");
    expect(body("a b -c d - e")).toBe("<a b (- c) (d - e)>");
  });
  test("in headers and parentheses it is always subtraction", () => {
    // Proves that spacing means nothing there.
    expect(body("f(a -1)")).toBe("f((a - 1))");
    expect(body("repeat n -1 { relu }")).toBe("repeat (n - 1) { relu }");
    expect(body("if a -1 == b { c -1 }")).toBe("if ((a - 1) == b) { <c (- 1)> }");
    expect(body("y = if a -1 > 0 then b else c")).toBe("y = (if ((a - 1) > 0) then b else c)");
    expect(body("f({ c -1 })")).toBe("f({ <c (- 1)> })");
  });
  test("before a value it is a sign however it is spaced", () => {
    // Proves the prefix form in each place where a value begins.
    expect(body("- x; y = - x; f(-1, a=-2); loss -mean(x)")).toBe(
      "(- x); y = (- x); f((- 1), a=(- 2)); <loss (- mean(x))>",
    );
    expect(value("a * -b")).toBe("(a * (- b))");
  });
});

test("5. flags are plain names", () => {
  // Proves that the grammar gives the checker the bare word.
  expect(body("maxpool 3x3 s2 ceil; avgpool global")).toBe("<maxpool 3x3 s:2 ceil>; <avgpool global>");
});

describe("6. options", () => {
  test("are read in argument position, on lines and in calls", () => {
    // Proves that all four letters are options there.
    expect(body("conv 3x3 s2 p1 d3 g32")).toBe("<conv 3x3 s:2 p:1 d:3 g:32>");
    expect(body("conv(3x3, 64, s2)")).toBe("conv(3x3, 64, s:2)");
  });
  test("are names everywhere else", () => {
    // Proves that parentheses, operators, `=`, fields and other letters keep the name.
    expect(body("s2 = d1 + 1; s2; f (s2) s2*2 s2=3 s2.w s2(x)")).toBe(
      "s2 = (d1 + 1); s2; <f s2 (s2 * 2) s2=3 s2.w s2(x)>",
    );
    expect(body("f x2 s2x sp2")).toBe("<f x2 s2x sp2>");
  });
});

describe("7. blocks", () => {
  test("a trailing block belongs to the nearest flow line", () => {
    // Proves that the flow after `=` takes the block.
    expect(body("y = f(residual 3 { relu })")).toBe("y = f(<residual 3 { relu }>)");
    expect(body("concat {\nbranch { a; b }\nbranch { c }\n}")).toBe("<concat { branch { a; b }; branch { c } }>");
  });
  test("headers take no trailing block", () => {
    // Proves that `{` ends the header of each compound statement.
    expect(body("if training { a } else if b(x) { c } else { d }")).toBe(
      "if training { a } else { if b(x) { c } else { d } }",
    );
    expect(body("for w in [64, 128] { stage w }")).toBe("for w in [64, 128] { <stage w> }");
    expect(body("repeat count - 1 { relu }")).toBe("repeat (count - 1) { relu }");
    expect(file("train a on d { step D, G { x }\nstep { y } }")).toBe(
      "train a() on d { step D, G { x }; step  { y } }",
    );
  });
  test("as a value `if` has then and else, and braces are a block", () => {
    // Proves both value forms, also as lines.
    expect(body("if c then a else b -> q")).toBe("(if c then a else b) -> q");
    expect(value("if c then identity else { conv 1x1 8; batchnorm }")).toBe(
      "(if c then identity else { <conv 1x1 8>; batchnorm })",
    );
    expect(value("{ relu }")).toBe("{ relu }");
    expect(body("m, v = if training then moments(it) else (mean, variance)")).toBe(
      "m, v = (if training then moments(it) else [mean, variance])",
    );
  });
});

describe("8. words", () => {
  const keywords =
    "block cell fn train optimizer schedule import param state fixed if then else for in repeat branch step update and or not true false none it";
  test.each(keywords.split(" "))("`%s` is never a name", (word) => {
    // Proves that a reserved word is refused as a parameter and says so.
    expect(mistakes(`model m(${word}: [3]) { relu }`)).toEqual([`keyword-as-name "${word}"`]);
  });
  test("`of`, `on`, `every`, `class`, `from` are names except in their places", () => {
    // Proves both uses in one file.
    expect(file('import of, from from "x.dnn"\ntrain on on on { class = of + every; on }')).toBe(
      'import of, from from "x.dnn"\ntrain on() on on { class = (of + every); on }',
    );
    expect(body("state prev: [] of W = 0, c: class 10, d: [T, 28] of V")).toBe(
      "state prev: [] of W = 0, c: [] of 10, d: [T, 28] of V",
    );
  });
  test("`model` and `data` are names inside bodies and headers", () => {
    // Proves that they are reserved only where a definition can begin.
    expect(file("fn paint(model) { data = model(it)[0]; data }")).toBe("fn paint(model) { data = model(it)[0]; data }");
    const [unit] = parse("data d = moons()\ntrain t on d {\n  schedule warmup(500, per=step)\n}", "t.dnn").diagnostics;
    expect(unit!.hint).toBe("write `per=steps`, or leave it out: then times are in epochs");
    expect(mistakes("model = 3\ndata = 4")).toEqual(['keyword-as-name "model"', 'keyword-as-name "data"']);
  });
  test("`param` is a value inside an optimizer", () => {
    // Proves the declaration, the update and the reading of the same word.
    expect(file("optimizer o(lr) { param -= lr * grad(param + v); param += v; g = grad + d * param; param = 0 }")).toBe(
      "optimizer o(lr) { param -= (lr * grad((param + v))); param += v; g = (grad + (d * param)); param = 0 }",
    );
    expect(body("fixed param w: [3] = 0, b: [n]; fixed dense 5")).toBe(
      "fixed param w: [3] = 0, b: [n]; fixed <dense 5>",
    );
  });
});

describe("9. numbers", () => {
  test("sizes come before numbers", () => {
    // Proves sizes of any rank and that a size does not eat a name.
    expect(value("[3x3, 1x2x3, 28, 0.5, 2e-4, 1e-3]")).toBe("[3x3, 1x2x3, 28, 0.5, 0.0002, 0.001]");
  });
  test("a number glued to letters is one mistake", () => {
    // Proves the code and the place for each such spelling.
    for (const glued of ["3conv", "3x", "3xn", "2.5px", "1_000", "1e", "0x1f"]) {
      const code = glued === "0x1f" ? "hexadecimal" : "glued-number";
      expect(mistakes(`model m { dense ${glued} nobias }`)).toEqual([`${code} "${glued}"`]);
    }
  });
  test("`3 x 3` is offered 3x3 and read as it", () => {
    // Proves the message and that the tree goes on with the size.
    const { diagnostics, file } = parse("y = pool 3 x 3 x 3", "f");
    expect(diagnostics.map(({ hint }) => hint)).toEqual(["write 3x3x3"]);
    expect(file.definitions).toHaveLength(1);
  });

  test("pairs in braces are arguments, or texts of a list where they are words", () => {
    const hints = (text: string) => parse(text, "f").diagnostics.map(({ hint }) => hint);
    expect(hints('data d = csv("a.csv", types={zip: class, day: dmy})')).toEqual([
      'arguments stand without braces, and with `=`: `zip=class, day=dmy`; pairs for a source of data are a list of texts: `["zip: class", "day: dmy"]`',
    ]);
    expect(hints("y = dense({units: 1 + 2})")).toEqual(["arguments stand without braces, and with `=`: `units=1+2`"]);
  });
  test("ranges are loose and do not chain", () => {
    // Proves the precedence of `..`.
    expect(value("0..shape(s)[0] - 1")).toBe("(0 .. (shape(s)[0] - 1))");
    expect(mistakes("y = 0..1..2")).toEqual(['chained-range ".."']);
  });
});

describe("10. comments and operators", () => {
  test("comment lines directly above a definition are its documentation", () => {
    // Proves what counts as directly above.
    const text = "# not this\n\n# A model.\n#\n#  Two lines.\nmodel m { relu } # nor this\ndata d = digits()";
    const [m, d] = parse(text, "f").file.definitions;
    expect(m).toMatchObject({ documentation: "A model.\n\n Two lines." });
    expect(d).toMatchObject({ documentation: "" });
  });
  test("`^` binds tighter than a sign and to the right; `@` as `*`", () => {
    // Proves the order of every operator.
    expect(value("-x^2")).toBe("(- (x ^ 2))");
    expect(value("a^b^-c")).toBe("(a ^ (b ^ (- c)))");
    expect(value("a @ b * c / d")).toBe("(((a @ b) * c) / d)");
    expect(value("a - b - c + d * e")).toBe("(((a - b) - c) + (d * e))");
    expect(value("not a == b and c or d < e + f")).toBe("(((not (a == b)) and c) or (d < (e + f)))");
    expect(value("(a or b) and c")).toBe("((a or b) and c)");
  });
  test("comparisons do not chain", () => {
    // Proves that one diagnostic stands at the second comparison.
    expect(mistakes("y = a < b <= c")).toEqual(['chained-comparison "<="']);
    expect(mistakes("y = (a < b) == c")).toEqual([]);
  });
});

test("11. the body of a train is ordinary lines", () => {
  // Proves that settings, metrics and shows have no grammar of their own.
  const text = `train t(k=1) on d {
  loss e; metric top5 = accuracy(y, label, top=5); batch all; epochs 20; carry; freeze D; clip 5
  show images(G(normal([100])), 8x8) every epoch; keep every restart
  maximize mean(x) - 1; minimize -y; update som.w += rate * e; update m.w = 3
}`;
  expect(file(text)).toBe(
    "train t(k = 1) on d { <loss e>; <metric top5=accuracy(y, label, top=5)>; <batch all>; <epochs 20>; carry; <freeze D>; <clip 5>; " +
      "<show images(G(normal([100])), 8x8) every epoch>; <keep every restart>; " +
      "<maximize (mean(x) - 1)>; <minimize (- y)>; update som.w += (rate * e); update m.w = 3 }",
  );
});
