// Bytes in a buffer of a GPU, which is written in whole words. Invariant: the other bytes of a word that they share with others keep
// their values; one write is done with before the next one begins.

/** Gives the word that begins at a byte of a buffer. */
export type WordReader = (gpu: GPUDevice, buffer: GPUBuffer, at: number) => Promise<ArrayBuffer>;

const WORD = 4;
/** GPUBufferUsage and GPUMapMode by value: Dawn in Node has no such globals. */
const [MAP_READ, COPY_TO, READ] = [1, 8, 1];

const readBack: WordReader = async (gpu, buffer, at) => {
  const staging = gpu.createBuffer({ size: WORD, usage: MAP_READ | COPY_TO });
  const encoder = gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, at, staging, 0, WORD);
  gpu.queue.submit([encoder.finish()]);
  await staging.mapAsync(READ);
  const word = staging.getMappedRange().slice(0);
  staging.destroy();
  return word;
};

export class WholeWords {
  readonly #readWord: WordReader;
  /** Settles when the write before has ended. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(readWord = readBack) {
    this.#readWord = readWord;
  }

  /** Puts bytes from byte `from` of the buffer on. */
  write(gpu: GPUDevice, buffer: GPUBuffer, from: number, bytes: Uint8Array): Promise<void> {
    const written = this.#last.then(() => this.#put(gpu, buffer, from, bytes));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #put(gpu: GPUDevice, buffer: GPUBuffer, from: number, bytes: Uint8Array): Promise<void> {
    const end = from + bytes.length;
    const first = Math.min(end, Math.ceil(from / WORD) * WORD);
    const last = Math.max(first, Math.floor(end / WORD) * WORD);
    const shared = [
      [from, first],
      [last, end],
    ] as const;
    for (const [start, stop] of shared) {
      if (start === stop) continue;
      const at = Math.floor(start / WORD) * WORD;
      const word = new Uint8Array(await this.#readWord(gpu, buffer, at));
      word.set(bytes.subarray(start - from, stop - from), start - at);
      gpu.queue.writeBuffer(buffer, at, word);
    }
    const whole = bytes.subarray(first - from, last - from) as Uint8Array<ArrayBuffer>;
    if (whole.length > 0) gpu.queue.writeBuffer(buffer, first, whole);
  }
}
