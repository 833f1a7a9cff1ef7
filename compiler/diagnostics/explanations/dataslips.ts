// Explanations of warnings of data: preparations and numbers that are valid and rarely what their author intended.
import type { Explanation } from "./explanation.ts";

const MODEL = "model m(x: [2]) { dense 8; tanh; dense 2 }";
const TRAIN = "train m on d { loss cross_entropy(m(x), label) }";

/** A table of so many rows. */
const rows = (head: string, count: number, row: (i: number) => string): string =>
  `${head}\n${Array.from({ length: count }, (_, i) => `${row(i)}\n`).join("")}`;

const HOUSES = rows("area,price", 12, (i) => `${i},${(2 + i) * 10000}`);
const MEASURED = (missing: string): string =>
  rows("temp,y", 20, (i) => `${i % 4 === 0 ? missing : 20 + (i % 5)},${i % 3}`);
const SORTED = rows("size,kind", 60, (i) => `${i % 7},${i < 40 ? "a" : "b"}`);
const SALES = rows("area,sold", 20, (i) => `${i % 6},${i % 4}`);
const PETS = (other: string): string =>
  rows("size,kind", 12, (i) => `${i},${i % 3 === 0 ? other : i % 2 === 0 ? "cat" : "dog"}`);

/** A row for each pair of an input and one of its labels, and one for each input with a column for every label. */
const LONG = rows("width,height,tag", 48, (i) => `${(i >> 1) % 7},${i >> 1},${i % 2 ? "red" : "round"}`);
const WIDE = rows("width,height,red,round", 48, (i) => `${i % 7},${i},${Number(i % 2 === 0)},${Number(i % 3 > 0)}`);
const RENTS = rows("zip,rooms,rent", 40, (i) => `${10000 + ((i * 37) % 20) * 411},${1 + (i % 5)},${3 + (i % 7)}`);
/** Whether a row is red, round and soft. */
const tagged = (i: number): readonly boolean[] => [(1 + (i % 6)) % 2 === 1, (1 + (i % 6)) % 4 > 1, 1 + (i % 6) > 3];
const TAGGED = rows(
  "size,tags",
  40,
  (i) => `${i},${["red", "round", "soft"].filter((_, k) => tagged(i)[k]).join("|")}`,
);
const IN_COLUMNS = rows("size,red,round,soft", 40, (i) => `${i},${tagged(i).map(Number).join(",")}`);

export const dataslips: readonly Explanation[] = [
  {
    code: "data/unread-preparation",
    text: "A warning: the body of a declaration redefines a field that neither a later line of it nor a training reads. A table has\neach column under its own name, and numbers of all columns in `x`, the label in `y` or `label`: preparing one leaves the other as it is.",
    bad: `${MODEL}\n\ndata d = xor() { z = normalize(x) }\n\n${TRAIN}`,
    good: `${MODEL}\n\ndata d = xor() { x = normalize(x) }\n\n${TRAIN}`,
  },
  {
    code: "data/shares-twice",
    text: "A warning: pictures have numbers from 0 to 1 when they are read. Divided by 255 once more they are nearly 0, and a network learns\nfrom them slowly.",
    bad: "model m(image: [28, 28, 1]) { flatten; dense 10 }\n\ndata d = digits(n=100) { image = image / 255 }\n\ntrain m on d { loss cross_entropy(m(image), label) }",
    good: "model m(image: [28, 28, 1]) { flatten; dense 10 }\n\ndata d = digits(n=100)\n\ntrain m on d { loss cross_entropy(m(image), label) }",
  },
  {
    code: "data/other-rate",
    text: "A warning: `wav` brings sounds to one rate, 16000 samples a second unless told otherwise, and `logmel` takes them to have 16000 unless\ntold otherwise. Where the two differ, its bands are of higher or lower tones than they should be.",
  },
  {
    code: "data/small-split",
    text: "A warning: `split` is the share that trains, and scikit-learn's test_size the one that is held out. Where only few examples are to\ntrain, write the share as a fraction: `split=1/5`.",
    bad: `${MODEL}\n\ndata d = moons(split=0.2)\n\n${TRAIN}`,
    good: `${MODEL}\n\ndata d = moons(split=0.8)\n\n${TRAIN}`,
  },
  {
    code: "data/code-as-number",
    text: "A warning: zip codes, numbers of customers and other codes are names, whose size and order say nothing. A column that is called like\none is read as numbers, and a model multiplies them. As classes they can be embedded; one that differs in every row is left out.",
    bad: `model m(x: [2]) { dense 8; tanh; dense 1 }\n\ndata d = csv("table.csv", label="rent") { x = normalize(x) }\n\ntrain m on d { loss mse(m(x), y); batch 4 }`,
    good: `model m(x: [1]) { dense 8; tanh; dense 1 }\n\ndata d = csv("table.csv", label="rent", drop="zip") { x = normalize(x) }\n\ntrain m on d { loss mse(m(x), y); batch 4 }`,
    files: { bad: { "table.csv": RENTS }, good: { "table.csv": RENTS } },
  },
  {
    code: "data/tags-in-cell",
    text: "A warning: the cells of a column of words hold several tags each, as in `red|round`. Words are classes, so each combination is one of\nits own, and those that share a tag have nothing in common. A label of tags is a column of 0 and 1 for each; tags that are given to a\nmodel may be read as a text.",
    bad: `model m(x: [1]) { dense 8; tanh; dense 6 }\n\ndata d = csv("table.csv", label="tags")\n\ntrain m on d { loss cross_entropy(m(x), label); batch 4 }`,
    good: `model m(x: [1]) { dense 8; tanh; dense 3 }\n\ndata d = csv("table.csv", label=["red", "round", "soft"])\n\ntrain m on d { loss bce(m(x), y); batch 4 }`,
    files: { bad: { "table.csv": TAGGED }, good: { "table.csv": IN_COLUMNS } },
  },
  {
    code: "data/large-targets",
    text: "A warning: a squared error is taken of targets in the thousands or more, such as prices. The first steps of a training are then so\nlong that its loss grows without end. `y = normalize(y)` in the body brings them near 0 and 1, and answers are given in the units of\nthe table all the same.",
    bad: `model m(area: []) { reshape(it, [1]); dense 1 }\n\ndata houses = csv("table.csv", label="price")\n\ntrain m on houses { loss mse(m(area), y); batch 4 }`,
    good: `model m(area: []) { reshape(it, [1]); dense 1 }\n\ndata houses = csv("table.csv", label="price") { y = normalize(y) }\n\ntrain m on houses { loss mse(m(area), y); batch 4 }`,
    files: { bad: { "table.csv": HOUSES }, good: { "table.csv": HOUSES } },
  },
  {
    code: "data/no-number",
    text: "A warning: there is no logarithm of 0 or less, no root of less than 0, and no quotient by 0, and some rows of a field have such numbers. One\nof them is enough to make figures of all examples, such as those of `normalize`, and the loss infinite or NaN. Of counts and prices,\n`log(y + 1)` is taken; `if y > 0 then log(y) else 0` chooses row by row.",
    bad: `model m(x: [1]) { dense 1 }\n\ndata d = csv("table.csv", label="sold") { y = normalize(log(y)) }\n\ntrain m on d { loss mse(m(x), y); batch 4 }`,
    good: `model m(x: [1]) { dense 1 }\n\ndata d = csv("table.csv", label="sold") { y = normalize(log(y + 1)) }\n\ntrain m on d { loss mse(m(x), y); batch 4 }`,
    files: { bad: { "table.csv": SALES }, good: { "table.csv": SALES } },
  },
  {
    code: "data/stand-in",
    text: "A warning: a column holds a number such as -999 again and again, far from all its others. It is probably written where there is no\nvalue, and a model takes it for one. An empty cell is no value: `missing=` says by a word what becomes of it.",
    bad: `model m(temp: []) { reshape(it, [1]); dense 3 }\n\ndata d = csv("table.csv")\n\ntrain m on d { loss cross_entropy(m(temp), label); batch 4 }`,
    good: `model m(temp: []) { reshape(it, [1]); dense 3 }\n\ndata d = csv("table.csv", missing="mean")\n\ntrain m on d { loss cross_entropy(m(temp), label); batch 4 }`,
    files: { bad: { "table.csv": MEASURED("-999") }, good: { "table.csv": MEASURED("") } },
  },
  {
    code: "data/contrary-labels",
    text: "A warning: nearly all examples with the same inputs have another label each, so that no model can tell them apart. Often a table\nhas a row for each label of an example that has several: these are columns of 0 and 1 in one row. Or a column is left out that tells\nthem apart, or two files with labels of their own were put together.",
    bad: `${MODEL}\n\ndata d = csv("table.csv") { x = normalize(x) }\n\n${TRAIN}`,
    good: `${MODEL}\n\ndata d = csv("table.csv", label=["red", "round"]) { x = normalize(x) }\n\ntrain m on d { loss bce(m(x), y) }`,
    files: { bad: { "table.csv": LONG }, good: { "table.csv": WIDE } },
  },
  {
    code: "data/alike-classes",
    text: "A warning: two classes of the label differ in capital letters or in spaces around them, such as `Cat` and `cat`. They are two classes.",
    bad: `model m(size: []) { reshape(it, [1]); dense 3 }\n\ndata d = csv("table.csv")\n\ntrain m on d { loss cross_entropy(m(size), label); batch 4 }`,
    good: `model m(size: []) { reshape(it, [1]); dense 2 }\n\ndata d = csv("table.csv")\n\ntrain m on d { loss cross_entropy(m(size), label); batch 4 }`,
    files: { bad: { "table.csv": PETS("Cat") }, good: { "table.csv": PETS("cat") } },
  },
  {
    code: "data/unseen-class",
    text: "A warning: a class has many of the held-out rows and none of those that train, or has all of the held-out rows. With `shuffle=false` the last rows of the file are held\nout: where it is sorted by class, these are of one class.",
    bad: `model m(size: []) { reshape(it, [1]); dense 2 }\n\ndata d = csv("table.csv", shuffle=false)\n\ntrain m on d { loss cross_entropy(m(size), label); batch 4 }`,
    good: `model m(size: []) { reshape(it, [1]); dense 2 }\n\ndata d = csv("table.csv")\n\ntrain m on d { loss cross_entropy(m(size), label); batch 4 }`,
    files: { bad: { "table.csv": SORTED }, good: { "table.csv": SORTED } },
  },
];
