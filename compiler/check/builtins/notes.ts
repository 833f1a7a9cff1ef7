// What the manual, `dnn explain` and editors say of the functions and names that the language itself gives: how each is called
// and what it makes. Every builtin has its line, and no other name has one.

/** How something is called, and what it makes. */
export interface Note {
  readonly signature: string;
  readonly text: string;
}

type Row = readonly [signature: string, text: string];

const OVER =
  "over all axes of an example, or those of `over`: `depth`, `time`, `space`, `batch`, an axis, a list of them";

const NUMBERS: readonly Row[] = [
  ["exp(x)", "e^x of each number"],
  ["log(x)", "the natural logarithm of each number"],
  ["sqrt(x)", "the square root of each number"],
  ["abs(x)", "|x| of each number"],
  ["sign(x)", "-1, 0 or 1, by the sign of each number"],
  ["floor(x)", "the largest whole number that is not above x"],
  ["sin(x)", "the sine of each number"],
  ["cos(x)", "the cosine of each number"],
  ["tanh(x)", "(e^x - e^-x) / (e^x + e^-x) of each number"],
  ["sigmoid(x)", "1 / (1 + e^-x) of each number"],
  ["softplus(x)", "log(1 + e^x) of each number"],
  ["erf(x)", "the error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x"],
  ["where(condition, then, else)", "element by element, `then` where the condition is true, `else` elsewhere"],
  ["stop(x)", "x, but no gradient passes through it"],
  ["identity(x)", "x itself: the shortcut of a residual block"],
];

const FIGURES: readonly Row[] = [
  [
    "sum(x, over=..., keep=false)",
    `the sum ${OVER}; \`keep\` leaves these axes with size 1. Of a list: the sum of its items`,
  ],
  [
    "mean(x, over=..., keep=false)",
    `the mean ${OVER}; in the body of a data declaration also \`data\`. Of a list: its items' mean`,
  ],
  ["var(x, over=..., keep=false)", `the mean of (x - mean)^2 ${OVER}`],
  ["moments(x, over=..., keep=false)", "mean and variance as a list of two: `m, v = moments(x, over=batch)`"],
  ["max(x, over=..., keep=false)", `the largest ${OVER}. max(a, b) and max of a list go element by element`],
  ["min(x, over=..., keep=false)", `the smallest ${OVER}. min(a, b) and min of a list go element by element`],
  ["all(x, over=...)", "1 where all numbers of x are true (not 0), as far as they are 0 and 1: the smallest of them"],
  ["argmax(x)", "the place of the largest number along depth, as a class: [..., V] gives [...] of V"],
  ["argmin(x)", "the place of the smallest number along depth, as a class"],
];

const SHAPES: readonly Row[] = [
  ["shape(x)", "the sizes of all axes as a list, without the batch"],
  ["rank(x)", "how many axes x has"],
  ["depth(x)", "the size of the last axis"],
  ["classes(x)", "of how many classes x is: V of [T] of V"],
  ["length(list)", "how many items a list has"],
  ["count(sizes)", "the product of a list of sizes"],
  ["sizes(size, axes)", "a size for each axis: a list as it stands, a plain number as often as there are axes"],
  ["given(x)", "whether x is anything but `none`"],
  ["reshape(x, shape)", "the same numbers in the same order, in another shape"],
  ["flat(x)", "all numbers of x as one vector"],
  [
    "transpose(x, order=...)",
    "the last two axes exchanged, or all axes in the order that is given: `transpose(x, [1, 0, 2])`",
  ],
  ["concat(a, b, ...)", "values, or a list of them, joined along depth"],
  ["split(x, parts)", "x cut along depth into as many equal parts, or into parts of the sizes in a list"],
  ["reverse(x, axis=0)", "x in opposite order along an axis"],
  ["roll(x, by)", "x moved round along its first axis: y[i] = x[i - by]"],
  ["onehot(x, classes=...)", "a class as a vector with 1 at its place and 0 elsewhere: [...] of V gives [..., V]"],
  ["index(x, axis)", "for each element of x its place along an axis, in the shape of x"],
  ["put(x, place, value)", "x with another value at one place of its first axes: `put(x, [row, column], 1)`"],
];

const PRODUCTS: readonly Row[] = [
  ["outer(a, b)", "all products of two vectors: y[i, j] = a[i] b[j]"],
  [
    "convolve(x, w, stride=1, padding=0, dilation=1, groups=1, floor=false, ceil=false)",
    "the convolution of x [..., H, W, C] with w [KH, KW, C / groups, N]: [..., H', W', N]",
  ],
  [
    "deconvolve(x, w, stride=1, padding=0, dilation=1)",
    "the transposed convolution of x [..., H, W, C] with w [KH, KW, C, N]",
  ],
  [
    "windows(x, size, stride=size, padding=0, dilation=1, fill=0, floor=false, ceil=false)",
    "what each window of x covers, the axes inside the windows last; `fill` stands in the padding",
  ],
];

const MADE: readonly Row[] = [
  ["zeros(shape)", "a tensor of zeros"],
  ["ones(shape)", "a tensor of ones"],
  ["eye(n)", "the unit matrix [n, n]"],
  ["normal(shape, std=1)", "draws from the normal distribution of mean 0, of each example its own"],
  ["uniform(shape, bound=...)", "draws from 0 to 1, or from -bound to bound"],
  ["bernoulli(p)", "1 with probability p, else 0, in the shape of p"],
  ["fresh(layer)", "a layer or model like this one, with parameters of its own"],
  ["weights(layer)", "the weight matrices of a layer or model as a list: its parameters of two axes and more"],
];

const NAMES: readonly Row[] = [
  ["pi", "3.14159..."],
  ["infinity", "more than any number, as the `fill` of windows"],
  ["training", "true where the program trains, false where it evaluates"],
  ["progress", "in a training, the share of its steps that has been made: from 0 to 1"],
  [
    "batch, data, time, space, depth",
    "what `over` may name: across the batch; across all training data, in the body of a data declaration; the first axis; all axes but depth; the last axis",
  ],
];

const notes = (rows: readonly Row[]): readonly Note[] => rows.map(([signature, text]) => ({ signature, text }));

/** The builtin functions, by what they are about. */
export const BUILTIN_NOTES: ReadonlyMap<string, readonly Note[]> = new Map([
  ["Of each number", notes(NUMBERS)],
  ["Sums, means, extremes", notes(FIGURES)],
  ["Shapes", notes(SHAPES)],
  ["Products and windows", notes(PRODUCTS)],
  ["Draws, filled tensors, layers", notes(MADE)],
]);

/** Names that are no functions. */
export const NAME_NOTES: readonly Note[] = notes(NAMES);

/** `exp` of `exp(x)`. */
export const nameIn = ({ signature }: Note): string => signature.replace(/\(.*/, "");

const byName = new Map([...BUILTIN_NOTES.values()].flat().map((note) => [nameIn(note), note]));

/** What is said of a builtin function. */
export const builtinNote = (name: string): Note | undefined => byName.get(name);
