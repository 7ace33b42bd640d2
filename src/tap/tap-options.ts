import { AF_INET6 } from "../api/constants.ts";
import { invalidType, invalidValue, outOfRange } from "../api/errors.ts";
import type { StackOptions } from "../realtime/create-stack.ts";
import { checkDeviceName } from "./device-name.ts";
import { readHardwareAddress } from "./hardware-address.ts";
import { interfaceAddress } from "./interface-setup.ts";

/** RFC 791 §3.2 and RFC 8200 §5: the least that a link must carry. */
const LEAST_MTU = { ipv4: 68, ipv6: 1280 } as const;
const MOST_MTU = 0xffff;

/** How a stack is put on a device. All may be left out. */
export interface TapOptions extends Omit<StackOptions, "name"> {
  /**
   * The device: one that is there is taken, another is made, and goes with the close. With "%d" in it, or left out
   * ("tap%d"), the kernel puts a number.
   */
  readonly name?: string | undefined;
  /** Ethernet frames ("tap", unless given), or bare IP packets ("tun"). */
  readonly kind?: "tap" | "tun" | undefined;
  /** The stack's own addresses with their prefixes: "10.7.0.2/24", "fd00:7::2/64". */
  readonly addresses?: readonly string[] | undefined;
  /** Routers to everything else: one of IPv4, one of IPv6. */
  readonly gateway?: string | readonly string[] | undefined;
  /** Addresses that the machine's own end is given; it is made to carry packets. Needs CAP_NET_ADMIN. */
  readonly peerAddresses?: readonly string[] | undefined;
  /** The longest IP packet, for both ends; what the device has unless given. Needs CAP_NET_ADMIN where it differs. */
  readonly mtu?: number | undefined;
  /** The stack's Ethernet address: "02:00:00:00:00:02"; drawn unless given. */
  readonly hardwareAddress?: string | undefined;
  /** Whether checksums and the cutting of long TCP segments are left to the machine's kernel; true unless given. */
  readonly offload?: boolean | undefined;
  /** Whether the addresses are used only when nobody on the link turns out to have them: RFC 4862, RFC 5227. */
  readonly detectDuplicates?: boolean | undefined;
  /** Whether IPv6 addresses and routes are made of what routers on the link say: RFC 4862. */
  readonly autoconfigure?: boolean | undefined;
}

/** Refuses what is no option, before anything is opened. */
export function checkTapOptions(options: TapOptions): void {
  if (typeof options !== "object" || options === null) throw invalidType("options", "an object", options);
  const { name, kind = "tap", mtu, hardwareAddress } = options;
  if (name !== undefined) checkDeviceName(name);
  if (kind !== "tap" && kind !== "tun") throw invalidValue("kind", '"tap" or "tun"', kind);
  if (hardwareAddress !== undefined) readHardwareAddress(hardwareAddress);
  const addresses = [...listOf("addresses", options.addresses), ...listOf("peerAddresses", options.peerAddresses)];
  const isIpv6 = addresses.map(interfaceAddress).some(({ family }) => family === AF_INET6);
  for (const gateway of gatewaysOf(options)) checkGateway(gateway);
  const least = isIpv6 ? LEAST_MTU.ipv6 : LEAST_MTU.ipv4;
  if (mtu !== undefined && !(Number.isInteger(mtu) && mtu >= least && mtu <= MOST_MTU)) {
    throw outOfRange("mtu", `an integer from ${least} to ${MOST_MTU}`, mtu);
  }
}

/** The gateways as a list. */
export function gatewaysOf({ gateway = [] }: TapOptions): readonly string[] {
  return typeof gateway === "string" ? [gateway] : listOf("gateway", gateway);
}

function checkGateway(gateway: string): void {
  if (!gateway.includes("/")) interfaceAddress(gateway);
  else throw invalidValue("gateway", "an address without a prefix", gateway);
}

function listOf(argument: string, values: readonly string[] = []): readonly string[] {
  if (!Array.isArray(values) || !values.every((value) => typeof value === "string")) {
    throw invalidType(argument, "an array of addresses", values);
  }
  return values;
}
