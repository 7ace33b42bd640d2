import { parseArgs } from "node:util";
import type { SocketAddress } from "../api/address.ts";
import { SOCK_DGRAM, SOCK_STREAM } from "../api/constants.ts";
import { addressText, isSystemError } from "../api/errors.ts";
import type { Kernel } from "../api/kernel.ts";
import { tcpEchoClient } from "../programs/tcp-echo-client.ts";
import { udpEchoClient } from "../programs/udp-echo-client.ts";
import type { TapOptions } from "../tap/tap-options.ts";
import { EXIT, type Command } from "./command.ts";
import { ECHO_PORT, portArgument, unixArgument } from "./endpoint.ts";
import { liveTrace } from "./live-trace.ts";
import { networkArguments, NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "./network.ts";
import { parsed, usageError, wholeNumber } from "./usage-error.ts";

const DEFAULT_TIMEOUT_MS = 5000;
const LONGEST_TIMEOUT_MS = 0x7fffffff;

const HELP = `Says a word to an echo server and prints what comes back.

Usage: dialtone echo-client <server> <word> [port] [options]
       dialtone echo-client --unix PATH|@NAME <word> [options]

  server               a name or a numeric address
  port                 default ${ECHO_PORT}; a service's name will do
  --udp                one datagram instead of a stream
  --unix PATH|@NAME    a Unix socket: a file, or a name in the abstract namespace; with --udp one of datagrams
  --timeout MS         how long to wait for the answer (default ${DEFAULT_TIMEOUT_MS}; 0 waits for ever)
  --trace              prints every call on stderr
  --json               for programs: {"server":…,"sent":…,"received":…,"bytes":…}

${NETWORK_HELP}

Examples:
  dialtone echo-client localhost hello
  dialtone echo-client 192.0.2.7 "two words" 7 --timeout 1000
  dialtone echo-client ::1 hello --udp
  dialtone echo-client --unix @echo hello
  sudo dialtone echo-client 10.7.0.1 hello --tap tap0 --ip 10.7.0.2/24 --peer 10.7.0.1/24

Exit codes: 0 the word came back, 1 it did not (the reason is on stderr), 2 wrong usage.`;

interface Settings {
  readonly word: string;
  readonly udp: boolean;
  readonly timeoutMs: number;
  readonly json: boolean;
  /** Where the server may be found, told to the kernel that is used. */
  readonly find: (kernel: Kernel, signal: AbortSignal | undefined) => Promise<readonly SocketAddress[]>;
}

async function run(args: readonly string[]): Promise<number> {
  const { settings, trace, device } = readArguments(args);
  const network = await openNetwork(device);
  try {
    const { kernel } = network;
    return await Promise.race([say(trace ? liveTrace(kernel, "client") : kernel, settings), network.failed]);
  } finally {
    await network.close();
  }
}

async function say(kernel: Kernel, settings: Settings): Promise<number> {
  const { word, udp, timeoutMs, json } = settings;
  const signal = timeoutMs === 0 ? undefined : AbortSignal.timeout(timeoutMs);
  let server: SocketAddress | undefined;
  try {
    const dialled = await dialEach(await settings.find(kernel, signal), async (address) => {
      server = address;
      return (udp ? udpEchoClient : tcpEchoClient)(kernel, address, new TextEncoder().encode(word), { signal });
    });
    return sayAnswer(word, dialled, server, json);
  } catch (error) {
    if (signal?.aborted !== true) throw withServer(error, server);
    const from = server === undefined ? "" : ` from ${addressText(server)}`;
    throw new Error(`no answer${from} within ${timeoutMs} ms`, { cause: error });
  }
}

function readArguments(args: readonly string[]): {
  settings: Settings;
  trace: boolean;
  device: TapOptions | undefined;
} {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        udp: { type: "boolean", default: false },
        unix: { type: "string" },
        timeout: { type: "string", default: String(DEFAULT_TIMEOUT_MS) },
        trace: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        ...NETWORK_OPTIONS,
      },
    }),
  );
  const { udp, unix, json, trace } = values;
  const device = networkArguments(values);
  if (device !== undefined && unix !== undefined) throw usageError("--unix stands instead of a device");
  const timeoutMs = wholeNumber("--timeout", values.timeout, 0, LONGEST_TIMEOUT_MS);
  const words = unix === undefined ? positionals : ["", ...positionals];
  const [server, word, portText, ...more] = words;
  if (server === undefined || word === undefined) {
    throw usageError(server === undefined ? "which server, and which word?" : "which word shall be sent?");
  }
  if (more.length > 0 || (unix !== undefined && portText !== undefined)) {
    throw usageError(`"${words.at(-1)}" is too many: a word with spaces goes into quotation marks`);
  }
  const common = { word, udp, timeoutMs, json };
  if (unix !== undefined) {
    const address = unixArgument(unix);
    return { settings: { ...common, find: async () => [address] }, trace, device };
  }
  const port = portArgument(portText, udp ? "udp" : "tcp");
  if (port === 0) throw usageError("nobody can be called at port 0");
  const find: Settings["find"] = async (kernel, signal) => {
    const found = await kernel.getaddrinfo(server, port, { type: udp ? SOCK_DGRAM : SOCK_STREAM, signal });
    return found.map((one) => one.address);
  };
  return { settings: { ...common, find }, trace, device };
}

/** Tries the addresses of a name one after the other, until a connection is made. */
async function dialEach<T>(
  addresses: readonly SocketAddress[],
  dial: (address: SocketAddress) => Promise<T>,
): Promise<T> {
  let reason: unknown;
  for (const address of addresses) {
    try {
      return await dial(address);
    } catch (error) {
      reason = error;
      if (!isUnreachable(error)) throw error;
    }
  }
  throw reason;
}

/** Nobody was reached: a datagram's refusal is told by the call after it, not by `connect`. */
function isUnreachable(error: unknown): boolean {
  return isSystemError(error) && (error.code === "ECONNREFUSED" || ["connect", "socket"].includes(error.syscall));
}

/** The reason, with the server that it is about: only `connect` and `bind` name it themselves. */
function withServer(error: unknown, server: SocketAddress | undefined): unknown {
  if (!isSystemError(error) || server === undefined || error.message.includes(addressText(server))) return error;
  return new Error(`${error.message} ${addressText(server)}`, { cause: error });
}

function sayAnswer(word: string, bytes: Uint8Array, server: SocketAddress | undefined, json: boolean): number {
  const received = new TextDecoder().decode(bytes);
  const where = server === undefined ? "" : addressText(server);
  if (json) console.log(JSON.stringify({ server: where, sent: word, received, bytes: bytes.length }));
  else console.log(received);
  if (received === word) return EXIT.ok;
  throw new Error(`${where} sent back something else than "${word}"`);
}

/** `dialtone echo-client`: the textbook's client. */
export const echoClient: Command = {
  name: "echo-client",
  summary: "says a word to an echo server, prints what comes back",
  help: HELP,
  run,
};
