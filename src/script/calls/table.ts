import type { ScriptCall } from "./call.ts";
import { fcntl, ioctl, poll } from "./descriptor.ts";
import { accept, bind, close, connect, listen, shutdown, socket } from "./endpoint.ts";
import { readv, recvmsg, sendmsg, writev } from "./message.ts";
import { getsockopt, setsockopt } from "./option.ts";
import { read, recv, recvfrom, send, sendto, write } from "./transfer.ts";

const calls: Readonly<Record<string, ScriptCall>> = {
  accept,
  accept4: accept,
  bind,
  close,
  connect,
  fcntl,
  getsockopt,
  ioctl,
  listen,
  poll,
  read,
  readv,
  recv,
  recvfrom,
  recvmsg,
  send,
  sendmsg,
  sendto,
  setsockopt,
  shutdown,
  socket,
  write,
  writev,
};

/** The call of a name; undefined for one that the language does not have here. */
export function scriptCall(name: string): ScriptCall | undefined {
  return Object.hasOwn(calls, name) ? calls[name] : undefined;
}

export const callNames: readonly string[] = Object.keys(calls);
