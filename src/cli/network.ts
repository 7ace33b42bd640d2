import { networkInterfaces } from "node:os";
import type { Kernel } from "../api/kernel.ts";
import { createHost } from "../host/host.ts";
import type { TapNetwork } from "../tap/tap-network.ts";
import type { TapOptions } from "../tap/tap-options.ts";
import { tap } from "../tap/tap.ts";
import { usageError, wholeNumber } from "./usage-error.ts";

interface Word {
  readonly type: "string";
}
interface Words extends Word {
  readonly multiple: true;
}

/** The options of commands that run on the machine's own kernel, or on a stack of their own: node:util's parseArgs. */
export const NETWORK_OPTIONS: {
  readonly tap: Word;
  readonly tun: Word;
  readonly ip: Words;
  readonly peer: Words;
  readonly gateway: Words;
  readonly mtu: Word;
  readonly "no-offload": { readonly type: "boolean"; readonly default: false };
} = {
  tap: { type: "string" },
  tun: { type: "string" },
  ip: { type: "string", multiple: true },
  peer: { type: "string", multiple: true },
  gateway: { type: "string", multiple: true },
  mtu: { type: "string" },
  "no-offload": { type: "boolean", default: false },
};

/** What `--help` says of them, but for --tap and --tun. */
export const DEVICE_HELP: string = `\
  --ip ADDRESS/PREFIX  an address of the stack, such as 10.7.0.2/24; more than once for several
  --peer ADDRESS/PREFIX  an address that the machine's end of the device is given, such as 10.7.0.1/24
  --gateway ADDRESS    the router to everything else
  --mtu BYTES          the longest IP packet; what the device has unless given
  --no-offload         checksums and the cutting of segments are made here, not by the machine's kernel`;

/** The same in short, for commands that need no device. */
export const NETWORK_HELP: string = `On a stack in TypeScript, on a device, instead of the machine's own kernel:
  --tap NAME           an Ethernet device, made when it is not there (needs CAP_NET_ADMIN); --tun: one of IP packets
  --ip ADDRESS/PREFIX  an address of the stack; --peer ADDRESS/PREFIX: one for the machine's end
  --gateway, --mtu, --no-offload: see dialtone tap --help`;

/** Their values. */
export interface NetworkValues {
  readonly tap?: string | undefined;
  readonly tun?: string | undefined;
  readonly ip?: readonly string[] | undefined;
  readonly peer?: readonly string[] | undefined;
  readonly gateway?: readonly string[] | undefined;
  readonly mtu?: string | undefined;
  readonly "no-offload": boolean;
}

const MOST_MTU = 65_535;

/** Reads them: how a stack is put on a device; undefined for the machine's own kernel. */
export function networkArguments(values: NetworkValues): TapOptions | undefined {
  const { tap: ethernet, tun, ip = [], peer = [], gateway = [], mtu } = values;
  if (ethernet !== undefined && tun !== undefined) throw usageError("--tap and --tun are two: one device at a time");
  const name = ethernet ?? tun;
  if (name === undefined) {
    const given = (["ip", "peer", "gateway", "mtu"] as const).find((option) => values[option] !== undefined);
    const lonely = given ?? (values["no-offload"] ? "no-offload" : undefined);
    if (lonely !== undefined) throw usageError(`--${lonely} is for a stack on a device: --tap NAME`);
    return undefined;
  }
  if (ip.length === 0) throw usageError("which address shall the stack have? --ip 10.7.0.2/24");
  for (const address of [...ip, ...peer]) {
    if (!address.includes("/")) throw usageError(`an address needs its prefix: ${address}/${prefixOf(address)}`);
  }
  return {
    name,
    kind: tun === undefined ? "tap" : "tun",
    addresses: ip,
    peerAddresses: peer,
    gateway,
    offload: !values["no-offload"],
    mtu: mtu === undefined ? undefined : wholeNumber("--mtu", mtu, 68, MOST_MTU),
  };
}

const prefixOf = (address: string): number => (address.includes(":") ? 64 : 24);

/** What a command runs on. */
export interface CommandNetwork {
  readonly kernel: Kernel;
  /** A stack on a device; undefined for the machine's own kernel. */
  readonly device: TapNetwork | undefined;
  /** Rejects when the device fails; otherwise it never settles. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** Opens it: the machine's own kernel, or a device. What the reader has to do besides is said on stderr. */
export async function openNetwork(options: TapOptions | undefined): Promise<CommandNetwork> {
  if (options === undefined) {
    return {
      kernel: createHost(),
      device: undefined,
      failed: new Promise(() => undefined),
      close: async () => undefined,
    };
  }
  let device: TapNetwork;
  try {
    device = await tap(options);
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("ERR_")) throw usageError((error as Error).message);
    throw error;
  }
  for (const line of missingPeers(device.name, options)) console.error(line);
  const failed = device.closed.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  return { kernel: device.kernel, device, failed, close: () => device.close() };
}

/** The machine's end needs an address in each of the stack's networks, or nobody there knows the way. */
function missingPeers(name: string, { addresses = [] }: TapOptions): string[] {
  const own = (networkInterfaces()[name] ?? []).filter(({ address }) => !/^fe[89ab]/.test(address));
  return addresses
    .filter((text) => !own.some(({ family }) => family === (text.includes(":") ? "IPv6" : "IPv4")))
    .map((text) => `the machine's end has no address yet: ip address add ${neighbourOf(text)} dev ${name} (or --peer)`);
}

/** Another address of the same network: the last part is 1, or 2. */
function neighbourOf(text: string): string {
  const [address = "", prefix] = text.split("/");
  const [, head = "", last] = /^(.*[.:])([^.:]*)$/.exec(address) ?? [];
  return `${head}${last === "1" ? "2" : "1"}/${prefix}`;
}
