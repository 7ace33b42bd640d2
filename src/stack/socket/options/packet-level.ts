import { errno } from "../../../api/errno.ts";
import { viewOf } from "../../../layout/codec.ts";
import { PACKET_MREQ } from "../../../layout/packet-mreq.ts";
import { PacketSocket } from "../packet/packet-socket.ts";
import type { StackSocket } from "../socket.ts";
import { flag, only, type OptionTable, readOnly, type StackOption, storedFlag, storedInteger } from "./option.ts";

const isPacket = (socket: StackSocket): socket is PacketSocket => socket instanceof PacketSocket;

function packet(option: StackOption<PacketSocket>): StackOption {
  return only(isPacket, option, errno.ENOPROTOOPT);
}

/** A device of a stack hands over all that it receives: there is nothing to ask it for. */
const membership: StackOption = packet({
  effect: "stored",
  set({ state }, bytes) {
    if (bytes.length < PACKET_MREQ.size) return -errno.EINVAL;
    const index = viewOf(bytes).getInt32(PACKET_MREQ.ifindex, true);
    return state.events.surroundings.interfaces.nameOf(index) === undefined ? -errno.ENODEV : 0;
  },
});

/** The options of SOL_PACKET on a stack. */
export const packetLevel: OptionTable = {
  PACKET_ADD_MEMBERSHIP: membership,
  PACKET_DROP_MEMBERSHIP: membership,
  PACKET_STATISTICS: packet(readOnly((socket) => socket.takeStatistics())),
  PACKET_AUXDATA: packet(
    flag(
      ({ tellsAuxiliaryData }) => tellsAuxiliaryData,
      (socket, on) => void (socket.tellsAuxiliaryData = on),
    ),
  ),
  PACKET_IGNORE_OUTGOING: packet(
    flag(
      ({ ignoresOutgoing }) => ignoresOutgoing,
      (socket, on) => void (socket.ignoresOutgoing = on),
    ),
  ),
  PACKET_ORIGDEV: storedFlag("PACKET_ORIGDEV"),
  PACKET_LOSS: storedFlag("PACKET_LOSS"),
  PACKET_QDISC_BYPASS: storedFlag("PACKET_QDISC_BYPASS"),
  PACKET_COPY_THRESH: { effect: "stored", set: () => 0 },
  PACKET_TIMESTAMP: storedInteger("PACKET_TIMESTAMP", 0),
};
