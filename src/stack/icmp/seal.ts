import { addSums } from "../../wire/checksum.ts";
import type { Path } from "../ip/path.ts";
import { CHECKSUM_PARTIAL, type Packet } from "../packet.ts";

/** Where ICMP's checksum is. */
const CHECKSUM_OFFSET = 2;

/** Leaves the checksum of an ICMPv6 message, from `packet.start` on, to the device: RFC 4443 §2.3. */
export function sealPacketIcmpv6(packet: Packet, path: Path): void {
  packet.checksum = CHECKSUM_PARTIAL;
  packet.checksumOffset = CHECKSUM_OFFSET;
  packet.view.setUint16(packet.start + CHECKSUM_OFFSET, addSums(path.pseudoSum, packet.end - packet.start));
}
