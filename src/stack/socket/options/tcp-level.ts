import { TCP_CLOSE } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import type { TcpInfo } from "../../../api/options.ts";
import { INT_MAX } from "../../../layout/argument.ts";
import { decodeOption } from "../../../layout/option.ts";
import { TcpSocket } from "../inet/tcp-socket.ts";
import type { StackSocket } from "../socket.ts";
import { FAST_OPEN_CLIENT } from "../../tcp/fast-open.ts";
import { FAST_OPEN_KEY_BYTES } from "../../tcp/fast-open-cookie.ts";
import type { TcpSettings } from "../../tcp/settings.ts";
import { flag, integer, only, type OptionTable, ranged, readOnly, type StackOption, storedInteger } from "./option.ts";

/** net.core.somaxconn. */
const MOST_FAST_OPEN_BACKLOG = 4096;
const NOTHING = new Uint8Array(0);
/** MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT, MAX_TCP_SYNCNT of linux/tcp.h. */
const MAX_KEEP_IDLE_S = 32_767;
const MAX_KEEP_INTERVAL_S = 32_767;
const MAX_KEEP_COUNT = 127;
const MAX_SYN_COUNT = 127;
/** TCP_MIN_MSS and MAX_TCP_WINDOW. */
const LEAST_SEGMENT_BYTES = 88;
const MOST_SEGMENT_BYTES = 32_767;
/** TCP_FIN_TIMEOUT_MAX. */
const MAX_FIN_WAIT_S = 120;
/** What TCP_MAXSEG gives before the path is known: TCP_MSS_DEFAULT. */
const DEFAULT_SEGMENT_BYTES = 536;
/** `struct tcp_info` of Linux 6. */
const TCP_INFO_BYTES = 248;
/** SOCK_MIN_RCVBUF / 2: the least TCP_WINDOW_CLAMP. */
const LEAST_WINDOW_CLAMP = 1152;
/** TCP_RTO_MAX_MIN_SEC and TCP_RTO_MAX_SEC, in milliseconds; the least timeout of TCP_RTO_MIN_US. */
const LEAST_RTO_MAX_MS = 1000;
const MOST_RTO_MAX_MS = 120_000;

const isTcp = (socket: StackSocket): socket is TcpSocket => socket instanceof TcpSocket;

function tcp(option: StackOption<TcpSocket>): StackOption {
  return only(isTcp, option, errno.ENOPROTOOPT);
}

type SettingFlag = { [K in keyof TcpSettings]: TcpSettings[K] extends boolean ? K : never }[keyof TcpSettings];
type SettingNumber = { [K in keyof TcpSettings]: TcpSettings[K] extends number ? K : never }[keyof TcpSettings];

function setting(field: SettingFlag): StackOption {
  return tcp(
    flag(
      ({ settings }) => settings[field],
      ({ settings }, on) => void (settings[field] = on),
    ),
  );
}

/** Not for `ecn` and its like, which are numbers of a few values. */
function number(field: Exclude<SettingNumber, "ecn" | "synCookies" | "mtuProbing">, least: number, most: number) {
  return tcp(
    ranged(
      least,
      most,
      ({ settings }) => settings[field],
      ({ settings }, value) => void (settings[field] = value),
    ),
  );
}

const congestion: StackOption = tcp({
  effect: "effective",
  get: ({ settings }) => settings.congestion,
  set({ settings }, bytes) {
    const nul = bytes.indexOf(0);
    const name = new TextDecoder().decode(nul < 0 ? bytes : bytes.subarray(0, nul));
    if (name !== "cubic" && name !== "reno") return -errno.ENOENT;
    settings.congestion = name;
    return 0;
  },
});

const quickAck: StackOption = tcp(
  flag(
    ({ settings }) => settings.quickAck ?? true,
    ({ settings }, on) => void (settings.quickAck = on),
  ),
);

const linger2: StackOption = tcp(
  integer(
    ({ settings }) => settings.finWait2S,
    ({ settings }, value) => {
      settings.finWait2S = value < 0 ? -1 : Math.min(value, MAX_FIN_WAIT_S);
      return 0;
    },
  ),
);

const maximumSegment: StackOption = tcp(
  integer(
    ({ connection, settings }) => connection?.info().sndMss ?? (settings.maximumSegmentBytes || DEFAULT_SEGMENT_BYTES),
    ({ settings }, value) => {
      if (value !== 0 && (value < LEAST_SEGMENT_BYTES || value > MOST_SEGMENT_BYTES)) return -errno.EINVAL;
      settings.maximumSegmentBytes = value;
      return 0;
    },
  ),
);

const windowClamp: StackOption = tcp(
  integer(
    ({ settings }) => settings.windowClampBytes,
    (socket, value) => {
      if (value === 0 && socket.connection !== undefined) return -errno.EINVAL;
      socket.settings.windowClampBytes = value === 0 ? 0 : Math.max(value, LEAST_WINDOW_CLAMP);
      return 0;
    },
  ),
);

const info: StackOption = tcp(
  readOnly((socket) => {
    const known = (socket.connection ?? socket.listener ?? socket.ended)?.info() ?? closedInfo();
    const maxPacingRate = socket.state.stored.get("SO_MAX_PACING_RATE");
    return typeof maxPacingRate === "number" ? { ...known, maxPacingRate } : known;
  }),
);

/** What TCP_INFO tells of a socket that has no connection. */
function closedInfo(): TcpInfo {
  return {
    ...decodeOption("tcp info", new Uint8Array(TCP_INFO_BYTES)),
    state: TCP_CLOSE,
    rtoUs: 1_000_000,
    sndMss: DEFAULT_SEGMENT_BYTES,
    rttvarUs: 250_000,
    reordering: 3,
    minRttUs: 0xffff_ffff,
    deliveryRateAppLimited: true,
    sndCwnd: 10,
    sndSsthresh: INT_MAX,
  };
}

/** A flag that must be 0 or 1, of a socket that is neither connected nor about to be. */
function earlyFlag(field: "fastOpenConnect" | "fastOpenNoCookie", mayListen: boolean): StackOption {
  return tcp(
    integer(
      ({ settings }) => (settings[field] ? 1 : 0),
      ({ settings, isClosed, listener }, value) => {
        if (value < 0 || value > 1) return -errno.EINVAL;
        if (field === "fastOpenConnect" && (settings.fastOpen & FAST_OPEN_CLIENT) === 0) return -errno.EOPNOTSUPP;
        if (!isClosed && !(mayListen && listener !== undefined)) return -errno.EINVAL;
        settings[field] = value === 1;
        return 0;
      },
    ),
  );
}

/** TCP Fast Open: RFC 7413, tcp(7). */
const fastOpenOptions: OptionTable = {
  TCP_FASTOPEN: tcp(
    integer(
      ({ settings }) => settings.fastOpenBacklog,
      ({ settings, connection }, value) => {
        if (value < 0 || connection !== undefined) return -errno.EINVAL;
        settings.fastOpenBacklog = Math.min(value, MOST_FAST_OPEN_BACKLOG);
        return 0;
      },
    ),
  ),
  TCP_FASTOPEN_CONNECT: earlyFlag("fastOpenConnect", false),
  TCP_FASTOPEN_NO_COOKIE: earlyFlag("fastOpenNoCookie", true),
  TCP_FASTOPEN_KEY: tcp({
    effect: "effective",
    get: ({ fastOpenKey }) => fastOpenKey.slice(),
    set({ settings }, bytes) {
      if (bytes.length !== FAST_OPEN_KEY_BYTES && bytes.length !== 2 * FAST_OPEN_KEY_BYTES) return -errno.EINVAL;
      settings.fastOpenKey = bytes.slice();
      return 0;
    },
  }),
};

/** The options of SOL_TCP on a stack. */
export const tcpLevel: OptionTable = {
  TCP_NODELAY: setting("noDelay"),
  TCP_MAXSEG: maximumSegment,
  TCP_CORK: setting("cork"),
  TCP_KEEPIDLE: number("keepAliveIdleS", 1, MAX_KEEP_IDLE_S),
  TCP_KEEPINTVL: number("keepAliveIntervalS", 1, MAX_KEEP_INTERVAL_S),
  TCP_KEEPCNT: number("keepAliveProbes", 1, MAX_KEEP_COUNT),
  TCP_SYNCNT: number("synRetries", 1, MAX_SYN_COUNT),
  TCP_LINGER2: linger2,
  TCP_DEFER_ACCEPT: number("deferAcceptS", 0, INT_MAX),
  TCP_WINDOW_CLAMP: windowClamp,
  TCP_INFO: info,
  TCP_QUICKACK: quickAck,
  TCP_CONGESTION: congestion,
  TCP_THIN_LINEAR_TIMEOUTS: setting("thinLinearTimeouts"),
  TCP_THIN_DUPACK: { effect: "stored", get: () => false, set: () => 0 },
  TCP_USER_TIMEOUT: number("userTimeoutMs", 0, INT_MAX),
  TCP_SAVE_SYN: number("saveSyn", 0, 2),
  TCP_SAVED_SYN: tcp(readOnly(({ connection }) => connection?.takeSavedSyn() ?? NOTHING)),
  TCP_NOTSENT_LOWAT: tcp(
    integer(
      ({ settings }) => settings.notSentLowWaterBytes,
      ({ settings }, value) => {
        settings.notSentLowWaterBytes = value >>> 0;
        return 0;
      },
    ),
  ),
  TCP_RTO_MAX_MS: tcp(
    ranged(
      LEAST_RTO_MAX_MS,
      MOST_RTO_MAX_MS,
      ({ settings }) => settings.rtoMaxUs / 1000,
      ({ settings }, value) => void (settings.rtoMaxUs = value * 1000),
    ),
  ),
  TCP_RTO_MIN_US: number("rtoMinUs", 1, 200_000),
  TCP_DELACK_MAX_US: number("delayedAckMaxUs", 1, 200_000),
  ...fastOpenOptions,
  TCP_TX_DELAY: storedInteger("TCP_TX_DELAY", 0, 0),
  TCP_IS_MPTCP: readOnly(() => false),
};
