import type { TracedCall } from "./traced-call.ts";

/** A socket is a telephone: what a call does, said of one. */
const WORDS: Readonly<Record<string, string>> = {
  socket: "install a telephone",
  socketpair: "install an intercom",
  bind: "give it a number",
  listen: "plug in the line",
  accept: "pick up",
  connect: "dial",
  send: "talk",
  sendto: "talk",
  sendmsg: "talk",
  sendmmsg: "talk",
  write: "talk",
  writev: "talk",
  sendfile: "talk",
  recv: "hear",
  recvfrom: "hear",
  recvmsg: "hear",
  recvmmsg: "hear",
  read: "hear",
  readv: "hear",
  shutdown: "say goodbye",
  close: "hang up",
  getsockname: "read its number",
  getpeername: "see who calls",
  getsockopt: "look at a switch",
  setsockopt: "set a switch",
  poll: "watch which one rings",
  select: "watch which one rings",
  dup: "add a second receiver",
  fcntl: "set a switch",
  ioctl: "look at the line",
  getaddrinfo: "look in the phone book",
  getnameinfo: "look up whose number it is",
  if_nametoindex: "look at the sockets in the wall",
  if_indextoname: "look at the sockets in the wall",
  if_nameindex: "look at the sockets in the wall",
  flow: "stay on the line",
  acceptFlow: "answer whenever it rings",
  datagramFlow: "stay on the line",
  detach: "hand over the receiver",
  adopt: "take over the receiver",
};

/**
 * The telephone's word for a call: socket is "install a telephone", bind "give it a number", listen "plug in the
 * line", accept "pick up", connect "dial", send "talk", recv "hear" (and for 0 bytes "the other side hung up"), close
 * "hang up".
 *
 * @example
 * const words: string[] = [];
 * const traced = traceCalls(host, (call) => words.push(telephoneWord(call)));
 * traced.close(traced.socket(AF_INET, SOCK_STREAM));
 * words.join(", "); // "install a telephone, hang up"
 */
export function telephoneWord(call: TracedCall): string {
  if (call.error === "ECONNREFUSED") return "no such number";
  if (call.error === "EBADF" && call.name === "accept") return "the line was unplugged";
  if (call.error === "ABORT_ERR") return "wait no longer";
  if (call.error !== undefined) return `${WORDS[call.name] ?? call.name}: it fails`;
  if (call.name === "close" && call.role === "listener") return "unplug the line";
  if (call.name === "close" && call.role === "handed over") return "put its own receiver down";
  const word = WORDS[call.name] ?? call.name;
  if (word === "hear" && call.result === "0") return "the other side hung up";
  if (word === "talk" && call.arguments.some((text) => text.includes("SCM_RIGHTS"))) return "hand over the receiver";
  if (word === "hear" && call.result?.includes("SCM_RIGHTS") === true) return "take over the receiver";
  return word;
}
