// Every decoder of records, each loaded when it is first asked for. Adding one is its file and one line here.

import type { Decoder } from "../data/records.ts";

const DECODERS: Readonly<Record<string, () => Promise<Decoder>>> = {
  pictures: async () => (await import("../data/pictures/records.ts")).pictureDecoder,
  masks: async () => (await import("../data/pictures/masks.ts")).pairDecoder,
  sounds: async () => (await import("../data/sources/soundrecords.ts")).soundDecoder,
  arrays: async () => (await import("../data/arrays/arrayrecords.ts")).arrayDecoder,
  table: async () => (await import("../data/tables/tablerecords.ts")).tableDecoder,
};

export async function decoderCalled(name: string): Promise<Decoder> {
  const load = DECODERS[name];
  if (!load) throw new Error(`there is no decoder called ${name}`);
  return load();
}
