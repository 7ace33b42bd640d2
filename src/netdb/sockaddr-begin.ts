import { outOfRange } from "../api/errors.ts";
import { putUint16 } from "./host-order.ts";

/** Begins a sockaddr of `length` bytes at `at`: sees that the target holds it, and writes the family. */
export function beginSockaddr(target: Uint8Array, at: number, length: number, family: number): void {
  if (target.length - at < length) {
    throw outOfRange("target.length", `at least ${at + length} for this address`, target.length);
  }
  putUint16(target, at, family);
}
