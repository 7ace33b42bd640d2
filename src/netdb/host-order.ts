// Numbers in the host's byte order, inside a sockaddr that may begin at any offset. dialtone's hosts are little-endian.

export function putUint16(target: Uint8Array, at: number, value: number): void {
  target[at] = value;
  target[at + 1] = value >>> 8;
}

export function putUint32(target: Uint8Array, at: number, value: number): void {
  putUint16(target, at, value);
  putUint16(target, at + 2, value >>> 16);
}

export function uint16At(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return (uint16At(bytes, at) | (uint16At(bytes, at + 2) << 16)) >>> 0;
}
