import type { Kernel } from "../../api/kernel.ts";
import { socketAddress } from "../run/settings.ts";
import type { Session } from "../run/session.ts";
import type { Arguments } from "./arguments.ts";
import { checkedLength, dataToSend, receivedBytes } from "./buffer.ts";
import type { CallOutcome, ScriptCall } from "./call.ts";

/** Sends with one of the calls, and counts what the kernel has taken. */
async function sending(
  session: Session,
  args: Arguments,
  send: (kernel: Kernel, fd: number, data: Uint8Array) => Promise<number>,
): Promise<CallOutcome> {
  const fd = session.live(args.number(0));
  const data = dataToSend(session, args, fd, args.at(1), args.number(2));
  const value = await send(session.target.kernel, fd, data);
  session.place(fd).written += value;
  return { value };
}

async function receiving(
  session: Session,
  args: Arguments,
  flags: number,
  receive: (kernel: Kernel, fd: number, buffer: Uint8Array) => Promise<number>,
): Promise<CallOutcome> {
  const fd = session.live(args.number(0));
  const buffer = new Uint8Array(checkedLength(args, args.number(2)));
  const value = await receive(session.target.kernel, fd, buffer);
  return { value, written: receivedBytes(session, args, fd, args.at(1), buffer.subarray(0, value), flags) };
}

export const write: ScriptCall = (session, args) => {
  args.count(3);
  return sending(session, args, (kernel, fd, data) => kernel.write(fd, data));
};

export const send: ScriptCall = (session, args) => {
  args.count(4);
  return sending(session, args, (kernel, fd, data) => kernel.send(fd, data, args.number(3)));
};

/** sendto(2): the address may be left out, or be that of `connect`. */
export const sendto: ScriptCall = (session, args) => {
  args.count(6);
  const { settings } = session;
  const address = args.address(4, socketAddress(settings, settings.remoteAddress, settings.connectPort));
  return sending(session, args, (kernel, fd, data) => kernel.sendto(fd, data, args.number(3), address));
};

export const read: ScriptCall = (session, args) => {
  args.count(3);
  return receiving(session, args, 0, (kernel, fd, buffer) => kernel.read(fd, buffer));
};

export const recv: ScriptCall = (session, args) => {
  args.count(4);
  const flags = args.number(3);
  return receiving(session, args, flags, (kernel, fd, buffer) => kernel.recv(fd, buffer, flags));
};

export const recvfrom: ScriptCall = (session, args) => {
  args.count(6);
  const flags = args.number(3);
  return receiving(session, args, flags, async (kernel, fd, buffer) => {
    const { bytes } = await kernel.recvfrom(fd, buffer, flags);
    return bytes;
  });
};
