// The WGSL column of the scalar table. Same polynomials as the CPU's, so that both engines agree; WGSL's own exp, log and
// tanh have other errors on every device. A shader compiler may assume that no number is NaN or infinite, so whatever must
// see them looks at the bits.

import { itemAt } from "../../arithmetic/lists.ts";
import { ERF, EXP, LOG, LOG1P, NEAR, type Odd, PI, SINE, TANH } from "../../arithmetic/polynomials.ts";
import type { ScalarName } from "../../arithmetic/scalar.ts";
import { EXAMPLE_FACTOR, PARITY, STEP_FACTOR, TIME_FACTOR } from "../../arithmetic/threefry.ts";
import { HALF_FUNCTIONS } from "./halves.ts";

const operator =
  (sign: string) =>
  (a: string, b: string): string =>
    `(${a} ${sign} ${b})`;
const flag =
  (sign: string) =>
  (a: string, b: string): string =>
    `select(0f, 1f, ${a} ${sign} ${b})`;

export const wgslScalars: Record<ScalarName, (a: string, b: string, c: string) => string> = {
  add: operator("+"),
  sub: operator("-"),
  mul: operator("*"),
  div: operator("/"),
  max: (a, b) => `larger(${a}, ${b})`,
  min: (a, b) => `smaller(${a}, ${b})`,
  pow: (a, b) => `power(${a}, ${b})`,
  neg: (a) => `(-${a})`,
  abs: (a) => `abs(${a})`,
  sign: (a) => `signed(${a})`,
  floor: (a) => `floor(${a})`,
  sqrt: (a) => `sqrt(${a})`,
  exp: (a) => `exponential(${a})`,
  log: (a) => `logarithm(${a})`,
  sin: (a) => `sine(${a}, 0f)`,
  cos: (a) => `sine(${a}, 0.5f)`,
  tanh: (a) => `hyperbolic(${a})`,
  sigmoid: (a) => `(1f / (1f + exponential(-${a})))`,
  softplus: (a) => `softened(${a})`,
  erf: (a) => `gaussian(${a})`,
  lt: flag("<"),
  le: flag("<="),
  eq: flag("=="),
  finite: (a) => `select(0f, 1f, (bitcast<u32>(${a}) & 0x7f800000u) != 0x7f800000u)`,
  // By the bits: a NaN is not 0.
  select: (c, a, b) => `select(${b}, ${a}, (bitcast<u32>(${c}) & 0x7fffffffu) != 0u)`,
};

/**
 * A number as a literal. WGSL has none for infinities, and a compiler that assumes that there are no infinities may do what it
 * likes where it sees one: their bits are made of `one`, whose value it cannot know.
 */
export function number(value: number): string {
  const rounded = Math.fround(value);
  if (Number.isNaN(rounded)) return "bitcast<f32>(0x7fbfffffu + one)";
  if (rounded === Number.POSITIVE_INFINITY) return "bitcast<f32>(0x7f7fffffu + one)";
  if (rounded === Number.NEGATIVE_INFINITY) return "bitcast<f32>(0xff7fffffu + one)";
  if (Object.is(rounded, -0)) return "-0f";
  return rounded < 0 ? `(${rounded}f)` : `${rounded}f`;
}

/** Horner's scheme, highest coefficient first. */
function polynomial(x: string, coefficients: readonly number[]): string {
  return coefficients.slice(1).reduce((sum, k) => `fma(${sum}, ${x}, ${number(k)})`, number(itemAt(coefficients, 0)));
}

/** An odd function that ends at 1, as the CPU has it. */
const saturating = (name: string, { end, top, bottom }: Odd): string => `fn ${name}(v: f32) -> f32 {
  let x = clamp(v, ${number(-end)}, ${number(end)});
  let q = x * x;
  let t = clamp(x * (${polynomial("q", top)} / ${polynomial("q", bottom)}), -1f, 1f);
  return select(t, v, is_nan(v));
}`;

/** The bits of 1 / (2 pi) after the point, with 32 zeros before. */
const TURN = [0, 0x28be60db, 0x9391054a, 0x7f09d5f4, 0x7d4d3770, 0x36d8a566, 0x4f10e410, 0x7f9458ea, 0xf7aef158];
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

/** Functions that kernels call; each stands in a module only where it is called. The sources are those of the CPU's column. */
/**
 * `given` as (1 + t) / (1 - t) * 2^whole; of a `small` number, one below the least normal, the bits are a whole number of 2^-149, which
 * a device may take for 0.
 */
const LOG_PARTS = `  let bits = select(given, bitcast<i32>(f32(given)), small);
  let e = (bits - 0x3f3504f3) >> 23u;
  let m = bitcast<f32>(bits - (e << 23u));
  let t = (m - 1f) / (m + 1f);
  let q = t * t;
  let whole = f32(e) - select(0f, 149f, small);`;

const FUNCTIONS: Readonly<Record<string, string>> = {
  share_of_255: `fn share_of_255(byte: u32) -> f32 {
  if (byte == 0u) { return 0f; }
  let shift = countLeadingZeros(byte) - 24u;
  let places = ((byte * 0x01010101u) << shift) | (byte >> (8u - shift));
  let rounded = (places >> 8u) + ((places >> 7u) & 1u);
  return f32(rounded) * bitcast<f32>((103u - shift) << 23u);
}`,
  is_nan: "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }",
  larger: "fn larger(a: f32, b: f32) -> f32 { return select(max(a, b), a + b, is_nan(a) || is_nan(b)); }",
  smaller: "fn smaller(a: f32, b: f32) -> f32 { return select(min(a, b), a + b, is_nan(a) || is_nan(b)); }",
  signed: "fn signed(x: f32) -> f32 { return select(sign(x), x, is_nan(x)); }",
  exponential: `fn exponential(v: f32) -> f32 {
  let c = clamp(v, -88f, 88.72283f);
  let n = floor(c * ${number(Math.LOG2E)});
  let r = fma(n, 2.1219444e-4f, fma(n, -0.693359375f, c));
  let p = ${polynomial("r", EXP)} * bitcast<f32>((i32(n) + 127) << 23u);
  return select(select(p, ${number(Number.POSITIVE_INFINITY)}, v > 88.72283f), v, is_nan(v));
}`,
  hyperbolic: saturating("hyperbolic", TANH),
  gaussian: saturating("gaussian", ERF),
  logarithm: `fn logarithm(x: f32) -> f32 {
  let given = bitcast<i32>(x);
  let small = given > 0 && given < 0x800000;
${LOG_PARTS}
  let y = fma(whole, ${number(Math.LN2)}, t * ${polynomial("q", LOG)});
  if ((given & 0x7fffffff) == 0) { return ${number(Number.NEGATIVE_INFINITY)}; }
  if (given < 0) { return ${number(Number.NaN)}; }
  return select(x, y, given < 0x7f800000);
}`,
  softened: `fn softened(x: f32) -> f32 {
  let u = exponential(-abs(x));
  let t = u / (u + 2f);
  let q = t * t;
  // u comes last: its share by u + 2 may be too small for a number.
  let y = fma(u, ${polynomial("q", LOG1P)} / (u + 2f), max(x, 0f));
  return select(y, x, is_nan(x));
}`,
  turn_bits: `const turn_bits = array<u32, ${TURN.length}>(${TURN.map((w) => `${w}u`).join(", ")});`,
  high_product: `fn high_product(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}`,
  sine: `fn sine(v: f32, phase: f32) -> f32 {
  if (!(abs(v) <= ${number(NEAR)})) { return far_sine(v, phase); }
  let n = round(fma(v, ${number(1 / Math.PI)}, phase));
  let m = n - phase;
  let x = ${PI.reduce((sum, part) => `fma(m, ${number(-part)}, ${sum})`, "v")};
  return turned_sine(x, u32(i32(n)));
}`,
  turned_sine: `fn turned_sine(x: f32, half_turns: u32) -> f32 {
  let q = x * x;
  let p = x * ${polynomial("q", SINE)};
  return bitcast<f32>(bitcast<u32>(p) ^ (half_turns << 31u));
}`,
  // Of an angle of any size: 24 bits of it times those bits of 1 / (2 pi) that do not make whole turns (Payne and Hanek, 1983).
  far_sine: `fn far_sine(v: f32, phase: f32) -> f32 {
  let bits = bitcast<u32>(v);
  let exponent = (bits >> 23u) & 255u;
  if (exponent == 255u) { return ${number(Number.NaN)}; }
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let first = exponent - 118u;
  let k = first >> 5u;
  let s = first & 31u;
  // A shift by 32 is none, hence two.
  let a = (turn_bits[k] << s) | ((turn_bits[k + 1u] >> 1u) >> (31u - s));
  let b = (turn_bits[k + 1u] << s) | ((turn_bits[k + 2u] >> 1u) >> (31u - s));
  let c = (turn_bits[k + 2u] << s) | ((turn_bits[k + 3u] >> 1u) >> (31u - s));
  let low = mantissa * b + high_product(mantissa, c);
  let carry = select(0u, 1u, low < mantissa * b);
  let turns = mantissa * a + high_product(mantissa, b) + carry;
  // A negative angle is mirrored first; a quarter of a turn comes after.
  let negative = bits >> 31u;
  let quarter = select(0u, 0x40000000u, phase > 0f);
  let high = select(turns, ~turns + select(0u, 1u, low == 0u), negative == 1u) + quarter;
  let rest = select(low, ~low + 1u, negative == 1u);
  // Half turns to the nearest: the rest is a signed fraction.
  let twice = (high << 1u) | (rest >> 31u);
  let half_turns = (high >> 31u) + (twice >> 31u);
  let below = rest << 1u;
  let is_less = (twice >> 31u) == 1u;
  let size = select(twice, ~twice + select(0u, 1u, below == 0u), is_less);
  let tail = select(below, ~below + 1u, is_less);
  let r = (f32(size) + f32(tail) * ${number(2 ** -32)}) * ${number(Math.PI * 2 ** -32)};
  return turned_sine(select(r, -r, is_less), half_turns);
}`,
  // |x|^y = 2^(y log2 |x|): the whole part of the logarithm and the first bits of y are multiplied exactly.
  magnitude: `fn magnitude(x: f32, y: f32) -> f32 {
  let given = bitcast<i32>(abs(x));
  let small = given < 0x800000;
${LOG_PARTS}
  let part = t * ${polynomial(
    "q",
    LOG.map((k) => k / Math.LN2),
  )};
  let large = clamp(y, -3.4e9f, 3.4e9f);
  let lead = bitcast<f32>(bitcast<u32>(large) & 0xfffff000u);
  let first = bitcast<f32>(bitcast<u32>(part) & 0xfffff000u);
  let z1 = whole * lead;
  let z2 = first * lead;
  let z3 = fma(whole, large - lead, fma(part - first, large, first * (large - lead)));
  let sum = z1 + (z2 + z3);
  if (sum > 129f) { return ${number(Number.POSITIVE_INFINITY)}; }
  if (sum < -151f) { return 0f; }
  let n = round(sum);
  let r = ((z1 - n) + z2 + z3) * ${number(Math.LN2)};
  let p = ${polynomial("r", [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1])};
  let half = i32(n) >> 1u;
  return p * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((i32(n) - half + 127) << 23u);
}`,
  // Special cases of IEEE 754 beyond the magnitude: 1 for y = 0 and for x = 1, the sign of x where y is odd, NaN where y is not whole.
  power: `fn power(x: f32, y: f32) -> f32 {
  if (y == 0f || x == 1f) { return 1f; }
  if (is_nan(x) || is_nan(y)) { return ${number(Number.NaN)}; }
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let b = bitcast<u32>(y) & 0x7fffffffu;
  let whole = b >= 0x4b000000u || floor(y) == y;
  let odd = whole && b < 0x4b800000u && floor(y * 0.5f) != y * 0.5f;
  let sign = select(0u, bitcast<u32>(x) & 0x80000000u, odd);
  var size = 0f;
  if (a == 0u || a == 0x7f800000u) {
    size = select(0f, ${number(Number.POSITIVE_INFINITY)}, (a == 0u) == (bitcast<u32>(y) > 0x7fffffffu));
  } else {
    if (bitcast<u32>(x) > 0x7fffffffu && !whole) { return ${number(Number.NaN)}; }
    if (a == 0x3f800000u) { size = 1f; }
    else if (b == 0x7f800000u) {
      size = select(0f, ${number(Number.POSITIVE_INFINITY)}, (a > 0x3f800000u) == (bitcast<u32>(y) < 0x80000000u));
    } else { size = magnitude(x, y); }
  }
  return bitcast<f32>(bitcast<u32>(size) | sign);
}`,
  ...HALF_FUNCTIONS,
  random_words: `fn random_words(place: u32, element: i32, example: i32, time: i32) -> vec2<u32> {
  let k0 = step.seed;
  let k1 = place;
  let k2 = k0 ^ k1 ^ ${PARITY}u;
  var x = u32(element) + k0;
  var y = step.step * ${STEP_FACTOR}u + u32(time) * ${TIME_FACTOR}u + u32(example) * ${EXAMPLE_FACTOR}u + k1;
${rounds()}
  return vec2<u32>(x, y);
}`,
  uniform_draw: `fn uniform_draw(place: u32, element: i32, example: i32, time: i32) -> f32 {
  return f32(random_words(place, element, example, time).x >> 8u) * ${number(1 / 16777216)};
}`,
  normal_draw: `fn normal_draw(place: u32, element: i32, example: i32, time: i32) -> f32 {
  let words = random_words(place, element, example, time);
  let u = f32((words.x >> 8u) + 1u) * ${number(1 / 16777216)};
  let angle = f32(words.y >> 8u) * ${number((2 * Math.PI) / 16777216)};
  return sqrt(-2f * logarithm(u)) * sine(angle, 0.5f);
}`,
};

function rounds(): string {
  const lines: string[] = [];
  for (let round = 0; round < 20; round++) {
    const r = itemAt(ROTATIONS, round % 8);
    lines.push(`  x = x + y; y = ((y << ${r}u) | (y >> ${32 - r}u)) ^ x;`);
    if (round % 4 !== 3) continue;
    const n = (round + 1) / 4;
    lines.push(`  x = x + k${n % 3}; y = y + k${(n + 1) % 3} + ${n}u;`);
  }
  return lines.join("\n");
}

/** The functions that a text calls, and those that they call, callees first. */
export function functionsFor(text: string): string {
  const found = new Set<string>();
  const visit = (code: string): void => {
    for (const [name, body] of Object.entries(FUNCTIONS)) {
      if (found.has(name) || body === code || !new RegExp(`\\b${name}\\b`).test(code)) continue;
      visit(body);
      found.add(name);
    }
  };
  visit(text);
  return [...found].map((name) => `${FUNCTIONS[name]}\n`).join("");
}
