// Every decoder of records. Adding one is its file and one line here.

import { pairDecoder } from "../data/pictures/masks.ts";
import { pictureDecoder } from "../data/pictures/records.ts";
import type { Decoder } from "../data/records.ts";
import { soundDecoder } from "../data/sources/soundrecords.ts";
import { tableDecoder } from "../data/tables/tablerecords.ts";

const DECODERS: readonly Decoder[] = [pictureDecoder, pairDecoder, soundDecoder, tableDecoder];

export function decoderCalled(name: string): Decoder {
  const found = DECODERS.find((decoder) => decoder.name === name);
  if (!found) throw new Error(`there is no decoder called ${name}`);
  return found;
}
