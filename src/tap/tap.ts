import { isSystemError, systemError } from "../api/errors.ts";
import { createHost, type HostKernel } from "../host/host.ts";
import { SystemRandom } from "../realtime/random.ts";
import { RealTime } from "../realtime/real-time.ts";
import { HostedStack } from "../stack/hosted-stack.ts";
import { DUPLICATE, TENTATIVE } from "../stack/link/interface-address.ts";
import { drawHardwareAddress, linkLocalOf, readHardwareAddress } from "./hardware-address.ts";
import { interfaceMtu } from "./interface-mtu.ts";
import { setUpInterface } from "./interface-setup.ts";
import { StackDevice } from "./stack-device.ts";
import { TapNetwork } from "./tap-network.ts";
import { checkTapOptions, gatewaysOf, type TapOptions } from "./tap-options.ts";
import { TunDevice } from "./tun-device.ts";

/** How often it is looked whether an address is in use yet. */
const LOOK_MS = 20;

/**
 * A TCP/IP stack of its own on a TAP or TUN device of the machine, in real time: the machine's kernel, and whoever it
 * passes packets on for, talk to it. Its kernel has the calls of every kernel.
 *
 * Resolves when the addresses can be used. It keeps the program alive while somebody waits on a socket, as `host` does.
 * Linux alone; making a device needs CAP_NET_ADMIN, one that was made for the user does not (`ip tuntap add dev tap0
 * mode tap user $USER`).
 *
 * Errors: EPERM (no privilege), EBUSY (another program has the device), ENOENT, ENODEV (there is no /dev/net/tun),
 * EINVAL (another kind of interface has the name), EADDRINUSE (with `detectDuplicates`: somebody has an address),
 * ENETUNREACH (no address reaches the gateway); ERR_INVALID_ARG_VALUE, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE for
 * options; ERR_NOT_SUPPORTED on other systems.
 *
 * @example
 * import { tap } from "dialtone/tap";
 * await using network = await tap({ name: "tap0", addresses: ["10.7.0.2/24"], peerAddresses: ["10.7.0.1/24"] });
 * const { kernel } = network; // ping 10.7.0.2
 */
export async function tap(options: TapOptions = {}): Promise<TapNetwork> {
  checkTapOptions(options);
  const host = createHost();
  const { kind = "tap", offload = true } = options;
  const tun = new TunDevice(host, { kind, name: options.name ?? `${kind}%d`, offload });
  let network: TapNetwork | undefined;
  try {
    setUpMachine(host, tun.name, options);
    network = attach(host, tun, options);
    if (options.detectDuplicates === true) await untilUsable(network);
    return network;
  } catch (error) {
    if (network === undefined) tun.close();
    else await network.close({ deadlineMs: 0 });
    throw error;
  }
}

/** The machine's own end. */
function setUpMachine(host: HostKernel, name: string, { mtu, peerAddresses = [] }: TapOptions): void {
  const newMtu = mtu === interfaceMtu(host, name) ? undefined : mtu;
  try {
    setUpInterface(host, name, { mtu: newMtu, addresses: peerAddresses });
  } catch (error) {
    // Whoever may use the device and not change it has it set up by somebody else.
    if (!isSystemError(error, "EPERM") || newMtu !== undefined || peerAddresses.length > 0) throw error;
  }
}

function attach(host: HostKernel, tun: TunDevice, options: TapOptions): TapNetwork {
  const random = options.random ?? new SystemRandom();
  const pace = new RealTime();
  const stack = new HostedStack({ ...options, random, pace, name: "stack" });
  pace.attach(stack);
  const isEthernet = tun.kind === "tap";
  const given = options.hardwareAddress;
  const hardwareAddress = given === undefined ? drawHardwareAddress(random) : readHardwareAddress(given);
  const device = new StackDevice(tun, stack.stack.context.pool, {
    mtu: interfaceMtu(host, tun.name),
    hardwareAddress: isEthernet ? hardwareAddress : undefined,
  });
  const { addresses = [], detectDuplicates = false, autoconfigure = false } = options;
  const needsLinkLocal = isEthernet && addresses.some((text) => text.includes(":")) && !addresses.some(isLinkLocal);
  const iface = stack.attach(device, {
    name: tun.name,
    addresses: needsLinkLocal ? [linkLocalOf(hardwareAddress), ...addresses] : addresses,
    detectDuplicates,
    autoconfigure,
  });
  for (const gateway of gatewaysOf(options)) stack.addDefaultRoute(gateway, isEthernet ? undefined : iface);
  return new TapNetwork(stack, tun, device, iface);
}

const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address);

/** Waits until nobody has turned out to have one of the addresses. */
async function untilUsable({ interface: { addresses }, kernel }: TapNetwork): Promise<void> {
  for (;;) {
    const taken = addresses.find(({ state }) => state === DUPLICATE);
    if (taken !== undefined) {
      throw systemError("tap", "EADDRINUSE", undefined, `somebody on the link has ${taken.address.toString()}`);
    }
    if (!addresses.some(({ state }) => state === TENTATIVE)) return;
    await kernel.clock.sleep(LOOK_MS);
  }
}
