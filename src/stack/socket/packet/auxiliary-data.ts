/** `struct tpacket_auxdata`, packet(7). */
const AUXDATA = { size: 20, status: 0, len: 4, snaplen: 8, mac: 12, net: 14 } as const;
/** TP_STATUS_USER. */
const FOR_USER = 1;

/** What PACKET_AUXDATA tells: the length of the packet and of what was kept of it, and where the headers are. */
export function auxiliaryData(wholeBytes: number, keptBytes: number, networkAt: number): Uint8Array {
  const bytes = new Uint8Array(AUXDATA.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(AUXDATA.status, FOR_USER, true);
  view.setUint32(AUXDATA.len, wholeBytes, true);
  view.setUint32(AUXDATA.snaplen, keptBytes, true);
  view.setUint16(AUXDATA.net, networkAt, true);
  return bytes;
}
