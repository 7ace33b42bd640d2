import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_RCVBUF_LOCK,
  SOCK_SNDBUF_LOCK,
  SOCK_STREAM,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { INT_MAX } from "../../../layout/argument.ts";
import { viewOf } from "../../../layout/codec.ts";
import { decodeOption } from "../../../layout/option.ts";
import { TIMEVAL } from "../../../layout/timeval.ts";
import { isProgram } from "../filter/classic-bpf.ts";
import type { StackSocket } from "../socket.ts";
import type { SocketState } from "../socket-state.ts";
import {
  flag,
  integer,
  intOf,
  type OptionTable,
  ranged,
  readOnly,
  Refusal,
  type StackOption,
  storedFlag,
  storedInteger,
  storedValue,
} from "./option.ts";

/** net.core.rmem_max and wmem_max: what SO_RCVBUF and SO_SNDBUF may ask for. */
const MAX_BUFFER_BYTES = 212_992;
/** SOCK_MIN_SNDBUF and SOCK_MIN_RCVBUF. */
const MIN_SEND_BUFFER_BYTES = 4608;
const MIN_RECEIVE_BUFFER_BYTES = 2304;
/** TC_PRIO_MAX of those without CAP_NET_ADMIN, and without it there is no more. */
const MAX_PRIORITY = 6;
/** SKF_AD_MAX of linux/filter.h: the extensions of classic filters that there are. */
const BPF_EXTENSIONS = 64;
const MICROSECONDS_PER_SECOND = 1_000_000n;

type StateFlag = Exclude<
  { [K in keyof SocketState]: SocketState[K] extends boolean ? K : never }[keyof SocketState],
  "hasError"
>;

/** A flag that is a field of the socket's state. */
function stateFlag(field: StateFlag): StackOption {
  return flag(
    ({ state }) => state[field],
    ({ state }, on) => void (state[field] = on),
  );
}

/** A field of Unix sockets alone. */
function unixFlag(field: StateFlag): StackOption {
  const { get, set } = stateFlag(field);
  return {
    effect: "effective",
    get: (socket) => get?.(socket),
    set: (socket, bytes) => (socket.state.family === AF_UNIX ? (set?.(socket, bytes) ?? 0) : -errno.EOPNOTSUPP),
  };
}

/** Linux doubles what is asked for, for its own use of the memory. */
function bufferSize(field: "sendBufferBytes" | "receiveBufferBytes", least: number, limit: number): StackOption {
  const lock = field === "sendBufferBytes" ? SOCK_SNDBUF_LOCK : SOCK_RCVBUF_LOCK;
  return integer(
    ({ state }) => state[field],
    ({ state }, value) => {
      const asked = value < 0 ? limit : Math.min(value, limit);
      state[field] = Math.max(asked * 2, least);
      state.bufferLocks |= lock;
      return 0;
    },
  );
}

function writeOnly({ effect, set }: StackOption): StackOption {
  return { effect, ...(set && { set }) };
}

function timeLimit(field: "receiveTimeoutMs" | "sendTimeoutMs"): StackOption {
  return {
    effect: "effective",
    get: ({ state }) => state[field],
    set({ state }, bytes) {
      if (bytes.length < TIMEVAL.size) return -errno.EINVAL;
      const microseconds = viewOf(bytes).getBigInt64(TIMEVAL.usec, true);
      if (microseconds < 0n || microseconds >= MICROSECONDS_PER_SECOND) return -errno.EDOM;
      const ms = decodeOption("milliseconds", bytes);
      // A negative time ends a wait at once, which the least there is does as well.
      state[field] = ms < 0 ? Number.MIN_VALUE : ms;
      return 0;
    },
  };
}

/** SO_TIMESTAMP and SO_TIMESTAMPNS: the one turns the other off. */
function timestamps(unit: "us" | "ns"): StackOption {
  return flag(
    ({ state }) => state.timestamps === unit,
    ({ state }, on) => {
      if (on) state.timestamps = unit;
      else if (state.timestamps === unit) state.timestamps = "none";
    },
  );
}

/** SO_TIMESTAMPING: the times of what is received have their effect, those of what is sent are stored. */
const timestamping: StackOption = ranged(
  0,
  INT_MAX,
  ({ state }) => state.timestamping,
  ({ state }, value) => void (state.timestamping = value),
);

const filter: StackOption = {
  effect: "effective",
  get: ({ state }) => state.filter ?? [],
  set({ state }, bytes) {
    if (state.filterLocked) return -errno.EPERM;
    const program = decodeOption("filter", bytes);
    if (!isProgram(program)) return -errno.EINVAL;
    state.filter = program;
    return 0;
  },
};

const bindToDevice: StackOption = {
  effect: "effective",
  get: ({ state }) =>
    state.boundInterface === 0 ? "" : (state.events.surroundings.interfaces.nameOf(state.boundInterface) ?? ""),
  set({ state }, bytes) {
    const nul = bytes.indexOf(0);
    const name = new TextDecoder().decode(nul < 0 ? bytes : bytes.subarray(0, nul));
    const index = name === "" ? 0 : state.events.surroundings.interfaces.indexOf(name);
    if (index === undefined) return -errno.ENODEV;
    state.boundInterface = index;
    return 0;
  },
};

/** SO_PEEK_OFF is for Unix sockets, TCP and UDP. */
const hasPeekOffset = ({ type, family }: SocketState): boolean =>
  family === AF_UNIX || type === SOCK_STREAM || type === SOCK_DGRAM;

const peekOffset: StackOption = {
  effect: "effective",
  get: ({ state }) => (hasPeekOffset(state) ? state.peekOffset : new Refusal(errno.EOPNOTSUPP)),
  set({ state }, bytes) {
    const value = intOf(bytes);
    if (value === undefined) return -errno.EINVAL;
    if (!hasPeekOffset(state)) return -errno.EOPNOTSUPP;
    state.peekOffset = value;
    return 0;
  },
};

const noProgram: StackOption = { effect: "stored", set: () => -errno.EBADF };
const isInternet = ({ state }: StackSocket): boolean => state.family === AF_INET || state.family === AF_INET6;

/** SO_REUSEPORT is for internet sockets. */
const reusePort: StackOption = {
  effect: "effective",
  get: ({ state }) => state.reusePort,
  set(socket, bytes) {
    const value = intOf(bytes);
    if (value === undefined) return -errno.EINVAL;
    if (value !== 0 && !isInternet(socket)) return -errno.EOPNOTSUPP;
    socket.state.reusePort = value !== 0;
    return 0;
  },
};

const linger: StackOption = {
  effect: "effective",
  get: ({ state }) => state.linger,
  set({ state }, bytes) {
    if (bytes.length < 8) return -errno.EINVAL;
    const { onoff, linger: seconds } = decodeOption("linger", bytes);
    state.linger = { onoff, linger: onoff ? seconds : state.linger.linger };
    return 0;
  },
};

/** The options of SOL_SOCKET on a stack. */
export const socketLevel: OptionTable = {
  SO_DEBUG: storedFlag("SO_DEBUG"),
  SO_REUSEADDR: stateFlag("reuseAddress"),
  SO_TYPE: readOnly(({ state }) => state.type),
  SO_ERROR: readOnly(({ state }) => state.takeError() || state.softError()),
  SO_DONTROUTE: storedFlag("SO_DONTROUTE"),
  SO_BROADCAST: stateFlag("broadcast"),
  SO_SNDBUF: bufferSize("sendBufferBytes", MIN_SEND_BUFFER_BYTES, MAX_BUFFER_BYTES),
  SO_RCVBUF: bufferSize("receiveBufferBytes", MIN_RECEIVE_BUFFER_BYTES, MAX_BUFFER_BYTES),
  SO_SNDBUFFORCE: writeOnly(bufferSize("sendBufferBytes", MIN_SEND_BUFFER_BYTES, INT_MAX >> 1)),
  SO_RCVBUFFORCE: writeOnly(bufferSize("receiveBufferBytes", MIN_RECEIVE_BUFFER_BYTES, INT_MAX >> 1)),
  SO_BUF_LOCK: ranged(
    0,
    SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK,
    ({ state }) => state.bufferLocks,
    ({ state }, value) => void (state.bufferLocks = value),
  ),
  SO_KEEPALIVE: stateFlag("keepAlive"),
  SO_OOBINLINE: stateFlag("urgentInline"),
  SO_NO_CHECK: storedFlag("SO_NO_CHECK"),
  SO_PRIORITY: ranged(
    0,
    MAX_PRIORITY,
    ({ state }) => state.priority,
    ({ state }, value) => void (state.priority = value),
  ),
  SO_LINGER: linger,
  SO_BSDCOMPAT: { effect: "stored", get: () => false, set: () => 0 },
  SO_REUSEPORT: reusePort,
  SO_PASSCRED: unixFlag("passCredentials"),
  SO_PASSRIGHTS: unixFlag("passRights"),
  SO_PEERCRED: readOnly(({ state }) => state.peerCredentials),
  SO_PEERGROUPS: readOnly(({ state }) => (state.family === AF_UNIX ? [] : new Refusal(errno.ENODATA))),
  SO_RCVLOWAT: integer(
    ({ state }) => state.receiveLowWaterBytes,
    ({ state }, value) => {
      state.receiveLowWaterBytes = value < 0 ? INT_MAX : Math.max(1, value);
      return 0;
    },
  ),
  SO_SNDLOWAT: readOnly(() => 1),
  SO_RCVTIMEO: timeLimit("receiveTimeoutMs"),
  SO_SNDTIMEO: timeLimit("sendTimeoutMs"),
  SO_RCVTIMEO_NEW: timeLimit("receiveTimeoutMs"),
  SO_SNDTIMEO_NEW: timeLimit("sendTimeoutMs"),
  SO_BINDTODEVICE: bindToDevice,
  SO_BINDTOIFINDEX: integer(
    ({ state }) => state.boundInterface,
    ({ state }, value) => {
      if (value < 0) return -errno.EINVAL;
      if (value !== 0 && state.events.surroundings.interfaces.nameOf(value) === undefined) return -errno.ENODEV;
      state.boundInterface = value;
      return 0;
    },
  ),
  SO_ATTACH_FILTER: filter,
  SO_DETACH_FILTER: {
    effect: "effective",
    set({ state }) {
      if (state.filterLocked) return -errno.EPERM;
      if (state.filter === undefined) return -errno.ENOENT;
      state.filter = undefined;
      return 0;
    },
  },
  SO_LOCK_FILTER: {
    effect: "effective",
    get: ({ state }) => state.filterLocked,
    set({ state }, bytes) {
      const on = intOf(bytes);
      if (on === undefined) return -errno.EINVAL;
      if (state.filterLocked && on === 0) return -errno.EPERM;
      state.filterLocked = on !== 0;
      return 0;
    },
  },
  SO_BPF_EXTENSIONS: readOnly(() => BPF_EXTENSIONS),
  SO_ATTACH_BPF: noProgram,
  SO_ATTACH_REUSEPORT_EBPF: noProgram,
  SO_TIMESTAMP: timestamps("us"),
  SO_TIMESTAMPNS: timestamps("ns"),
  SO_TIMESTAMP_NEW: storedFlag("SO_TIMESTAMP_NEW"),
  SO_TIMESTAMPNS_NEW: storedFlag("SO_TIMESTAMPNS_NEW"),
  SO_TIMESTAMPING: timestamping,
  SO_TIMESTAMPING_NEW: timestamping,
  SO_ACCEPTCONN: readOnly(({ state }) => state.acceptsConnections),
  SO_MARK: {
    effect: "stored",
    get: ({ state }) => state.mark,
    set({ state }, bytes) {
      const value = intOf(bytes);
      if (value === undefined) return -errno.EINVAL;
      state.mark = value >>> 0;
      return 0;
    },
  },
  SO_PROTOCOL: readOnly(({ state }) => state.protocol),
  SO_DOMAIN: readOnly(({ state }) => state.family),
  SO_RXQ_OVFL: stateFlag("tellDrops"),
  SO_WIFI_STATUS: storedFlag("SO_WIFI_STATUS"),
  SO_PEEK_OFF: peekOffset,
  SO_NOFCS: storedFlag("SO_NOFCS"),
  SO_SELECT_ERR_QUEUE: storedFlag("SO_SELECT_ERR_QUEUE"),
  SO_BUSY_POLL: storedInteger("SO_BUSY_POLL", 0, 0),
  SO_PREFER_BUSY_POLL: storedFlag("SO_PREFER_BUSY_POLL"),
  SO_BUSY_POLL_BUDGET: writeOnly(storedInteger("SO_BUSY_POLL_BUDGET", 8, 0, 0xffff)),
  SO_MAX_PACING_RATE: storedValue("SO_MAX_PACING_RATE", "rate", Infinity, 4),
  SO_INCOMING_CPU: storedInteger("SO_INCOMING_CPU", 0),
  SO_INCOMING_NAPI_ID: readOnly(() => 0),
  SO_CNX_ADVICE: { effect: "stored", set: (_, bytes) => (intOf(bytes) === 1 ? 0 : -errno.EINVAL) },
  SO_MEMINFO: readOnly((socket) => ({
    rmemAlloc: 0,
    rcvbuf: socket.state.receiveBufferBytes,
    wmemAlloc: 0,
    sndbuf: socket.state.sendBufferBytes,
    fwdAlloc: 0,
    wmemQueued: 0,
    optmem: 0,
    backlog: 0,
    drops: socket.state.drops,
  })),
  SO_COOKIE: readOnly(({ state }) => state.cookie),
  SO_NETNS_COOKIE: readOnly(() => 1n),
  SO_ZEROCOPY: storedFlag("SO_ZEROCOPY"),
  SO_TXTIME: storedValue("SO_TXTIME", "transmit time", { clockId: 0, flags: 0 }, 8),
  SO_RESERVE_MEM: storedInteger("SO_RESERVE_MEM", 0, 0),
  SO_TXREHASH: storedInteger("SO_TXREHASH", 1, -1, 1),
  SO_RCVMARK: storedFlag("SO_RCVMARK"),
  SO_RCVPRIORITY: storedFlag("SO_RCVPRIORITY"),
  SO_PASSSEC: storedFlag("SO_PASSSEC"),
  SO_PASSPIDFD: storedFlag("SO_PASSPIDFD"),
  SO_INQ: storedFlag("SO_INQ"),
};
