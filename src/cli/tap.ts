import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Kernel } from "../api/kernel.ts";
import type { TapNetwork } from "../tap/tap-network.ts";
import type { TapOptions } from "../tap/tap-options.ts";
import { EXIT, type Command } from "./command.ts";
import { liveTrace } from "./live-trace.ts";
import { DEVICE_HELP, networkArguments, NETWORK_OPTIONS, openNetwork } from "./network.ts";
import { stopSignal } from "./stop-signal.ts";
import { parsed, usageError } from "./usage-error.ts";

const HELP = `Puts a TCP/IP stack in TypeScript on a TAP device: it answers ping, and a program may run on it.

Usage: dialtone tap <device> --ip ADDRESS/PREFIX [options] [-- <module> [arguments]]

  device               is made when it is not there, and goes with the command; one that is there is taken, and stays
  module               a JavaScript file whose default export is (kernel, ...arguments) => Promise; without one the
                       stack answers ping, and refuses connections, until Ctrl-C
${DEVICE_HELP}
  --tun                the device carries IP packets, and not Ethernet frames
  --trace              prints every call of the program on stderr
  --json               for programs: {"device":…} at the start, {"received":…,"sent":…} at the end

Making a device needs CAP_NET_ADMIN. One that root has made for you does not:
  sudo ip tuntap add dev tap0 mode tap user $USER
  sudo ip address add 10.7.0.1/24 dev tap0; sudo ip link set tap0 up

Examples:
  sudo dialtone tap tap0 --ip 10.7.0.2/24 --peer 10.7.0.1/24       then: ping 10.7.0.2
  dialtone tap tap0 --ip 10.7.0.2/24 -- ./server.js 80            then: curl http://10.7.0.2/
  sudo dialtone echo-server --tap tap0 --ip 10.7.0.2/24 --peer 10.7.0.1/24

Exit codes: 0 it was stopped or the program is done, 1 it failed (the reason is on stderr), 2 wrong usage, 130 a second
Ctrl-C ended it at once.`;

interface Settings {
  readonly options: TapOptions;
  readonly program: readonly string[];
  readonly trace: boolean;
  readonly json: boolean;
}

type Program = (kernel: Kernel, ...args: string[]) => unknown;

async function run(args: readonly string[]): Promise<number> {
  const { options, program: words, trace, json } = readArguments(args);
  const [module, ...rest] = words;
  const program = module === undefined ? undefined : await load(module);
  const stop = stopSignal();
  const network = await openNetwork(options).catch((error: unknown) => {
    stop.release();
    throw error;
  });
  try {
    const { kernel, device } = network;
    device?.ref();
    if (device !== undefined) sayDevice(device, options, json);
    const running = program === undefined ? undefined : program(trace ? liveTrace(kernel, "program") : kernel, ...rest);
    await Promise.race([stop.stopped, network.failed, ...(running === undefined ? [] : [Promise.resolve(running)])]);
    if (device !== undefined) sayNumbers(device, json);
    return EXIT.ok;
  } finally {
    await network.close();
    stop.release();
  }
}

function readArguments(args: readonly string[]): Settings {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const program = end < 0 ? [] : args.slice(end + 1);
  if (end >= 0 && program.length === 0) throw usageError("which module shall run? -- ./server.js");
  const { tap: _tap, ...options } = NETWORK_OPTIONS;
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...before],
      allowPositionals: true,
      options: {
        ...options,
        tun: { type: "boolean", default: false },
        trace: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    }),
  );
  const [device, ...more] = positionals;
  if (device === undefined) throw usageError("which device? dialtone tap tap0 --ip 10.7.0.2/24");
  if (more.length > 0) throw usageError(`"${more[0]}" is too many: a program comes after --`);
  const { tun, trace, json, ...rest } = values;
  const stack = networkArguments(tun ? { ...rest, tun: device } : { ...rest, tap: device });
  if (stack === undefined) throw usageError("which device?");
  return { options: stack, program, trace, json };
}

async function load(path: string): Promise<Program> {
  const loaded = (await import(pathToFileURL(resolve(path)).href)) as { readonly default?: unknown };
  if (typeof loaded.default === "function") return loaded.default as Program;
  throw usageError(`${path} has no default export that is a function (kernel, ...arguments)`);
}

function sayDevice({ name }: TapNetwork, { addresses = [] }: TapOptions, json: boolean): void {
  if (json) console.log(JSON.stringify({ device: name, addresses }));
  else console.log(`a stack on ${name}: ${addresses.join(", ")}`);
}

function sayNumbers(device: TapNetwork, json: boolean): void {
  const { receivedPackets: received, sentPackets: sent } = device.interface.counters;
  if (json) console.log(JSON.stringify({ received, sent }));
  else console.log(`${received} frame${received === 1 ? "" : "s"} came, ${sent} left`);
}

/** `dialtone tap`: a stack on a device, and a program on it. */
export const tapCommand: Command = {
  name: "tap",
  summary: "a TCP/IP stack in TypeScript on a TAP device",
  help: HELP,
  run,
};
