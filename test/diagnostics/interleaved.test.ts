// Proves that programs which are checked by turns in one process, as one waits for its data, share no nodes: each message points into its
// own program, as it does where the program is checked alone.

import { expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

/** Warnings with places of nodes: a picture turned in a line of its own, a mean over all steps, attention without its mask. */
const PROGRAM = `model turned(x: [32, 32, 3]) { transpose(it, [2, 0, 1]); conv 3x3 16 p1 }
model lm(text: [T] of V) { embed 8; it - mean(it); dense V }
model own(text: [T] of V) { embed 8; q, k, v = split(dense(24)(it), 3); softmax(q @ transpose(k)) @ v; dense V }
data d = prose(n=20, seq=16)
train a on d { loss cross_entropy(lm(text), next) }
train b on d { loss cross_entropy(own(text), next) + 0.01 * sum(own.dense1.weight) }
`;

const MOVED = "# moved\n";
const texts = [0, 1, 2, 3].map((i) => [`${i}.dnn`, `${MOVED.repeat(i)}${PROGRAM}`] as const);

/** Files of all places, and where these stand in the text without the lines before it. */
const placesOf = (found: readonly Diagnostic[], i: number) =>
  found.map((d) => {
    const spans = [d.span, ...(d.related ?? []).map(({ span }) => span)];
    return [d.code, ...spans.map((span) => [span?.file, (span?.start ?? 0) - i * MOVED.length])];
  });

test("programs that are checked by turns are told what each is told alone, at its own places", async () => {
  const first = placesOf(await checkOpened(openText("0.dnn", PROGRAM)), 0);
  expect(first.length).toBeGreaterThan(2);
  const alone = texts.map(([path]) => first.map(([code, ...places]) => [code, ...places.map(([, at]) => [path, at])]));
  const opened = texts.map(([path, text]) => openText(path, text));
  const together = await Promise.all(opened.map((program) => checkOpened(program)));
  expect(together.map(placesOf)).toEqual(alone);
  const atOnce = await Promise.all(texts.map(([path, text]) => checkOpened(openText(path, text))));
  expect(atOnce.map(placesOf)).toEqual(alone);
});
