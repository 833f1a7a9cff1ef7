// The types of stored numbers. Arithmetic is in f32 whatever is stored; a class index or a position keeps its 32 bits where it is only
// handed on, since f32 holds whole numbers up to 2^24 only.

/** Types of values of the graph. */
export type DType = "f32" | "i32";

/** Types in which nests read and write: a value of 32 bits may be kept in 16 between two nests (`fuse/narrow.ts`). */
export type HeldType = DType | "f16";

/** The numbers that a training keeps its activations in. */
export type Precision = "f32" | "f16";

/** Types of buffers: data may be bytes, which nothing but the fetching of a batch reads. */
export type StoredType = HeldType | "u8";

const BYTES: Readonly<Record<StoredType, number>> = { f32: 4, i32: 4, f16: 2, u8: 1 };

/** Bytes of so many numbers of a type. */
export const bytesOf = (dtype: StoredType, count = 1): number => BYTES[dtype] * count;
