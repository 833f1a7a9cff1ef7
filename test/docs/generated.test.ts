// Proves that the pages made from the code are as the code is.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pages, placeOf } from "../../scripts/docs.ts";

test.each([...pages.keys()])("%s is not stale (npm run docs writes it)", (page) => {
  expect(readFileSync(placeOf(page), "utf8")).toBe(pages.get(page)!());
});
