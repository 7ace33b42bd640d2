/** The options of SOL_NETLINK, netlink(7). */
export const netlinkOptions = {
  /** Hears a multicast group, by number. */
  NETLINK_ADD_MEMBERSHIP: { set: "unsigned" },
  /** Stops hearing a group. */
  NETLINK_DROP_MEMBERSHIP: { set: "unsigned" },
  /** Receives the group of each message. */
  NETLINK_PKTINFO: "boolean",
  /** Reports errors of a broadcast. */
  NETLINK_BROADCAST_ERROR: "boolean",
  /** Does not report ENOBUFS. */
  NETLINK_NO_ENOBUFS: "boolean",
  /** Hears all network namespaces that have a number here. */
  NETLINK_LISTEN_ALL_NSID: "boolean",
  /** The groups that are heard. */
  NETLINK_LIST_MEMBERSHIPS: { get: "netlink groups" },
  /** Acknowledgements without the request's body. */
  NETLINK_CAP_ACK: "boolean",
  /** Acknowledgements with their reason. */
  NETLINK_EXT_ACK: "boolean",
  /** Requests are checked strictly. */
  NETLINK_GET_STRICT_CHK: "boolean",
} as const;
