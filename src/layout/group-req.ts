import { MCAST_INCLUDE } from "../api/constants.ts";
import type { GroupMembership, GroupSourceFilter, GroupSourceMembership } from "../api/options.ts";
import { checkInteger, elementsOf, fieldsOf, interfaceIndex } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";
import { MOST_SOURCES } from "./ip-msfilter.ts";
import { encodePlainAddress } from "./plain-address.ts";

/** `struct group_req`, MCAST_JOIN_GROUP in RFC 3678. */
export const GROUP_REQ = { size: 136, interface: 0, group: 8 } as const;
/** `struct group_source_req`, MCAST_JOIN_SOURCE_GROUP. */
export const GROUP_SOURCE_REQ = { size: 264, interface: 0, group: 8, source: 136 } as const;
/** `struct group_filter`, MCAST_MSFILTER: its head, and one sender of those that follow. */
export const GROUP_FILTER = { size: 272, interface: 0, group: 8, fmode: 136, numsrc: 140, slist: 144 } as const;

const STORAGE_SIZE = 128;

/** The beginning that the three have in common. */
function encodeGroup(bytes: Uint8Array, fields: Record<string, unknown>, argument: string): void {
  const index = interfaceIndex(`${argument}.interfaceIndex`, fields["interfaceIndex"]);
  viewOf(bytes).setUint32(GROUP_REQ.interface, index, true);
  encodePlainAddress(bytes, GROUP_REQ.group, fields["group"], `${argument}.group`);
}

export const groupMembershipCodec: OptionCodec<GroupMembership> = {
  size: GROUP_REQ.size,
  encode(value, argument) {
    const bytes = new Uint8Array(GROUP_REQ.size);
    encodeGroup(bytes, fieldsOf(argument, value, "{ group, interfaceIndex? }"), argument);
    return bytes;
  },
};

export const groupSourceMembershipCodec: OptionCodec<GroupSourceMembership> = {
  size: GROUP_SOURCE_REQ.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ group, source, interfaceIndex? }");
    const bytes = new Uint8Array(GROUP_SOURCE_REQ.size);
    encodeGroup(bytes, fields, argument);
    encodePlainAddress(bytes, GROUP_SOURCE_REQ.source, fields["source"], `${argument}.source`);
    return bytes;
  },
};

export const groupSourceFilterCodec: OptionCodec<GroupSourceFilter> = {
  size: GROUP_FILTER.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ group, interfaceIndex?, mode, sources }");
    const { mode } = fields;
    checkInteger(`${argument}.mode`, mode, 0, MCAST_INCLUDE);
    const sources = elementsOf(`${argument}.sources`, fields["sources"], "addresses", MOST_SOURCES);
    const bytes = new Uint8Array(GROUP_FILTER.slist + STORAGE_SIZE * sources.length);
    encodeGroup(bytes, fields, argument);
    viewOf(bytes).setUint32(GROUP_FILTER.fmode, mode, true);
    viewOf(bytes).setUint32(GROUP_FILTER.numsrc, sources.length, true);
    sources.forEach((source, index) => {
      encodePlainAddress(bytes, GROUP_FILTER.slist + STORAGE_SIZE * index, source, `${argument}.sources[${index}]`);
    });
    return bytes;
  },
};
