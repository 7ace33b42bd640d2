import { spawnSync } from "node:child_process";
import { accessSync, constants as access, writeFileSync } from "node:fs";
import { IPPROTO_TCP, SO_PROTOCOL, SOL_SOCKET, SOL_TCP, TCP_CONGESTION } from "../api/constants.ts";
import type { Kernel } from "../api/kernel.ts";
import { isSystemError } from "../api/errors.ts";
import { createHost, type HostKernel } from "../host/host.ts";
import { NetworkNamespace } from "../host/network-namespace.ts";
import { setUpInterface } from "../tap/interface-setup.ts";
import { TunDevice } from "../tap/tun-device.ts";
import { wireVersion, type Settings } from "./run/settings.ts";
import type { Sniffer, Target, TargetKind } from "./run/target.ts";

/** A timer is a millisecond exact at best: the rest of a wait goes round the event loop. */
const TIMER_SLACK_US = 1500;
/** No sleep is longer, so that a thread that did not run is noticed: what came meanwhile was seen too late. */
const LONGEST_SLEEP_US = 5000;
/** What a call takes that does not have to wait, on a busy machine. */
const PROMPT_US = 500_000;
const INTERFACE = "tun0";
const nowUs = (): number => performance.now() * 1000;

/** The machine's own kernel, in a network namespace with a TUN device, in real time. Needs root. */
export const linuxKind: TargetKind = {
  name: "linux",
  isRealTime: true,
  unavailable() {
    if (process.platform !== "linux") return `the machine's kernel is ${process.platform}'s`;
    try {
      accessSync("/dev/net/tun", access.R_OK | access.W_OK);
      new NetworkNamespace().close();
      return undefined;
    } catch (error) {
      return isSystemError(error, "EPERM") ? "needs root, for a network of its own" : "needs /dev/net/tun";
    }
  },
  open: (settings, sniffer) => Promise.resolve(new LinuxTarget(settings, sniffer)),
};

/** The kernel of this thread, which all scripts share; their networks are their own. */
let host: HostKernel | undefined;

class LinuxTarget implements Target {
  readonly kernel: Kernel;
  readonly promptUs = PROMPT_US;
  readonly #namespace: NetworkNamespace = new NetworkNamespace();
  readonly #device: TunDevice;
  #latenessUs = 0;
  /** When the last wait ended. */
  #idleUs: number | undefined;
  #wake: (() => void) | undefined;

  constructor(settings: Settings, sniffer: Sniffer) {
    host ??= createHost();
    const kernel = host;
    // A socket belongs to the namespace that it is made in; every other call goes by its descriptor.
    this.kernel = { ...kernel, socket: (...args) => usualSocket(kernel, this.#namespace, args) };
    this.#device = this.#namespace.run(() => openDevice(kernel, settings));
    let batchUs: number | undefined;
    this.#device.receive({
      frame: (bytes) => {
        const atUs = nowUs();
        batchUs ??= atUs;
        this.#late(atUs - batchUs);
        sniffer(bytes.slice(), atUs);
        this.wake();
      },
      batchEnd: () => (batchUs = undefined),
    });
  }

  get latenessUs(): number {
    return this.#latenessUs;
  }

  nowUs(): number {
    return nowUs();
  }

  wake(): void {
    this.#wake?.();
  }

  async wait(untilUs: number, done: () => boolean): Promise<void> {
    // What the interpreter itself took since the last wait is lateness, too.
    if (this.#idleUs !== undefined) this.#late(nowUs() - this.#idleUs);
    await this.#waitUntil(untilUs, done);
    this.#idleUs = nowUs();
  }

  #late(us: number): void {
    this.#latenessUs = Math.max(this.#latenessUs, us);
  }

  async #waitUntil(untilUs: number, done: () => boolean): Promise<void> {
    for (;;) {
      // A turn of the event loop, so that what has happened is told.
      await new Promise((resolve) => setImmediate(resolve));
      const leftUs = untilUs - nowUs();
      if (done()) return;
      if (leftUs <= 0) {
        if (Number.isFinite(leftUs)) this.#late(-leftUs);
        return;
      }
      if (leftUs > TIMER_SLACK_US) await this.#sleep(Math.min(leftUs - TIMER_SLACK_US, LONGEST_SLEEP_US));
    }
  }

  /** Sleeps until then, or until something wakes it. A timer that is late tells how late the machine is. */
  async #sleep(us: number): Promise<void> {
    const dueUs = nowUs() + us;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, us / 1000);
    });
    clearTimeout(timer);
    this.#wake = undefined;
    this.#late(nowUs() - dueUs - TIMER_SLACK_US);
  }

  inject(packet: Uint8Array): void {
    this.#device.write(packet);
  }

  sysctl(name: string, value: string): string | undefined {
    try {
      this.#namespace.run(() => writeFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, value));
      return undefined;
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return `there is no sysctl ${name} in a network namespace`;
      return `the sysctl ${name} does not take "${value}": ${(error as Error).message}`;
    }
  }

  command(command: string): string | undefined {
    const { status, stderr, error } = this.#namespace.run(() =>
      spawnSync("/bin/sh", ["-e", "-c", command], { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] }),
    );
    if (error !== undefined) return error.message;
    return status === 0 ? undefined : `exit code ${status}${stderr === "" ? "" : `: ${stderr.trim()}`}`;
  }

  close(): Promise<void> {
    this.#device.close();
    this.#namespace.close();
    return Promise.resolve();
  }
}

/** What Linux derives from the machine's memory, as a machine with enough of it has it. */
const MEMORY_SETTINGS: Readonly<Record<string, string>> = {
  "net/ipv4/tcp_rmem": "4096 131072 6291456",
  "net/ipv4/tcp_wmem": "4096 16384 4194304",
};

/**
 * A socket of the namespace. Congestion control is Linux's usual one: which is the default is its owner's choice, and
 * can be changed for the whole machine alone.
 */
function usualSocket(host: HostKernel, namespace: NetworkNamespace, args: Parameters<Kernel["socket"]>): number {
  const fd = namespace.run(() => host.socket(...args));
  if (host.getsockopt(fd, SOL_SOCKET, SO_PROTOCOL) === IPPROTO_TCP) {
    host.setsockopt(fd, SOL_TCP, TCP_CONGESTION, "cubic");
  }
  return fd;
}

function openDevice(host: HostKernel, settings: Settings): TunDevice {
  const device = new TunDevice(host, { kind: "tun", name: INTERFACE });
  try {
    const bits = wireVersion(settings) === 4 ? 32 : 128;
    // In this thread, and so in the namespace: /proc/sys/net is the reader's own.
    for (const [name, value] of Object.entries(MEMORY_SETTINGS)) writeFileSync(`/proc/sys/${name}`, value);
    setUpInterface(host, "lo");
    setUpInterface(host, device.name, {
      mtu: settings.mtu,
      addresses: [`${settings.localAddress}/${settings.localPrefix}`],
      routes: [{ to: `${settings.remoteAddress}/${settings.remotePrefix === bits ? bits : settings.remotePrefix}` }],
    });
    return device;
  } catch (error) {
    device.close();
    throw error;
  }
}
