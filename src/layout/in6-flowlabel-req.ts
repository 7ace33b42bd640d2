import { IPV6_FLOWINFO_FLOWLABEL } from "../api/constants.ts";
import type { FlowLabelRequest } from "../api/options.ts";
import { checkInteger, fieldsOf, inet6Bytes } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";

/** `struct in6_flowlabel_req`, IPV6_FLOWLABEL_MGR. The label is in network order. */
export const IN6_FLOWLABEL_REQ = {
  size: 32,
  dst: 0,
  label: 16,
  action: 20,
  share: 21,
  flags: 22,
  expires: 24,
  linger: 26,
} as const;

/** A field that may be left out. */
function optional(fields: Record<string, unknown>, name: string, argument: string, most: number): number {
  const value = fields[name];
  if (value === undefined) return 0;
  checkInteger(`${argument}.${name}`, value, 0, most);
  return value;
}

export const flowLabelCodec: OptionCodec<FlowLabelRequest> = {
  size: IN6_FLOWLABEL_REQ.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ destination, label, action, … }");
    const { label, action } = fields;
    checkInteger(`${argument}.label`, label, 0, IPV6_FLOWINFO_FLOWLABEL);
    checkInteger(`${argument}.action`, action, 0, 0xff);
    const bytes = new Uint8Array(IN6_FLOWLABEL_REQ.size);
    const view = viewOf(bytes);
    bytes.set(inet6Bytes(`${argument}.destination`, fields["destination"]), IN6_FLOWLABEL_REQ.dst);
    view.setUint32(IN6_FLOWLABEL_REQ.label, label, false);
    view.setUint8(IN6_FLOWLABEL_REQ.action, action);
    view.setUint8(IN6_FLOWLABEL_REQ.share, optional(fields, "share", argument, 0xff));
    view.setUint16(IN6_FLOWLABEL_REQ.flags, optional(fields, "flags", argument, 0xffff), true);
    view.setUint16(IN6_FLOWLABEL_REQ.expires, optional(fields, "expiresS", argument, 0xffff), true);
    view.setUint16(IN6_FLOWLABEL_REQ.linger, optional(fields, "lingerS", argument, 0xffff), true);
    return bytes;
  },
};
