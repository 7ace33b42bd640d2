import {
  AF_NETLINK,
  NETLINK_ROUTE,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NLMSG_ERROR,
  SOCK_RAW,
} from "../api/constants.ts";
import { internalError, systemError } from "../api/errors.ts";
import type { HostKernel } from "../host/host.ts";

/** `struct nlmsghdr`, netlink(7): length, type, flags, sequence, port. */
const HEADER_BYTES = 16;
/** `struct rtattr`: length and type. */
const ATTRIBUTE_BYTES = 4;
/** The kernel's answer: a header, an errno, and the request's header again with what it wants to say. */
const ANSWER_BYTES = 4096;

/** A message of rtnetlink(7): its type, and its own header and attributes. */
export interface RouteMessage {
  readonly type: number;
  /** It makes what is not there yet. */
  readonly creates?: boolean;
  readonly body: readonly Uint8Array[];
}

/** A `struct rtattr`, padded to four bytes: a 32-bit number, or bytes. */
export function attribute(type: number, value: number | Uint8Array): Uint8Array {
  const bytes = typeof value === "number" ? new Uint8Array(Uint32Array.of(value).buffer) : value;
  const whole = new Uint8Array(ATTRIBUTE_BYTES + ((bytes.length + 3) & ~3));
  const view = new DataView(whole.buffer);
  view.setUint16(0, ATTRIBUTE_BYTES + bytes.length, true);
  view.setUint16(2, type, true);
  whole.set(bytes, ATTRIBUTE_BYTES);
  return whole;
}

/** Asks the kernel for one change. Its refusal is thrown. */
export function routeRequest(kernel: HostKernel, message: RouteMessage): void {
  const flags = NLM_F_ACK | (message.creates === true ? NLM_F_CREATE | NLM_F_REPLACE : 0);
  const answer = exchange(kernel, message, flags);
  if (answer.getUint16(4, true) !== NLMSG_ERROR) throw internalError("rtnetlink gave no answer");
}

/** Asks the kernel for one thing: its first answer, with the header. */
export function routeQuestion(kernel: HostKernel, message: RouteMessage): DataView {
  return exchange(kernel, message, 0);
}

/** Sends a message, and takes the answer, which is there when the call that sends returns. */
function exchange(kernel: HostKernel, { type, body }: RouteMessage, flags: number): DataView {
  const length = body.reduce((sum, part) => sum + part.length, HEADER_BYTES);
  const message = new Uint8Array(length);
  const view = new DataView(message.buffer);
  view.setUint32(0, length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | flags, true);
  let at = HEADER_BYTES;
  for (const part of body) {
    message.set(part, at);
    at += part.length;
  }
  const fd = kernel.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  try {
    kernel.sendtoSync(fd, message, 0, { family: AF_NETLINK, portId: 0, groups: 0 });
    const answer = new Uint8Array(ANSWER_BYTES);
    kernel.recvSync(fd, answer);
    const answerView = new DataView(answer.buffer);
    const isError = answerView.getUint16(4, true) === NLMSG_ERROR;
    const number = isError ? -answerView.getInt32(HEADER_BYTES, true) : 0;
    if (number !== 0) throw systemError("rtnetlink", number, undefined, `message ${type}`);
    return answerView;
  } finally {
    kernel.close(fd);
  }
}
