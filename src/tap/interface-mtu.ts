import { AF_INET, SIOCGIFMTU, SOCK_DGRAM } from "../api/constants.ts";
import type { HostKernel } from "../host/host.ts";
import { IFREQ } from "../layout/ifreq.ts";

/** The longest IP packet of an interface of this thread's network, netdevice(7). Errors: ENODEV. */
export function interfaceMtu(kernel: HostKernel, name: string): number {
  const request = new Uint8Array(IFREQ.size);
  request.set(new TextEncoder().encode(name), IFREQ.name);
  const fd = kernel.socket(AF_INET, SOCK_DGRAM);
  try {
    kernel.ioctl(fd, SIOCGIFMTU, request);
  } finally {
    kernel.close(fd);
  }
  return new DataView(request.buffer).getInt32(IFREQ.mtu, true);
}
