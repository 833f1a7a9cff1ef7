// The types of stored numbers. Arithmetic is in f32 whatever is stored; a class index or a position keeps its 32 bits where it is only
// handed on, since f32 holds whole numbers up to 2^24 only.

export type DType = "f32" | "i32";

/** Types of buffers: data may be bytes, which nothing but the fetching of a batch reads. */
export type StoredType = DType | "u8";

const BYTES: Readonly<Record<StoredType, number>> = { f32: 4, i32: 4, u8: 1 };

/** Bytes of so many numbers of a type. */
export const bytesOf = (dtype: StoredType, count = 1): number => BYTES[dtype] * count;
