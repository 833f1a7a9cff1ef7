// Numbers that are written where there is no value, such as -999. In: the numbers of a column, one after the other. Out: which of them stand
// far from all others, and how often.

/** Numbers that are written where there is no value. */
const STAND_INS: ReadonlySet<number> = new Set([-999, -9999, -99999, -99, 999, 9999, 99999, 999999]);
/** So many times as wide as all other numbers is the gap to one that stands for none. */
const GAP = 3;

/** Numbers of a column that stand for no value: which, in how many rows, and the range of all others. */
export interface StandIns {
  readonly numbers: readonly (readonly [number: number, rows: number])[];
  readonly range: readonly [least: number, most: number];
  readonly rows: number;
}

export class StandInCounts {
  private readonly counts = new Map<number, number>();
  private least = Number.POSITIVE_INFINITY;
  private most = Number.NEGATIVE_INFINITY;
  private rows = 0;

  add(value: number): void {
    this.rows++;
    // One among the others is one of them, however often it is met.
    if (value >= this.least && value <= this.most) return;
    if (STAND_INS.has(value)) this.counts.set(value, (this.counts.get(value) ?? 0) + 1);
    else this.meet(value);
  }

  private meet(value: number): void {
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
  }

  /** Undefined where there are none. */
  get found(): StandIns | undefined {
    const { counts, rows } = this;
    // One that is near the others, or stands there once, is one of them.
    for (let near = this.near; near; near = this.near) {
      counts.delete(near[0]);
      this.meet(near[0]);
    }
    return counts.size > 0 ? { numbers: [...counts], range: [this.least, this.most], rows } : undefined;
  }

  private get near(): readonly [number: number, rows: number] | undefined {
    const { least, most } = this;
    return [...this.counts].find(
      ([n, count]) => !(count > 1 && (n < least ? least - n : n - most) > GAP * (most - least)),
    );
  }
}
