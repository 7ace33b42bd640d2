import { invalidValue } from "../api/errors.ts";
import type { RandomSource } from "../stack/random.ts";

const BYTES = 6;
/** The first byte's bits: for a group; chosen here, and not by a maker of hardware (IEEE 802 §8.2). */
const GROUP = 0x01;
const LOCAL = 0x02;

/** An Ethernet address of one's own, drawn. */
export function drawHardwareAddress(random: RandomSource): Uint8Array {
  const view = new DataView(new ArrayBuffer(BYTES));
  view.setUint32(0, random.uint32());
  view.setUint16(4, random.uint32() >>> 16);
  const address = new Uint8Array(view.buffer);
  address[0] = ((address[0] as number) & ~GROUP) | LOCAL;
  return address;
}

/** Reads "02:00:00:00:00:02". */
export function readHardwareAddress(text: string): Uint8Array {
  const isLegal = typeof text === "string" && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text);
  const address = isLegal ? Uint8Array.from(text.split(":"), (byte) => Number.parseInt(byte, 16)) : undefined;
  if (address === undefined || ((address[0] as number) & GROUP) !== 0) {
    throw invalidValue("hardwareAddress", 'an Ethernet address of one station, like "02:00:00:00:00:02"', text);
  }
  return address;
}

/** The link-local address that follows from it: RFC 4291 appendix A. */
export function linkLocalOf(address: Uint8Array): string {
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0] = address;
  const words = [(b0 ^ LOCAL) * 256 + b1, b2 * 256 + 0xff, 0xfe00 + b3, b4 * 256 + b5];
  return `fe80::${words.map((word) => word.toString(16)).join(":")}/64`;
}
