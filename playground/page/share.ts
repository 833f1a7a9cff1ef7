// A program in an address: compressed, in the fragment, which no browser sends anywhere. In: a text. Out: a fragment, and the way back;
// a fragment that is none, or that would unpack to more than a program, gives nothing.

import { deflateSync, Inflate, strFromU8, strToU8 } from "fflate";

const START = "#p=";
/** Bytes of the largest program that an address may hold. */
const LARGEST = 1 << 18;

export function fragmentOf(text: string): string {
  const packed = deflateSync(strToU8(text), { level: 9 });
  const coded = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""));
  return START + coded.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function programIn(fragment: string): string | undefined {
  if (!fragment.startsWith(START)) return undefined;
  const coded = fragment.slice(START.length);
  if (!/^[\w-]+$/.test(coded) || coded.length > LARGEST) return undefined;
  try {
    const bytes = Uint8Array.from(atob(coded.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    return unpacked(bytes);
  } catch {
    return undefined;
  }
}

function unpacked(bytes: Uint8Array): string | undefined {
  const parts: Uint8Array[] = [];
  let size = 0;
  let isWhole = false;
  const stream = new Inflate((part, isLast) => {
    size += part.length;
    if (size > LARGEST) throw new RangeError("larger than a program");
    parts.push(part);
    isWhole ||= isLast;
  });
  // In small pieces, so that it stops early.
  for (let at = 0; at < bytes.length; at += 256) stream.push(bytes.subarray(at, at + 256), at + 256 >= bytes.length);
  if (!isWhole) return undefined;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return strFromU8(all);
}
