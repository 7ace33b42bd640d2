import { type OptionCodec, viewOf } from "./codec.ts";

/** The most groups that a process has: NGROUPS_MAX. */
const MOST_GROUPS = 65536;
/** Room for the bits of netlink's groups; no protocol has a twentieth of them. */
const NETLINK_GROUP_BYTES = 512;

/** SO_PEERGROUPS: an array of `gid_t`. */
export const groupsCodec: OptionCodec<number[]> = {
  size: MOST_GROUPS * 4,
  decode(bytes) {
    const view = viewOf(bytes);
    return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(index * 4, true));
  },
};

/** NETLINK_LIST_MEMBERSHIPS: bit n of a row of 32-bit words is group n + 1. */
export const netlinkGroupsCodec: OptionCodec<number[]> = {
  size: NETLINK_GROUP_BYTES,
  decode(bytes) {
    const groups: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      if (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) groups.push(bit + 1);
    }
    return groups;
  },
};
