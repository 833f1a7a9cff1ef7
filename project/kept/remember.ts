// The value of a computation, or the one that it had before.

/**
 * The value of `compute`, or the one that it had before for the same inputs. Inputs are all that it depends on beside the code; they
 * and values are plain data.
 */
export type Remember = <T>(subject: string, inputs: unknown, compute: () => T | Promise<T>) => Promise<T>;
