import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import {
  AF_ALG,
  AF_INET,
  AF_PACKET,
  AF_VSOCK,
  host,
  IPPROTO_ICMP,
  isSystemError,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../src/index.ts";
import type { Capability, KernelUnderTest } from "./kernels.ts";

/** The machine's Linux kernel. */
export const hostUnderTest: KernelUnderTest = {
  name: "host",
  lacks: whatIsMissing(),
  async make() {
    // The engine's own descriptors are there before a test counts.
    await host.poll([], 1);
    return { kernel: host, openDescriptors, identity, close: () => Promise.resolve() };
  },
};

function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>();
  for (const name of readdirSync("/proc/self/fd")) {
    const what = identity(Number(name));
    if (what !== undefined) open.set(Number(name), what);
  }
  return open;
}

function identity(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).replace(/ \(deleted\)$/, "");
  } catch {
    return undefined; // The descriptor that read the folder, for one.
  }
}

function whatIsMissing(): Partial<Record<Capability, string>> {
  const root = process.getuid?.() === 0;
  const whyNoNamespaces = root ? "network namespaces cannot be made here" : "needs root";
  const ipv6 = existsSync("/proc/net/if_inet6") && readFileSync("/proc/net/if_inet6", "latin1").includes(" lo");
  return {
    ...(root ? {} : { root: "needs root" }),
    ...(opens(AF_INET, SOCK_RAW, IPPROTO_ICMP) ? {} : { raw: "needs CAP_NET_RAW" }),
    ...(opens(AF_PACKET, SOCK_RAW, 0) ? {} : { packet: "needs CAP_NET_RAW" }),
    ...(ipv6 ? {} : { ipv6: "the machine has no IPv6 loopback" }),
    ...(opens(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) ? {} : { ping: "net.ipv4.ping_group_range refuses" }),
    ...(opens(AF_VSOCK, SOCK_STREAM, 0) ? {} : { vsock: "the kernel has no AF_VSOCK" }),
    ...(opens(AF_ALG, SOCK_SEQPACKET, 0) ? {} : { alg: "the kernel has no AF_ALG" }),
    ...(runs("unshare", "--net", "ip", "-V")
      ? {}
      : { namespaces: whyNoNamespaces, "fast open": `net.ipv4.tcp_fastopen: ${whyNoNamespaces}` }),
  };
}

function opens(family: number, type: number, protocol: number): boolean {
  try {
    host.close(host.socket(family, type, protocol));
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function runs(command: string, ...words: string[]): boolean {
  try {
    execFileSync(command, words, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
