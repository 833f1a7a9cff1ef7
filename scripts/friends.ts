// Makes examples/friends.npz, the graph of graph_convolution.dnn: who of 120 members of four clubs is whose friend. In: nothing but a fixed seed.
// Out: `friends` [120, 120] of 0 and 1, and for each member its number and its club.
// Invariant: friendship is mutual; members stand in no order; only friendships say which club is whose.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { Random } from "../runtime/data/random.ts";
import { bytesOf, npy } from "../test/data/rawfiles.ts";

const [MEMBERS, CLUBS] = [120, 4];
/** The chance that two members are friends: of one club, and of two. */
const [WITHIN, BETWEEN] = [0.3, 0.02];

export function friendsFile(): Uint8Array {
  const random = new Random(1);
  const clubs = Int32Array.from({ length: MEMBERS }, (_, i) => i % CLUBS);
  for (let i = MEMBERS - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [clubs[i], clubs[j]] = [clubs[j]!, clubs[i]!];
  }
  const friends = new Uint8Array(MEMBERS * MEMBERS);
  for (let i = 0; i < MEMBERS; i++)
    for (let j = 0; j < i; j++) {
      const areFriends = random.uniform() < (clubs[i] === clubs[j] ? WITHIN : BETWEEN);
      if (areFriends) friends[MEMBERS * i + j] = friends[MEMBERS * j + i] = 1;
    }
  const count = `(${MEMBERS},)`;
  return zipSync(
    {
      "friends.npy": npy("'|u1'", `(${MEMBERS}, ${MEMBERS})`, friends),
      "member.npy": npy("'<i4'", count, bytesOf(Int32Array.from({ length: MEMBERS }, (_, i) => i))),
      "club.npy": npy("'<i4'", count, bytesOf(clubs)),
    },
    { mtime: new Date("1980-01-02") },
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL("../examples/friends.npz", import.meta.url), friendsFile());
