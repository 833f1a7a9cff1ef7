// Changes of what an evaluation collects, written down so that it can be taken back to an earlier moment and led forward again: an
// editor goes on with a model from the line that was changed. In: maps, sets and lists that are made and grow while a journal is
// kept. Out: their changes, undone or made again. Invariant: undone and made again, everything holds what it held, in the same
// order. Where no journal is kept, maps and sets are plain ones.

interface Change {
  undo(): void;
  redo(): void;
}

export class Journal {
  private readonly changes: Change[] = [];

  /** Runs some work whose changes are written down here. */
  keep<T>(work: () => T): T {
    const before = current;
    current = this;
    try {
      return work();
    } finally {
      current = before;
    }
  }

  get length(): number {
    return this.changes.length;
  }

  note(change: Change): void {
    this.changes.push(change);
  }

  /** Undoes all changes but the first so many, and gives them. */
  undoTo(length: number): readonly Change[] {
    const undone = this.changes.splice(length);
    for (let i = undone.length - 1; i >= 0; i--) undone[i]!.undo();
    return undone;
  }

  /** Makes changes again that were undone. */
  redo(undone: readonly Change[]): void {
    for (const change of undone) {
      change.redo();
      this.changes.push(change);
    }
  }
}

export type Undone = ReturnType<Journal["undoTo"]>;

let current: Journal | undefined;

/** An empty map, whose changes are written down if a journal is kept. */
export const newMap = <K, V>(): Map<K, V> => (current ? new KeptMap<K, V>(current) : new Map<K, V>());

/** An empty set, whose changes are written down if a journal is kept. */
export const newSet = <T>(): Set<T> => (current ? new KeptSet<T>(current) : new Set<T>());

/** Puts an item at the end of a list. */
export function addTo<T>(list: T[], item: T): void {
  list.push(item);
  current?.note(new Added(list, item));
}

class Added<T> implements Change {
  private readonly list: T[];
  private readonly item: T;

  constructor(list: T[], item: T) {
    this.list = list;
    this.item = item;
  }

  undo(): void {
    this.list.pop();
  }

  redo(): void {
    this.list.push(this.item);
  }
}

class KeptMap<K, V> extends Map<K, V> {
  private readonly journal: Journal;

  constructor(journal: Journal) {
    super();
    this.journal = journal;
  }

  override set(key: K, value: V): this {
    this.journal.note(new Put(this, key, value));
    return super.set(key, value);
  }

  override delete(key: K): boolean {
    this.journal.note(
      new Refilled(
        this,
        [...this].filter(([k]) => k !== key),
      ),
    );
    return super.delete(key);
  }

  override clear(): void {
    this.journal.note(new Refilled(this, []));
    super.clear();
  }

  /** As `set` of a plain map. */
  put(key: K, value: V): void {
    super.set(key, value);
  }

  /** As `delete` of a plain map. */
  drop(key: K): void {
    super.delete(key);
  }

  refill(entries: Iterable<readonly [K, V]>): void {
    super.clear();
    for (const [key, value] of entries) super.set(key, value);
  }
}

class Put<K, V> implements Change {
  private readonly map: KeptMap<K, V>;
  private readonly key: K;
  private readonly value: V;
  private readonly before: V | undefined;
  private readonly isNew: boolean;

  constructor(map: KeptMap<K, V>, key: K, value: V) {
    this.map = map;
    this.key = key;
    this.value = value;
    this.before = map.get(key);
    this.isNew = this.before === undefined && !map.has(key);
  }

  undo(): void {
    if (this.isNew) this.map.drop(this.key);
    else this.map.put(this.key, this.before as V);
  }

  redo(): void {
    this.map.put(this.key, this.value);
  }
}

/** Keeps all entries, since taking keys away changes the order of those that come later. */
class Refilled<K, V> implements Change {
  private readonly map: KeptMap<K, V>;
  private readonly before: readonly (readonly [K, V])[];
  private readonly after: readonly (readonly [K, V])[];

  constructor(map: KeptMap<K, V>, after: readonly (readonly [K, V])[]) {
    this.map = map;
    this.before = [...map];
    this.after = after;
  }

  undo(): void {
    this.map.refill(this.before);
  }

  redo(): void {
    this.map.refill(this.after);
  }
}

/** Sets only grow here. */
class KeptSet<T> extends Set<T> {
  private readonly journal: Journal;

  constructor(journal: Journal) {
    super();
    this.journal = journal;
  }

  override add(item: T): this {
    if (!this.has(item)) this.journal.note(new Joined(this, item));
    return super.add(item);
  }

  override delete(): boolean {
    throw new Error("a set whose changes are kept only grows");
  }

  override clear(): void {
    this.delete();
  }

  put(item: T): void {
    super.add(item);
  }

  drop(item: T): void {
    super.delete(item);
  }
}

class Joined<T> implements Change {
  private readonly set: KeptSet<T>;
  private readonly item: T;

  constructor(set: KeptSet<T>, item: T) {
    this.set = set;
    this.item = item;
  }

  undo(): void {
    this.set.drop(this.item);
  }

  redo(): void {
    this.set.put(this.item);
  }
}
