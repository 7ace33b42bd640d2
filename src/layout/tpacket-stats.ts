import type { PacketStatistics, RolloverStatistics } from "../api/options.ts";
import { type OptionCodec, paddedView } from "./codec.ts";

/** `struct tpacket_stats`, PACKET_STATISTICS in packet(7). */
export const TPACKET_STATS = { size: 8, packets: 0, drops: 4 } as const;
/** `struct tpacket_rollover_stats`, PACKET_ROLLOVER_STATS. */
export const TPACKET_ROLLOVER_STATS = { size: 24, all: 0, huge: 8, failed: 16 } as const;

export const packetStatisticsCodec: OptionCodec<PacketStatistics> = {
  size: TPACKET_STATS.size,
  decode(bytes) {
    const view = paddedView(bytes, TPACKET_STATS.size);
    return { packets: view.getUint32(TPACKET_STATS.packets, true), drops: view.getUint32(TPACKET_STATS.drops, true) };
  },
};

export const rolloverStatisticsCodec: OptionCodec<RolloverStatistics> = {
  size: TPACKET_ROLLOVER_STATS.size,
  decode(bytes) {
    const view = paddedView(bytes, TPACKET_ROLLOVER_STATS.size);
    return {
      all: Number(view.getBigUint64(TPACKET_ROLLOVER_STATS.all, true)),
      huge: Number(view.getBigUint64(TPACKET_ROLLOVER_STATS.huge, true)),
      failed: Number(view.getBigUint64(TPACKET_ROLLOVER_STATS.failed, true)),
    };
  },
};
