// Numbers of 16 bits (IEEE 754 binary16), as bits in 16-bit integers.

/** The number that bits stand for. */
export function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Half way from the largest number to the one that would follow it. */
const BEYOND = 65520;

/** The bits of the nearest number, the even one of two that are as near; infinity for what is nearer to no number. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  if (size === 0) return sign;
  if (size >= BEYOND) return sign | 0x7c00;
  const unit = 2 ** (exponent - 10);
  const steps = roundToEven(size / unit);
  // A fraction that rounds up to 2048 steps carries into the exponent by itself.
  const bits = exponent === -14 ? steps : ((exponent + 14) << 10) + steps;
  return sign | bits;
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}

/** The numbers that bits stand for, where none is infinite: the exponent is shifted to its place, and counted from another one there. */
export function floatsOf(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = Uint32Array.from(halves, (half) => ((half & 0x8000) << 16) | ((half & 0x7fff) << 13));
  return new Float32Array(bits.buffer).map((value) => value * 2 ** 112);
}
