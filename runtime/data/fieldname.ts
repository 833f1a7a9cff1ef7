// In: names that people gave to columns and arrays. Out: names a `.dnn` program can write.
// Invariant: every name out is an identifier, none is a word of the language, none is given out twice; linear in the names.

/** Words of the language, and `training`, which every training has. */
const KEYWORDS = new Set(
  (
    "model block cell fn data train optimizer schedule import param state fixed if then else for in repeat branch " +
    "step update and or not true false none it training"
  ).split(" "),
);

/** Without the underscores that it begins and ends with. */
function withoutEnds(name: string): string {
  let [from, to] = [0, name.length];
  while (name[from] === "_") from++;
  while (to > from && name[to - 1] === "_") to--;
  return name.slice(from, to);
}

/** `Bill length (mm)` becomes `Bill_length_mm`, `2nd` becomes `_2nd`, `data` becomes `data_`. */
export function fieldName(written: string, position: number): string {
  const plain = written.normalize("NFKD").replace(/\p{Mark}/gu, "");
  const joined = withoutEnds(plain.replace(/[^A-Za-z0-9_]+/g, "_"));
  if (joined === "") return `column${position + 1}`;
  if (/^[0-9]/.test(joined)) return `_${joined}`;
  return KEYWORDS.has(joined) ? `${joined}_` : joined;
}

/** Names for all columns at once; one that is taken (or among `reserved`) gets `_2`, `_3`, ... */
export function fieldNames(written: readonly string[], reserved: readonly string[] = []): string[] {
  const taken = new Set(reserved);
  const next = new Map<string, number>();
  return written.map((name, position) => {
    const base = fieldName(name, position);
    let free = base;
    for (let count = next.get(base) ?? 2; taken.has(free); count++) {
      free = `${base}_${count}`;
      next.set(base, count + 1);
    }
    taken.add(free);
    return free;
  });
}

/** Two names that people gave and that a program would write alike, and what the second is called instead. */
export interface Clash {
  readonly first: string;
  readonly second: string;
  readonly name: string;
}

/** Those among the names that `fieldNames` was given; `names` is what it made of them. */
export function clashesOf(written: readonly string[], names: readonly string[]): Clash[] {
  const met = new Map<string, string>();
  return written.flatMap((second, position) => {
    const base = fieldName(second, position);
    const first = met.get(base);
    met.set(base, first ?? second);
    return first === undefined ? [] : [{ first, second, name: names[position] ?? base }];
  });
}

/** The note on them where a file has them. */
export const clashRemark = (path: string, { first, second, name }: Clash) => ({
  code: "data/renamed",
  message: `${path}: ${JSON.stringify(second)} is called ${name} in programs, since ${JSON.stringify(first)} has the name before it`,
  hint: "give one of them another name in the file, of letters, digits and _",
});

const LABEL_NAME = /^(labels?|y|targets?)(_(train|test|val|valid))?$/i;

/** Whether an array of that name holds what is to be learned. */
export const isLabelName = (name: string): boolean => LABEL_NAME.test(name);
