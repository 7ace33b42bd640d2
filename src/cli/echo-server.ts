import { unlinkSync } from "node:fs";
import { parseArgs } from "node:util";
import type { SocketAddress } from "../api/address.ts";
import { AI_PASSIVE, SOCK_DGRAM, SOCK_STREAM } from "../api/constants.ts";
import { addressText } from "../api/errors.ts";
import type { Kernel } from "../api/kernel.ts";
import { udpEchoServer } from "../programs/udp-echo-server.ts";
import { EXIT, type Command } from "./command.ts";
import { ECHO_PORT, portArgument, socketFile, unixArgument } from "./endpoint.ts";
import { liveTrace } from "./live-trace.ts";
import { SHAPES, startStreamServer, type Shape } from "./stream-server.ts";
import { networkArguments, NETWORK_HELP, NETWORK_OPTIONS, openNetwork, type CommandNetwork } from "./network.ts";
import { stopSignal } from "./stop-signal.ts";
import { oneOf, parsed, usageError, wholeNumber } from "./usage-error.ts";

const HELP = `Sends back what clients say, until Ctrl-C.

Usage: dialtone echo-server [port] [options]

  port                 default ${ECHO_PORT}; 0 picks a free one; a service's name will do
  --address A          a numeric address or a name; default 127.0.0.1; :: takes IPv6 and IPv4
  --shape SHAPE        ${SHAPES.join(", ")} (default concurrent)
  --workers N          how many threads or processes
  --udp                datagrams instead of a stream
  --unix PATH|@NAME    a Unix socket: a file, or a name in the abstract namespace; with --udp one of datagrams
  --trace              prints every call on stderr
  --json               for programs: {"listening":…} at the start, {"clients":…,"bytes":…} at the end

${NETWORK_HELP}

Examples:
  dialtone echo-server                         listening on 127.0.0.1:${ECHO_PORT} (tcp, concurrent)
  dialtone echo-server 0 --shape iterative     one client at a time, on a free port
  dialtone echo-server --address :: --udp
  dialtone echo-server --unix @echo
  sudo dialtone echo-server --tap tap0 --ip 10.7.0.2/24 --peer 10.7.0.1/24      then: nc 10.7.0.2 7007

Ctrl-C and SIGTERM refuse new clients, let those that are there finish for 2 seconds, and close everything.

Exit codes: 0 it was stopped, 1 it failed, 2 wrong usage, 130 a second Ctrl-C ended it at once.`;

/** Clients that are there when the server is told to stop have so long to finish. */
const STOP_DEADLINE_MS = 2000;

interface Settings {
  readonly address: SocketAddress;
  readonly udp: boolean;
  readonly shape: Shape;
  readonly workers: number | undefined;
  readonly json: boolean;
}

async function run(args: readonly string[]): Promise<number> {
  const stop = stopSignal();
  let network: CommandNetwork | undefined;
  try {
    const values = readArguments(args);
    network = await openNetwork(networkArguments(values.network));
    const settings = await settingsOf(network.kernel, values);
    const { kernel } = network;
    const traced = values.trace ? liveTrace(kernel, "server") : kernel;
    const serving = settings.udp
      ? serveDatagrams(traced, settings, stop.signal)
      : serveStreams(traced, settings, stop.stopped);
    await Promise.race([serving, network.failed]);
    return EXIT.ok;
  } finally {
    await network?.close();
    stop.release();
  }
}

type Values = ReturnType<typeof readArguments>;

function readArguments(args: readonly string[]) {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        address: { type: "string" },
        shape: { type: "string" },
        workers: { type: "string" },
        udp: { type: "boolean", default: false },
        unix: { type: "string" },
        trace: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        ...NETWORK_OPTIONS,
      },
    }),
  );
  const { udp, unix, json, trace } = values;
  const isOnDevice = networkArguments(values) !== undefined;
  if (positionals.length > 1) throw usageError(`one port at a time: "${positionals[1]}" is too many`);
  if (udp && values.shape !== undefined) throw usageError("--shape is for streams: datagrams have no connections");
  const shape = oneOf("--shape", values.shape ?? "concurrent", SHAPES);
  const hasWorkers = shape === "threads" || shape === "processes";
  if (hasWorkers && isOnDevice)
    throw usageError(`--shape ${shape} is for the machine's own kernel: a stack has one thread`);
  if (values.workers !== undefined && !hasWorkers) throw usageError("--workers needs --shape threads or processes");
  const workers = values.workers === undefined ? undefined : wholeNumber("--workers", values.workers, 1, 64);
  if (unix !== undefined && (positionals.length > 0 || values.address !== undefined || isOnDevice)) {
    throw usageError(`--unix stands instead of a port and an address${isOnDevice ? ", and of a device" : ""}`);
  }
  const port = portArgument(positionals[0], udp ? "udp" : "tcp");
  const name = values.address ?? ownAddress(values.ip);
  return { network: values, udp, unix, json, trace, shape, workers, port, name };
}

/** On a device the stack's address, or all of them when there are several; here the loopback's. */
function ownAddress(addresses: readonly string[] | undefined): string {
  if (addresses === undefined) return "127.0.0.1";
  return addresses.length === 1 ? (addresses[0]?.split("/")[0] ?? "::") : "::";
}

async function settingsOf(kernel: Kernel, values: Values): Promise<Settings> {
  const { udp, unix, json, shape, workers, port, name } = values;
  const address = unix === undefined ? await resolve(kernel, name, port, udp) : unixArgument(unix);
  return { address, udp, shape, workers, json };
}

async function resolve(kernel: Kernel, name: string, port: number, udp: boolean): Promise<SocketAddress> {
  const type = udp ? SOCK_DGRAM : SOCK_STREAM;
  const [first] = await kernel.getaddrinfo(name, port, { type, flags: AI_PASSIVE });
  if (first === undefined) throw usageError(`${name} has no address`);
  return first.address;
}

async function serveStreams(kernel: Kernel, settings: Settings, stopped: Promise<void>): Promise<void> {
  let lastError: unknown = new Error("the server closed by itself");
  const server = await startStreamServer(kernel, { ...settings, onError: (error) => (lastError = error) });
  try {
    sayListening(server.address, settings);
    await Promise.race([stopped, server.closed.then(() => Promise.reject(lastError as Error))]);
    await server.stop({ deadlineMs: STOP_DEADLINE_MS });
  } finally {
    await server.close();
    removeSocketFile(server.address);
  }
  const { accepted, bytesWritten } = server.stats();
  sayNumbers(accepted, bytesWritten, settings);
}

async function serveDatagrams(kernel: Kernel, settings: Settings, signal: AbortSignal): Promise<void> {
  let bound: SocketAddress | undefined;
  try {
    const listening = (address: SocketAddress): void => {
      bound = address;
      sayListening(address, settings);
    };
    const { clients, bytes } = await udpEchoServer(kernel, settings.address, { signal, listening });
    sayNumbers(clients, bytes, settings);
  } finally {
    if (bound !== undefined) removeSocketFile(bound);
  }
}

function sayListening(address: SocketAddress, { udp, shape, json }: Settings): void {
  const text = addressText(address);
  const isUnix = "path" in address;
  if (json) {
    const kind = { protocol: isUnix ? "unix" : udp ? "udp" : "tcp", type: udp ? "datagram" : "stream" };
    const listening = { address: text, ...("port" in address ? { port: address.port } : {}), ...kind };
    console.log(JSON.stringify({ listening: udp ? listening : { ...listening, shape } }));
    return;
  }
  const kind = isUnix ? (udp ? "unix datagram" : "unix stream") : udp ? "udp" : "tcp";
  console.log(`listening on ${text} (${udp ? kind : `${kind}, ${shape}`})`);
}

function sayNumbers(clients: number, bytes: number, { udp, json }: Settings): void {
  if (json) {
    console.log(JSON.stringify(udp ? { datagrams: clients, bytes } : { clients, bytes }));
    return;
  }
  const what = udp ? "datagram" : "client";
  console.log(`${clients} ${what}${clients === 1 ? "" : "s"}, ${bytes} byte${bytes === 1 ? "" : "s"} sent back`);
}

/** The kernel leaves the file of a Unix socket behind. */
function removeSocketFile(address: SocketAddress): void {
  const path = socketFile(address);
  if (path === undefined) return;
  try {
    unlinkSync(path);
  } catch {
    // Somebody else has removed it.
  }
}

/** `dialtone echo-server`: the textbook's server, in four shapes. */
export const echoServer: Command = {
  name: "echo-server",
  summary: "sends back what clients say, in one of four shapes",
  help: HELP,
  run,
};
