// The part of the module that is the same for every program: the loop over records, the barrier, and the kernels that
// fetch a batch, log scalars and advance the step.

import { LAYOUT } from "../../../runtime/plan.ts";
import { kernelSignature, RECORD_POINTERS } from "./emit/context.ts";
import { Code } from "./emit/encoder.ts";
import { STEP } from "./emit/values.ts";

/** Kernels with a place of their own at the start of the table. */
export const SPECIAL = ["fetch", "fetchBytes", "log", "advance"] as const;

/** Of a waiting thread before it sleeps, about 0.1 ms: as long as it takes to wake one. With 20,000 LeNet's step takes a tenth longer. */
const TURNS = 50_000;
const WAIT_NANOSECONDS = 50_000_000;

/** `hasBytes`: whether any data is bytes; else the kernel that fetches them keeps its place and does nothing. */
export function runtimeFunctions(
  shared: boolean,
  hasBytes: boolean,
): { functions: Code[]; exports: Record<string, number> } {
  const bytes = hasBytes ? fetchBytes() : new Code(kernelSignature);
  const functions = [barrier(shared), execute(), run(), fetch_(), bytes, log_(), advance()];
  return { functions, exports: { run: 2 } };
}

/** barrier(threads): all threads arrive before one leaves; spins, then sleeps, and leaves at once when the run is aborted. */
function barrier(shared: boolean): Code {
  const c = new Code({ parameters: ["i32"], results: [] });
  if (!shared) return c;
  const [mine, turns] = [c.local("i32"), c.local("i32")];
  c.get(0)
    .i32(1)
    .op("i32_le_s")
    .if(() => c.op("return"));
  c.i32(0).memory("i32_atomic_load", LAYOUT.barrierGeneration).set(mine);
  c.i32(0).i32(1).memory("i32_atomic_add", LAYOUT.barrierCount).i32(1).op("i32_add").get(0).op("i32_eq");
  c.if(() => {
    c.i32(0).i32(0).memory("i32_atomic_store", LAYOUT.barrierCount);
    c.i32(0).get(mine).i32(1).op("i32_add").memory("i32_atomic_store", LAYOUT.barrierGeneration);
    c.i32(LAYOUT.barrierGeneration).i32(-1).memory("notify").op("drop").op("return");
  });
  c.i32(0).set(turns);
  c.loop(() => {
    c.i32(0)
      .memory("i32_atomic_load", LAYOUT.barrierGeneration)
      .get(mine)
      .op("i32_ne")
      .if(() => c.op("return"));
    c.get(turns).i32(1).op("i32_add").tee(turns).i32(TURNS).op("i32_lt_s").brIf(0);
    c.i32(0)
      .memory("i32_atomic_load", LAYOUT.abort)
      .if(() => c.op("unreachable"));
    c.i32(LAYOUT.barrierGeneration).get(mine).i64(WAIT_NANOSECONDS).memory("wait32").op("drop").br(0);
  });
  return c;
}

/** execute(record, t, thread, threads): this thread's share of the units, then the barrier if the record has one. */
function execute(): Code {
  const c = new Code({ parameters: ["i32", "i32", "i32", "i32"], results: [] });
  const [units, lo, hi] = [c.local("i32"), c.local("i32"), c.local("i32")];
  const divisor = (): Code => c.get(0).memory("i32_load", 16);
  c.i32(LAYOUT.step).memory("i32_load", STEP.batch).get(0).memory("i32_load", 12).op("i32_mul");
  c.get(0).memory("i32_load", 8).op("i32_add");
  divisor().op("i32_add").i32(1).op("i32_sub");
  divisor().op("i32_div_u").set(units);
  // The first threads take one unit more where they cannot be equal: a product of units and threads may not fit 32 bits.
  const own = (): Code => c.get(units).get(3).op("i32_div_u");
  const rest = (): Code => c.get(units).get(3).op("i32_rem_u");
  own().get(2).op("i32_mul").get(2);
  rest().get(2);
  rest().op("i32_lt_u").op("select").op("i32_add").set(lo);
  c.get(lo);
  own().op("i32_add").get(2);
  rest().op("i32_lt_u").op("i32_add").set(hi);
  c.get(lo)
    .get(hi)
    .op("i32_lt_s")
    .if(() => {
      c.get(0).get(lo).get(hi).get(1).get(0).memory("i32_load", 4).callIndirect(1);
    });
  c.get(0)
    .memory("i32_load", 20)
    .if(() => c.get(3).call(0));
  return c;
}

/** run(start, end, steps, thread, threads): a whole stretch of steps. */
function run(): Code {
  const c = new Code({ parameters: ["i32", "i32", "i32", "i32", "i32"], results: [] });
  const [p, q, bodyEnd, length, i, t, step] = [0, 0, 0, 0, 0, 0, 0].map(() => c.local("i32")) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const size = (record: number): Code => c.get(record).memory("i32_load", 24);
  const call = (record: number): Code => c.get(record).get(t).get(3).get(4).call(1);
  c.for(
    step,
    () => c.i32(0),
    () => c.get(2),
    1,
    () => {
      c.get(0).set(p);
      c.block(() => {
        c.loop(() => {
          c.get(p).get(1).op("i32_ge_u").brIf(1);
          c.get(p)
            .memory("i32_load")
            .op("i32_eqz")
            .if(
              () => call(p),
              () => {
                c.get(p);
                size(p).op("i32_add").set(bodyEnd);
                c.get(p).memory("i32_load", 4).set(length);
                c.for(
                  i,
                  () => c.i32(0),
                  () => c.get(length),
                  1,
                  () => {
                    c.get(length)
                      .i32(1)
                      .op("i32_sub")
                      .get(i)
                      .op("i32_sub")
                      .get(i)
                      .get(p)
                      .memory("i32_load", 8)
                      .op("select")
                      .set(t);
                    c.get(p).i32(RECORD_POINTERS).op("i32_add").set(q);
                    c.loop(() => {
                      call(q);
                      c.get(q);
                      size(q).op("i32_add").tee(q).get(bodyEnd).op("i32_lt_u").brIf(0);
                    });
                  },
                );
                c.get(4).call(0);
              },
            );
          c.get(p);
          size(p).op("i32_add").set(p).br(0);
        });
      });
    },
  );
  return c;
}

/** Rows of the batch from a data set, by the order of the epoch. Word: bytes of a row. */
function fetch_(): Code {
  const c = new Code(kernelSignature);
  const [b, bytes] = [c.local("i32"), c.local("i32")];
  const pointer = (i: number): Code => c.get(0).memory("i32_load", RECORD_POINTERS + 4 * i);
  c.get(0).memory("i32_load", 28).set(bytes);
  c.for(
    b,
    () => c.get(1),
    () => c.get(2),
    1,
    () => {
      pointer(1).get(b).get(bytes).op("i32_mul").op("i32_add");
      pointer(0);
      pointer(2)
        .i32(0)
        .memory("i32_load", LAYOUT.cursor)
        .get(b)
        .op("i32_add")
        .i32(4)
        .op("i32_mul")
        .op("i32_add")
        .memory("i32_load");
      c.get(bytes).op("i32_mul").op("i32_add").get(bytes).copy();
    },
  );
  return c;
}

/** As `fetch_`, where the data is bytes, which become numbers. Word: numbers of a row, twice; one more where 255 stands for 1. */
function fetchBytes(): Code {
  const c = new Code(kernelSignature);
  const [b, from, to, i, size] = [c.local("i32"), c.local("i32"), c.local("i32"), c.local("i32"), c.local("i32")];
  const unit = c.local("f32");
  const pointer = (n: number): Code => c.get(0).memory("i32_load", RECORD_POINTERS + 4 * n);
  const word = (): Code => c.get(0).memory("i32_load", 28);
  const goOn = (numbers: number): void => {
    c.get(from).i32(numbers).op("i32_add").set(from);
    c.get(to)
      .i32(4 * numbers)
      .op("i32_add")
      .set(to);
  };
  word().i32(1).op("i32_shr_u").set(size);
  c.f32(255).f32(1);
  word().i32(1).op("i32_and").op("select").set(unit);
  const row = (): void => {
    pointer(1).get(b).get(size).op("i32_mul").i32(4).op("i32_mul").op("i32_add").set(to);
    pointer(0);
    pointer(2).i32(0).memory("i32_load", LAYOUT.cursor).get(b).op("i32_add").i32(4).op("i32_mul").op("i32_add");
    c.memory("i32_load").get(size).op("i32_mul").op("i32_add").set(from);
    const start = (): void => void c.i32(0);
    const fours = (): void => void c.get(size).i32(3).op("i32_sub");
    const rest = (): void => void c.get(i);
    const end = (): void => void c.get(size);
    c.for(i, start, fours, 4, () => {
      c.get(to).get(from).memory("v128_load32_zero_bytes");
      c.v("i16x8_extend_low_i8x16_u").v("i32x4_extend_low_i16x8_u").v("f32x4_convert_i32x4_u");
      c.get(unit).v("f32x4_splat").v("f32x4_div").memory("v128_store");
      goOn(4);
    });
    c.for(i, rest, end, 1, () => {
      c.get(to).get(from).memory("i32_load8_u").op("f32_convert_i32_u");
      c.get(unit).op("f32_div").memory("f32_store");
      goOn(1);
    });
  };
  const first = (): void => void c.get(1);
  const last = (): void => void c.get(2);
  c.for(b, first, last, 1, row);
  return c;
}

/** One scalar into the ring. Word: place, and 4096 times the element. */
function log_(): Code {
  const c = new Code(kernelSignature);
  const word = (): Code => c.get(0).memory("i32_load", 28);
  c.i32(0).memory("i32_load", LAYOUT.ringPosition);
  word().i32(4095).op("i32_and").op("i32_add").i32(4).op("i32_mul");
  c.get(0).memory("i32_load", RECORD_POINTERS);
  word().i32(12).op("i32_shr_u").i32(4).op("i32_mul").op("i32_add").memory("i32_load");
  c.memory("i32_store", LAYOUT.ring);
  return c;
}

/** The next step: counter, cursor, ring. Word: scalars logged, and 4096 where a batch was taken. */
function advance(): Code {
  const c = new Code(kernelSignature);
  const add = (address: number, amount: () => void): void => {
    c.i32(0).i32(0).memory("i32_load", address);
    amount();
    c.op("i32_add").memory("i32_store", address);
  };
  add(LAYOUT.step + STEP.step, () => c.i32(1));
  const word = (): Code => c.get(0).memory("i32_load", 28);
  add(LAYOUT.cursor, () => {
    c.i32(0).memory("i32_load", LAYOUT.step + STEP.batch);
    word().i32(12).op("i32_shr_u").op("i32_mul");
  });
  add(LAYOUT.ringPosition, () => word().i32(4095).op("i32_and"));
  return c;
}
