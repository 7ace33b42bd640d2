import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "../../api/constants.ts";
import { socketAddress, socketFamily } from "../run/settings.ts";
import type { ScriptCall } from "./call.ts";

const isStream = (type: number): boolean => (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) === SOCK_STREAM;

/** socket(2): the family may be left to the script's --ip_version. */
export const socket: ScriptCall = ({ target, settings }, args) => {
  args.count(3);
  const family = args.isLeft(0) ? socketFamily(settings) : args.number(0);
  const type = args.number(1);
  const value = target.kernel.socket(family, type, args.number(2));
  return { value, opened: isStream(type) ? "stream" : "other" };
};

export const bind: ScriptCall = (session, args) => {
  args.count(3);
  const { settings, target } = session;
  const address = args.address(1, socketAddress(settings, settings.localAddress, settings.bindPort));
  target.kernel.bind(session.live(args.number(0)), address);
  return { value: 0 };
};

export const listen: ScriptCall = (session, args) => {
  args.count(2);
  session.target.kernel.listen(session.live(args.number(0)), args.number(1));
  return { value: 0 };
};

/** accept(2), accept4(2). */
export const accept: ScriptCall = async (session, args) => {
  args.count(3, 4);
  const flags = args.at(3) === undefined ? 0 : args.number(3);
  const { fd } = await session.target.kernel.accept(session.live(args.number(0)), { flags });
  return { value: fd, opened: "stream" };
};

/** connect(2). A datagram socket's port is known from then on: packets without ports are of that conversation. */
export const connect: ScriptCall = async (session, args) => {
  args.count(3);
  const { settings, target } = session;
  const fd = session.live(args.number(0));
  const address = args.address(1, socketAddress(settings, settings.remoteAddress, settings.connectPort));
  await target.kernel.connect(fd, address);
  if ("port" in address && "address" in address && !session.isStream(fd)) {
    const own = target.kernel.getsockname(fd);
    if ("port" in own) session.converse("udp", own.port, address.port);
  }
  return { value: 0 };
};

export const shutdown: ScriptCall = (session, args) => {
  args.count(2);
  session.target.kernel.shutdown(session.live(args.number(0)), args.number(1));
  return { value: 0 };
};

export const close: ScriptCall = (session, args) => {
  args.count(1);
  const script = args.number(0);
  session.target.kernel.close(session.live(script));
  session.closed(script);
  return { value: 0 };
};
