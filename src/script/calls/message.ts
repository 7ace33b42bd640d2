import type { ControlMessage, ExtendedError } from "../../api/message.ts";
import type { Expression } from "../language/tree.ts";
import type { Comparison } from "../run/difference.ts";
import { socketAddress } from "../run/settings.ts";
import { numberOf, type Arguments } from "./arguments.ts";
import { checkedLength, dataToSend, receivedBytes } from "./buffer.ts";
import { written, type ScriptCall } from "./call.ts";

/** Room for control messages: more than a script looks at. */
const CONTROL_BYTES = 1024;

interface IoVector {
  readonly data: Expression | undefined;
  readonly length: number;
}

/** `[{..., 1000}, {"abc", 3}]` */
function vectors(args: Arguments, list: Expression | undefined): IoVector[] {
  if (list?.kind !== "list") throw args.fault("the vectors are a list: [{..., 1000}, …]");
  return list.items.map((item) => {
    if (item.kind !== "tuple" || item.items.length !== 2) throw args.fault("a vector is {..., length}");
    return { data: item.items[0], length: checkedLength(args, numberOf(item.items[1], args.place)) };
  });
}

/** The pieces of a write, one after the other in the stream. */
function gather(
  session: Parameters<ScriptCall>[0],
  args: Arguments,
  fd: number,
  pieces: readonly IoVector[],
): Uint8Array[] {
  const place = session.place(fd);
  const before = place.written;
  const data = pieces.map((piece) => {
    const bytes = dataToSend(session, args, fd, piece.data, piece.length);
    place.written += bytes.length;
    return bytes;
  });
  place.written = before;
  return data;
}

function scatter(
  session: Parameters<ScriptCall>[0],
  args: Arguments,
  fd: number,
  pieces: readonly IoVector[],
  buffers: readonly Uint8Array[],
  total: number,
): Comparison[] {
  let left = total;
  return pieces.flatMap(({ data }, index) => {
    const bytes = (buffers[index] ?? new Uint8Array(0)).subarray(0, Math.max(0, left));
    left -= bytes.length;
    return bytes.length === 0 ? [] : receivedBytes(session, args, fd, data, bytes);
  });
}

export const writev: ScriptCall = async (session, args) => {
  args.count(3);
  const fd = session.live(args.number(0));
  const value = await session.target.kernel.writev(fd, gather(session, args, fd, vectors(args, args.at(1))));
  session.place(fd).written += value;
  return { value };
};

export const readv: ScriptCall = async (session, args) => {
  args.count(3);
  const fd = session.live(args.number(0));
  const pieces = vectors(args, args.at(1));
  const buffers = pieces.map(({ length }) => new Uint8Array(length));
  const value = await session.target.kernel.readv(fd, buffers);
  return { value, written: scatter(session, args, fd, pieces, buffers, value) };
};

export const sendmsg: ScriptCall = async (session, args) => {
  args.count(3);
  const fd = session.live(args.number(0));
  const { settings, target } = session;
  const structure = args.at(1);
  const data = gather(session, args, fd, vectors(args, args.field(structure, "msg_iov")));
  // msg_name(...)=... is the usual address where the socket has none of its own.
  const address =
    session.isStream(fd) || session.current?.protocol === "udp"
      ? undefined
      : socketAddress(settings, settings.remoteAddress, settings.connectPort);
  const control = controlToSend(args, args.field(structure, "msg_control"));
  const value = await target.kernel.sendmsg(fd, { data, address, control }, args.number(2));
  session.place(fd).written += value;
  return { value };
};

function controlToSend(args: Arguments, list: Expression | undefined): ControlMessage[] {
  if (list === undefined) return [];
  if (list.kind !== "list") throw args.fault("msg_control is a list");
  return list.items.map((item) => ({
    level: numberOf(args.field(item, "cmsg_level"), args.place),
    type: numberOf(args.field(item, "cmsg_type"), args.place),
    value: numberOf(args.field(item, "cmsg_data"), args.place),
  }));
}

export const recvmsg: ScriptCall = async (session, args) => {
  args.count(3);
  const fd = session.live(args.number(0));
  const structure = args.at(1);
  const pieces = vectors(args, args.field(structure, "msg_iov"));
  const data = pieces.map(({ length }) => new Uint8Array(length));
  const flags = args.number(2);
  const got = await session.target.kernel.recvmsg(fd, { data, controlBytes: CONTROL_BYTES }, flags);
  const checks = scatter(session, args, fd, pieces, data, got.bytes);
  const wantedFlags = args.field(structure, "msg_flags");
  if (wantedFlags !== undefined && wantedFlags.kind !== "ellipsis") {
    checks.push(written("msg_flags", numberOf(wantedFlags, args.place), got.flags));
  }
  const control = args.field(structure, "msg_control");
  if (control?.kind === "list") checks.push(...compareControl(args, control.items, got.control));
  return { value: got.bytes, written: checks };
};

/** The control messages that the script lists must be those that came, in their order. */
function compareControl(args: Arguments, wanted: readonly Expression[], got: readonly ControlMessage[]): Comparison[] {
  const checks = [written("control messages", wanted.length, got.length)];
  for (const [index, item] of wanted.entries()) {
    const message = got[index];
    if (message === undefined) break;
    checks.push(
      written(`cmsg_level ${index + 1}`, numberOf(args.field(item, "cmsg_level"), args.place), message.level),
      written(`cmsg_type ${index + 1}`, numberOf(args.field(item, "cmsg_type"), args.place), message.type),
    );
    const data = args.field(item, "cmsg_data");
    if (data !== undefined && data.kind !== "ellipsis") checks.push(...compareData(args, data, message));
  }
  return checks;
}

/** Fields of `struct sock_extended_err` and where they are in ours. */
const ERROR_FIELDS: Readonly<Record<string, keyof ExtendedError>> = {
  ee_errno: "errno",
  ee_origin: "origin",
  ee_type: "type",
  ee_code: "icmpCode",
  ee_info: "info",
  ee_data: "data",
};

function compareData(args: Arguments, data: Expression, { value }: ControlMessage): Comparison[] {
  if (data.kind !== "structure") return [written("cmsg_data", numberOf(data, args.place), Number(value))];
  const error = value as ExtendedError;
  return data.fields.map(({ name, value: wanted }) => {
    const field = ERROR_FIELDS[name];
    if (field === undefined) throw args.fault(`${name} is no field of struct sock_extended_err`);
    const expected = wanted.kind === "name" && field === "errno" ? wanted.name : String(numberOf(wanted, args.place));
    const actual = field === "errno" && wanted.kind === "name" ? error.code : String(Number(error[field]));
    return written(name, expected, actual);
  });
}
