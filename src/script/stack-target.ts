import type { Kernel } from "../api/kernel.ts";
import { HostedStack } from "../stack/hosted-stack.ts";
import type { Device } from "../stack/link/device.ts";
import type { Interface } from "../stack/link/interface.ts";
import { HEADROOM, type Packet } from "../stack/packet.ts";
import { wireVersion, type Settings } from "./run/settings.ts";
import type { Sniffer, Target, TargetKind } from "./run/target.ts";
import { setStackSysctl, sysctlsOf } from "./stack-sysctl.ts";
import { SeededRandom, VirtualTime } from "./virtual-time.ts";

/** dialtone's own TCP/IP stack, on a virtual clock: a script takes no time, and goes the same way each time. */
export const stackKind: TargetKind = {
  name: "stack",
  isRealTime: false,
  unavailable: () => undefined,
  open: (settings, sniffer) => Promise.resolve(new StackTarget(settings, sniffer)),
};

class StackTarget implements Target {
  readonly kernel: Kernel;
  /** Time stands still while a call is made. */
  readonly promptUs = 0;
  readonly latenessUs = 0;
  readonly #time: VirtualTime = new VirtualTime();
  readonly #stack: HostedStack;
  readonly #interface: Interface;

  constructor(settings: Settings, sniffer: Sniffer) {
    this.#stack = new HostedStack({ pace: this.#time, random: new SeededRandom() });
    this.#time.attach(this.#stack);
    this.kernel = this.#stack.kernel;
    const { localAddress, localPrefix } = settings;
    this.#interface = this.#stack.attach(this.#device(settings, sniffer), {
      name: "tun0",
      addresses: [`${localAddress}/${localPrefix}`],
    });
    const gateway = wireVersion(settings) === 4 ? "192.168.0.254" : "fd3d:a0b:17d6::fe";
    this.#stack.addDefaultRoute(gateway, this.#interface);
  }

  #device({ mtu }: Settings, sniffer: Sniffer): Device {
    return {
      kind: "ip",
      mtu,
      offload: { checksum: false, segmentation: false },
      transmit: (packet: Packet) => {
        sniffer(packet.bytes.slice(packet.start, packet.end), this.#time.nowUs());
        packet.release();
      },
    };
  }

  nowUs(): number {
    return this.#time.nowUs();
  }

  wake(): void {
    // Nobody sleeps: `done` is looked at after each step.
  }

  wait(untilUs: number, done: () => boolean): Promise<void> {
    return this.#time.advance(untilUs, done);
  }

  inject(bytes: Uint8Array): void {
    const packet = this.#stack.stack.context.pool.allocate(bytes.length);
    if (packet === undefined) return;
    packet.bytes.set(bytes, HEADROOM);
    packet.end = HEADROOM + bytes.length;
    this.#stack.receive(this.#interface, packet);
  }

  /** Sockets that are made afterwards have it. */
  sysctl(name: string, value: string): string | undefined {
    return setStackSysctl(this.#stack.tcp.defaults, name, value);
  }

  /** Of the shell's commands a stack knows sysctl(8). */
  command(command: string): string | undefined {
    const sysctls = sysctlsOf(command);
    if (sysctls === undefined) return `a stack has no shell: ${command}`;
    for (const [name, value] of sysctls) {
      const fault = this.sysctl(name, value);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
