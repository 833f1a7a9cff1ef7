// Weights in an order that compresses: bytes of one significance stand together, those of the exponents last, which take few values
// while all others look like noise. In: numbers of 16 or 32 bits as whole numbers. Invariant: both ways, not a bit is lost.

type Words = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** The sign moves to the lowest bit of a number, so that the bytes of exponents are those of exponents alone. */
export function inPlanes(words: Words): Uint8Array<ArrayBuffer> {
  const { length, BYTES_PER_ELEMENT: size } = words;
  const planes = new Uint8Array(length * size);
  for (const [i, word] of words.entries()) {
    const turned = (word << 1) | (word >>> (8 * size - 1));
    for (let k = 0; k < size; k++) planes[k * length + i] = turned >>> (8 * k);
  }
  return planes;
}

/** Fills words with the numbers whose planes these are. */
export function outOfPlanes<T extends Words>(planes: Uint8Array, words: T): T {
  const { length, BYTES_PER_ELEMENT: size } = words;
  for (let i = 0; i < length; i++) {
    let turned = 0;
    for (let k = 0; k < size; k++) turned |= planes[k * length + i]! << (8 * k);
    words[i] = (turned >>> 1) | (turned << (8 * size - 1));
  }
  return words;
}
