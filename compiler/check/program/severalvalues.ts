// Several values in the place of one, as in `--set hidden=16-64`: a sweep trains with each of them. In: what was written. Out: the
// values, as a sweep takes them.

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e[-+]?\d+)?`;
/** Matches a range, in the notations of Python, Rust, MATLAB and prose. */
const RANGE = new RegExp(String.raw`^[[(]?\s*(${NUMBER})\s*(?:-|–|\.\.\.?|:|to)\s*(${NUMBER})\s*[\])]?$`, "i");
/** Values of a range, ends included, that a hint lists. */
const MOST = 8;

/** Empty for one value. Of a range: both ends and the powers between, of 2 for whole numbers, else of 10. */
function severalIn(text: string): readonly string[] {
  const [, from, to] = RANGE.exec(text.trim()) ?? [];
  if (from !== undefined && to !== undefined) return between(Number(from), Number(to));
  const parts = text
    .replace(/^\w*[[({]|[\])}]$/g, "")
    .split(/[,;|\s]+/)
    .filter((part) => part !== "");
  return parts.length > 1 ? parts : [];
}

function between(from: number, to: number): readonly string[] {
  const [least, most] = [Math.min(from, to), Math.max(from, to)];
  const factor = Number.isInteger(from) && Number.isInteger(to) ? 2 : 10;
  const values = [least];
  if (least > 0)
    for (let at = least * factor; at < most * (1 - 1e-9) && values.length < MOST; at *= factor)
      values.push(Number(at.toPrecision(6)));
  const all = values.length < MOST ? [...values, most] : [least, most];
  return (from > to ? all.toReversed() : all).map(String);
}

/** Hint of a sweep in the place of several values; undefined for one. */
export function hintOnSeveral(key: string, value: string, isOne: (part: string) => boolean): string | undefined {
  const values = severalIn(value);
  if (values.length < 2 || !values.every(isOne)) return undefined;
  return `\`dnn sweep FILE --set ${key}=${values.join(",")}\` trains with each`;
}
