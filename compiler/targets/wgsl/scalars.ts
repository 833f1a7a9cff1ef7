// The WGSL column of the scalar table. Same polynomials as the CPU's, so that both engines agree; WGSL's own exp, log and
// tanh have other errors on every device. A shader compiler may assume that no number is NaN or infinite, so whatever must
// see them looks at the bits.

import { EXAMPLE_FACTOR, PARITY, STEP_FACTOR, TIME_FACTOR } from "../../kernel/draws.ts";
import type { ScalarName } from "../../kernel/scalar.ts";

const operator =
  (sign: string) =>
  (a: string, b: string): string =>
    `(${a} ${sign} ${b})`;
const call =
  (name: string) =>
  (...inputs: string[]): string =>
    `${name}(${inputs.join(", ")})`;
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
  sign: (a) => `sign(${a})`,
  floor: (a) => `floor(${a})`,
  sqrt: (a) => `sqrt(${a})`,
  exp: (a) => `exponential(${a})`,
  log: (a) => `logarithm(${a})`,
  sin: (a) => `sine(${a})`,
  cos: (a) => `sine(${a} + ${number(Math.PI / 2)})`,
  tanh: (a) => `hyperbolic(${a})`,
  sigmoid: (a) => `(1f / (1f + exponential(-${a})))`,
  softplus: (a) => `softened(${a})`,
  erf: (a) => `gaussian(${a})`,
  lt: flag("<"),
  le: flag("<="),
  eq: flag("=="),
  finite: (a) => `select(0f, 1f, (bitcast<u32>(${a}) & 0x7f800000u) != 0x7f800000u)`,
  select: (c, a, b) => call("select")(b, a, `${c} != 0f`),
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
  return coefficients.slice(1).reduce((sum, k) => `fma(${sum}, ${x}, ${number(k)})`, number(coefficients[0]!));
}

const TANH_ODD = [
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5,
  6.37261928875436e-4, 4.89352455891786e-3,
];
const TANH_EVEN = [1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3];
const ERF = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

/** Functions that kernels call; each stands in a module only where it is called. The sources are those of the CPU's column. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  is_nan: "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }",
  larger: "fn larger(a: f32, b: f32) -> f32 { return select(max(a, b), a + b, is_nan(a) || is_nan(b)); }",
  smaller: "fn smaller(a: f32, b: f32) -> f32 { return select(min(a, b), a + b, is_nan(a) || is_nan(b)); }",
  exponential: `fn exponential(v: f32) -> f32 {
  let c = clamp(v, -87.33f, 88.37f);
  let n = round(c * ${number(Math.LOG2E)});
  let r = fma(n, 2.1219444e-4f, fma(n, -0.693359375f, c));
  let p = ${polynomial("r", [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1])};
  return select(p * bitcast<f32>((i32(n) + 127) << 23u), v, is_nan(v));
}`,
  hyperbolic: `fn hyperbolic(v: f32) -> f32 {
  let x = clamp(v, -7.99881172180175781f, 7.99881172180175781f);
  let q = x * x;
  let t = x * ${polynomial("q", TANH_ODD)} / ${polynomial("q", TANH_EVEN)};
  return select(t, v, is_nan(v));
}`,
  logarithm: `fn logarithm(x: f32) -> f32 {
  let bits = bitcast<i32>(x);
  let e = (bits - 0x3f3504f3) >> 23u;
  let m = bitcast<f32>(bits - (e << 23u));
  let t = (m - 1f) / (m + 1f);
  let q = t * t;
  let y = fma(f32(e), ${number(Math.LN2)}, t * ${polynomial("q", [2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2])});
  if (x == 0f) { return ${number(Number.NEGATIVE_INFINITY)}; }
  if (bits < 0) { return ${number(Number.NaN)}; }
  return select(x, y, bits < 0x7f800000);
}`,
  softened: `fn softened(x: f32) -> f32 {
  let u = exponential(-abs(x));
  let t = u / (u + 2f);
  let q = t * t;
  return fma(t, ${polynomial("q", [2 / 15, 2 / 13, 2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2])}, max(x, 0f));
}`,
  sine: `fn sine(v: f32) -> f32 {
  let n = round(v * ${number(1 / Math.PI)});
  let x = fma(n, ${number(-1.509957990978376432e-7)}, fma(n, ${number(-9.67502593994140625e-4)}, fma(n, -3.140625f, v)));
  let q = x * x;
  let p = x * ${polynomial("q", [-1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1])};
  return bitcast<f32>(bitcast<u32>(p) ^ (bitcast<u32>(i32(n)) << 31u));
}`,
  gaussian: `fn gaussian(x: f32) -> f32 {
  let a = abs(x);
  let t = 1f / fma(a, 0.3275911f, 1f);
  let y = 1f - t * ${polynomial("t", ERF)} * exponential(-a * a);
  return select(y, -y, x < 0f);
}`,
  power: "fn power(x: f32, y: f32) -> f32 { return exponential(logarithm(x) * y); }",
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
  return sqrt(-2f * logarithm(u)) * sine(angle + ${number(Math.PI / 2)});
}`,
};

function rounds(): string {
  const lines: string[] = [];
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round % 8]!;
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
