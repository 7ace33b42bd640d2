/** Multicast for either IP version, at SOL_IP and at SOL_IPV6, RFC 3678. */
export const groupOptions = {
  /** Joins a group. */
  MCAST_JOIN_GROUP: { set: "group membership" },
  /** Stops hearing a sender. */
  MCAST_BLOCK_SOURCE: { set: "group source membership" },
  /** Hears a sender again. */
  MCAST_UNBLOCK_SOURCE: { set: "group source membership" },
  /** Leaves a group. */
  MCAST_LEAVE_GROUP: { set: "group membership" },
  /** Joins a group for one sender. */
  MCAST_JOIN_SOURCE_GROUP: { set: "group source membership" },
  /** Leaves one sender of a group. */
  MCAST_LEAVE_SOURCE_GROUP: { set: "group source membership" },
  /** Which senders of a group are heard. */
  MCAST_MSFILTER: { set: "group source filter" },
} as const;
