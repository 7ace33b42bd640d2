import type { SackBlock, TcpOption } from "../language/tree.ts";

/** Kinds of option: IANA "TCP Parameters". */
const KIND = { eol: 0, nop: 1, mss: 2, wscale: 3, sackOK: 4, sack: 5, TS: 8, md5: 19, FO: 34, FOEXP: 254 } as const;
/** The experiment's number that Fast Open had before its own: RFC 6994, RFC 7413 §4.1.1. */
const FAST_OPEN_EXPERIMENT = 0xf989;

/** The options as they stand in a header, padded with zeros to four bytes. */
export function buildOptions(options: readonly TcpOption[]): Uint8Array {
  const bytes = options.flatMap(optionBytes);
  while (bytes.length % 4 !== 0) bytes.push(0);
  return Uint8Array.from(bytes);
}

function optionBytes(option: TcpOption): readonly number[] {
  switch (option.kind) {
    case "eol":
    case "nop":
      return [KIND[option.kind]];
    case "sackOK":
      return [KIND.sackOK, 2];
    case "mss":
      return [KIND.mss, 4, option.value >> 8, option.value & 0xff];
    case "wscale":
      return [KIND.wscale, 3, option.value];
    case "TS":
      return [KIND.TS, 10, ...word(option.value), ...word(option.echo)];
    case "sack":
      return [
        KIND.sack,
        2 + option.blocks.length * 8,
        ...option.blocks.flatMap(({ start, end }) => [...word(start), ...word(end)]),
      ];
    case "FOEXP":
      return [
        KIND.FOEXP,
        4 + option.bytes.length,
        FAST_OPEN_EXPERIMENT >> 8,
        FAST_OPEN_EXPERIMENT & 0xff,
        ...option.bytes,
      ];
    case "unknown":
      return [option.number, 2 + option.bytes.length, ...option.bytes];
    default:
      return [KIND[option.kind], 2 + option.bytes.length, ...option.bytes];
  }
}

const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

/** Reads a header's options; a text where they are broken. What is behind the end of the list is not looked at. */
export function readOptions(bytes: Uint8Array): TcpOption[] | string {
  const options: TcpOption[] = [];
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at] ?? 0;
    if (kind === KIND.eol || kind === KIND.nop) {
      // Zeros to the end are padding, not options.
      if (kind === KIND.eol) return options;
      options.push({ kind: "nop" });
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) return `the option of kind ${kind} has the length ${length}`;
    options.push(optionOf(kind, bytes.slice(at + 2, at + length)));
    at += length;
  }
  return options;
}

function optionOf(kind: number, bytes: Uint8Array): TcpOption {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === KIND.mss && bytes.length === 2) return { kind: "mss", value: view.getUint16(0) };
  if (kind === KIND.wscale && bytes.length === 1) return { kind: "wscale", value: view.getUint8(0) };
  if (kind === KIND.sackOK && bytes.length === 0) return { kind: "sackOK" };
  if (kind === KIND.TS && bytes.length === 8) return { kind: "TS", value: view.getUint32(0), echo: view.getUint32(4) };
  if (kind === KIND.sack && bytes.length > 0 && bytes.length % 8 === 0)
    return { kind: "sack", blocks: readBlocks(view) };
  if (kind === KIND.FO) return { kind: "FO", bytes };
  if (kind === KIND.md5) return { kind: "md5", bytes };
  if (kind === KIND.FOEXP && bytes.length >= 2 && view.getUint16(0) === FAST_OPEN_EXPERIMENT) {
    return { kind: "FOEXP", bytes: bytes.slice(2) };
  }
  return { kind: "unknown", number: kind, bytes };
}

function readBlocks(view: DataView): SackBlock[] {
  return Array.from({ length: view.byteLength / 8 }, (_, index) => ({
    start: view.getUint32(index * 8),
    end: view.getUint32(index * 8 + 4),
  }));
}
