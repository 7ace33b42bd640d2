import type { SocketAddress } from "../../api/address.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { sockaddrDecode } from "../../netdb/sockaddr.ts";

/** Room for any address: sizeof(struct sockaddr_storage). Shared: what a call put there is read before the next. */
export const addressMemory: Uint8Array = nativeMemory(128);
/** A socklen_t beside it. */
export const addressLength: Uint8Array = nativeMemory(4);
const length = new DataView(addressLength.buffer);

/** Says how much room there is, before a call that returns an address. */
export function offerAddressMemory(): void {
  length.setUint32(0, addressMemory.length, true);
}

/** The address that the call returned; undefined when it returned none. */
export function returnedAddress(): SocketAddress | undefined {
  const bytes = length.getUint32(0, true);
  return bytes === 0 ? undefined : sockaddrDecode(addressMemory, 0, Math.min(bytes, addressMemory.length));
}
