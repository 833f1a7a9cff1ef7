// The commands of a table as the records that the module walks, once every buffer has an address.

import { RECORD_POINTERS } from "./emit/context.ts";
import type { WasmCommand } from "./schedule/command.ts";

/** Bytes of a command; those of a loop come before those of its body. */
export function recordBytes(command: WasmCommand): number {
  if (command.kind === "loop") return RECORD_POINTERS + command.body.reduce((n, l) => n + recordBytes(l), 0);
  return RECORD_POINTERS + 4 * command.buffers.length;
}

/** Words: kind, kernel, units (constant, per batch, divisor), flags, bytes, own word; then buffer addresses. */
export function writeRecord(
  view: DataView,
  at: number,
  command: WasmCommand,
  addresses: ReadonlyMap<string, number>,
  within: boolean,
): number {
  const word = (i: number, value: number): void => view.setUint32(at + 4 * i, value >>> 0, true);
  word(0, command.kind === "loop" ? 1 : 0);
  if (command.kind === "loop") {
    word(1, command.length);
    word(2, command.reverse ? 1 : 0);
    word(6, recordBytes(command));
    let inner = at + RECORD_POINTERS;
    for (const l of command.body) inner = writeRecord(view, inner, l, addresses, true);
    return inner;
  }
  word(1, command.kernel);
  word(2, command.units.constant);
  word(3, command.units.perBatch);
  word(4, command.units.divisor);
  word(5, (command.rows && within) || command.barrier === false ? 0 : 1);
  word(6, recordBytes(command));
  word(7, command.word);
  command.buffers.forEach((name, i) => {
    const address = addresses.get(name);
    if (address === undefined) throw new Error(`buffer ${name} has no address`);
    view.setUint32(at + RECORD_POINTERS + 4 * i, address >>> 0, true);
  });
  return at + recordBytes(command);
}
