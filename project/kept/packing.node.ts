// Plain data as bytes of a file. In: a value. Out: its bytes, typed arrays apart from the rest, each at a multiple of eight bytes, so that
// reading makes views of the bytes and copies nothing.

import { Deserializer, Serializer } from "node:v8";

// Methods of Node's documentation that its types leave out.
declare module "node:v8" {
  interface Serializer {
    _writeHostObject(item: object): void;
    _setTreatArrayBufferViewsAsHostObjects(flag: boolean): void;
  }
  interface Deserializer {
    _readHostObject(): object;
  }
}

const VIEWS = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;
type View = InstanceType<(typeof VIEWS)[number]>;

/** Bytes that the length of the rest takes, and what arrays begin at multiples of. */
const UNIT = 8;
const aligned = (bytes: number): number => Math.ceil(bytes / UNIT) * UNIT;

class Packer extends Serializer {
  readonly views: View[] = [];

  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }

  override _writeHostObject(item: object): void {
    const type = (VIEWS as readonly unknown[]).indexOf(item.constructor);
    if (type < 0) throw new TypeError(`a ${item.constructor.name} is no plain data`);
    this.writeUint32(type);
    this.writeUint32((item as View).length);
    this.views.push(item as View);
  }
}

class Unpacker extends Deserializer {
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private at: number;

  constructor(bytes: Uint8Array<ArrayBuffer>, rest: number) {
    super(bytes.subarray(UNIT, UNIT + rest));
    this.bytes = bytes;
    this.at = UNIT + aligned(rest);
  }

  override _readHostObject(): View {
    const [type, length] = [this.readUint32(), this.readUint32()];
    const Type = VIEWS[type];
    if (!Type) throw new TypeError(`no array has the type ${type}`);
    const view = new Type(this.bytes.buffer, this.bytes.byteOffset + this.at, length);
    this.at += aligned(view.byteLength);
    return view;
  }
}

/** TypeError where the value is no plain data. */
export function packValue(value: unknown): Uint8Array<ArrayBuffer> {
  const packer = new Packer();
  packer.writeHeader();
  packer.writeValue(value);
  const rest = packer.releaseBuffer();
  const parts: Uint8Array[] = [rest, ...packer.views.map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength))];
  const whole = new Uint8Array(UNIT + parts.reduce((sum, { length }) => sum + aligned(length), 0));
  new DataView(whole.buffer).setUint32(0, rest.length, true);
  let at = UNIT;
  for (const part of parts) {
    whole.set(part, at);
    at += aligned(part.length);
  }
  return whole;
}

/** The value of bytes that begin at a multiple of eight in their buffer; its typed arrays are views of them. */
export function unpackValue(bytes: Uint8Array<ArrayBuffer>): unknown {
  const unpacker = new Unpacker(bytes, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
  unpacker.readHeader();
  return unpacker.readValue();
}
