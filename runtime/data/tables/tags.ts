// Cells that hold several tags, as "red|round": read as words, each combination is a class of its own. In: a column of words. Out: a
// remark that says how tags are given.

import type { DataRemark } from "../dataset.ts";
import type { TableColumn } from "./columns.ts";

const SEPARATORS = [";", "|", ","];
/** The share of the words that must be more than one tag. */
const SHARE = 0.3;
/** In fewer words, parts go together by chance. */
const FEWEST = 3;
/** Tags that a hint names. */
const LISTED = 3;

/** Undefined for words that are what they are: few have a separator, or their parts are as many as they. */
export function tagsIn({ written, labels = [] }: TableColumn, isLabel: boolean, path: string): DataRemark | undefined {
  if (labels.length < FEWEST) return undefined;
  for (const separator of SEPARATORS) {
    const several = labels.filter((label) => label.includes(separator));
    if (several.length < SHARE * labels.length) continue;
    const tags = new Set(labels.flatMap((label) => label.split(separator).map(plain)));
    tags.delete("");
    if (tags.size >= labels.length) continue;
    return remarkOn(written, { separator, several, tags: [...tags], kinds: labels.length }, isLabel, path);
  }
  return undefined;
}

/** A tag without the marks of a list of Python's or JSON's: `['red', 'round']`. */
const plain = (tag: string): string => tag.replace(/^[\s[({'"]+|[\s\])}'"]+$/g, "");

interface Found {
  readonly separator: string;
  readonly several: readonly string[];
  readonly tags: readonly string[];
  readonly kinds: number;
}

function remarkOn(
  written: string,
  { separator, several, tags, kinds }: Found,
  isLabel: boolean,
  path: string,
): DataRemark {
  const name = JSON.stringify(written);
  const named = tags.slice(0, LISTED).map((tag) => JSON.stringify(tag));
  const list = several.find((cell) => cell.startsWith("["));
  const quote = list?.includes('"') ? `'"'` : `"'"`;
  const bare = list === undefined ? "" : `.str.strip("[]").str.replace(${quote}, "")`;
  const between = list?.includes(`${separator} `) ? `${separator} ` : separator;
  const cut = `${bare}.str.get_dummies(${JSON.stringify(between)})`;
  const columns = `a column of 0 and 1 for each tag (pandas: \`df[${name}]${cut}\`)`;
  const meant = `types=[${JSON.stringify(`${written}: class`)}] says that combinations are meant`;
  return {
    code: "data/tags-in-cell",
    message: `${path}: ${written} holds several tags in one cell, such as ${JSON.stringify(several[0])}: the ${kinds} combinations of ${tags.length} tags are ${kinds} classes that have nothing in common`,
    hint: isLabel
      ? `write ${columns}, then label=[${named.join(", ")}${tags.length > LISTED ? ", ..." : ""}] and \`bce(net(x), y)\`; ${meant}`
      : `text=${name} makes it a sequence of tags, for \`embed 8; mean over=0\`; or write ${columns}; ${meant}`,
  };
}
