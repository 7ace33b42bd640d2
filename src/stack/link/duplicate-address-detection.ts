import type { StackContext } from "../context.ts";
import type { Addresses, DuplicateDetection } from "../ip/addresses.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";
import { type InterfaceAddress, TENTATIVE } from "./interface-address.ts";
import type { Interface } from "./interface.ts";

/** RFC 5227 §1.1: PROBE_WAIT, PROBE_NUM, PROBE_MIN to PROBE_MAX, ANNOUNCE_WAIT. */
const IPV4_WAIT_US = 1_000_000;
const IPV4_PROBES = 3;
const IPV4_PROBE_MIN_US = 1_000_000;
const IPV4_PROBE_SPREAD_US = 1_000_000;
const IPV4_LAST_WAIT_US = 2_000_000;
/** RFC 5227 §1.1: ANNOUNCE_NUM, ANNOUNCE_INTERVAL, DEFEND_INTERVAL. */
const ANNOUNCEMENTS = 2;
const ANNOUNCE_US = 2_000_000;
const DEFEND_US = 10_000_000;
/** RFC 4862 §5.4.2: MAX_RTR_SOLICITATION_DELAY; §5.1: DupAddrDetectTransmits; RFC 4861 §10: RETRANS_TIMER. */
const IPV6_WAIT_US = 1_000_000;
const IPV6_PROBES = 1;
const IPV6_PROBE_US = 1_000_000;

/** How a link asks who has an address, and tells whose it is. */
export interface AddressProber {
  /** Asks without saying who asks: an ARP probe, a solicitation from the unspecified address. */
  probe(iface: Interface, own: InterfaceAddress): void;
  /** Tells everybody that the address is this machine's. */
  announce(iface: Interface, own: InterfaceAddress): void;
}

/** An address that is being looked at. */
class Detection implements TimerOwner {
  readonly iface: Interface;
  readonly own: InterfaceAddress;
  readonly timer: Timer;
  probes = 0;
  announcements = 0;
  defendedUs = -Infinity;
  readonly #expired: (detection: Detection) => void;

  constructor(iface: Interface, own: InterfaceAddress, expired: (detection: Detection) => void) {
    this.iface = iface;
    this.own = own;
    this.timer = new Timer(this);
    this.#expired = expired;
  }

  expired(): void {
    this.#expired(this);
  }
}

/**
 * Whether somebody else on the link has an address: RFC 5227 for IPv4, RFC 4862 §5.4 for IPv6. It looks before the
 * address is used, and listens ever after; an address in use is defended, and kept (RFC 5227 §2.4 c).
 */
export class DuplicateAddressDetection implements DuplicateDetection {
  /** Conflicts that were seen, over an address in use or one that was not to be. */
  conflicts = 0;
  readonly #context: StackContext;
  readonly #addresses: Addresses;
  readonly #prober: AddressProber;
  readonly #detections: Map<InterfaceAddress, Detection> = new Map();

  constructor(context: StackContext, addresses: Addresses, prober: AddressProber) {
    this.#context = context;
    this.#addresses = addresses;
    this.#prober = prober;
  }

  begin(iface: Interface, own: InterfaceAddress): void {
    const detection = this.#open(iface, own);
    const waitUs = own.address.version === 4 ? IPV4_WAIT_US : IPV6_WAIT_US;
    this.#setTimer(detection, this.#upTo(waitUs));
  }

  end(own: InterfaceAddress): void {
    const detection = this.#detections.get(own);
    if (detection === undefined) return;
    this.#context.timers.remove(detection.timer);
    this.#detections.delete(own);
  }

  /** Somebody else uses an address of an interface, or (`isProbe`) wants to know whether he may. */
  conflict(iface: Interface, own: InterfaceAddress, isProbe: boolean): void {
    if (own.state === TENTATIVE) {
      this.conflicts++;
      this.end(own);
      this.#addresses.refuse(iface, own);
    } else if (own.isAssigned && !isProbe) this.#defend(iface, own);
  }

  /** RFC 5227 §2.4 b and c: one announcement, unless there was one of late. */
  #defend(iface: Interface, own: InterfaceAddress): void {
    this.conflicts++;
    const detection = this.#detections.get(own) ?? this.#open(iface, own);
    if (detection.defendedUs + DEFEND_US > this.#context.nowUs) return;
    detection.defendedUs = this.#context.nowUs;
    this.#prober.announce(iface, own);
  }

  #open(iface: Interface, own: InterfaceAddress): Detection {
    const detection = new Detection(iface, own, (expired) => this.#expired(expired));
    this.#detections.set(own, detection);
    return detection;
  }

  #expired(detection: Detection): void {
    const { iface, own } = detection;
    if (own.address.version === 4) return this.#expired4(detection);
    if (detection.probes < IPV6_PROBES) {
      detection.probes++;
      this.#setTimer(detection, IPV6_PROBE_US);
      this.#prober.probe(iface, own);
    } else this.#addresses.assign(iface, own);
  }

  #expired4(detection: Detection): void {
    const { iface, own } = detection;
    if (detection.probes < IPV4_PROBES) {
      detection.probes++;
      const isLast = detection.probes === IPV4_PROBES;
      this.#setTimer(detection, isLast ? IPV4_LAST_WAIT_US : IPV4_PROBE_MIN_US + this.#upTo(IPV4_PROBE_SPREAD_US));
      this.#prober.probe(iface, own);
      return;
    }
    if (detection.announcements === 0) this.#addresses.assign(iface, own);
    detection.announcements++;
    if (detection.announcements < ANNOUNCEMENTS) this.#setTimer(detection, ANNOUNCE_US);
    this.#prober.announce(iface, own);
  }

  #setTimer(detection: Detection, us: number): void {
    this.#context.timers.set(detection.timer, this.#context.nowUs + us);
  }

  #upTo(us: number): number {
    return (this.#context.random.uint32() / 2 ** 32) * us;
  }
}
