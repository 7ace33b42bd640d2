import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import koffi from "koffi";
import { AF_INET, host, IFF_UP, SIOCGIFFLAGS, SIOCSIFFLAGS, SOCK_DGRAM } from "../../src/index.ts";

/*
 * A test file that imports this first has a network namespace of its own, which ends with its process: interfaces,
 * addresses and settings are made there without a trace on the machine. It is the main thread's alone: threads that
 * were there before, such as those of the resolver, stay outside. Without the right to make one (the capability
 * "namespaces" is then lacking) the machine's own network stays.
 */
const CLONE_NEWNET = 0x40000000; // sched.h

/** Whether this process has a network of its own. */
export const isPrivate: boolean = enter();

function enter(): boolean {
  if (process.platform !== "linux") return false;
  const unshare = koffi.load(null).func("int unshare(int)") as (flags: number) => number;
  if (unshare(CLONE_NEWNET) !== 0) return false;
  setLoopbackUp();
  // Whoever runs the tests may open ping sockets, icmp(7).
  writeFileSync("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
  return true;
}

/** `struct ifreq`: the name, and the flags behind it. */
function setLoopbackUp(): void {
  const ifreq = new Uint8Array(40);
  ifreq.set(new TextEncoder().encode("lo"));
  const fd = host.socket(AF_INET, SOCK_DGRAM);
  host.ioctl(fd, SIOCGIFFLAGS, ifreq);
  const view = new DataView(ifreq.buffer);
  view.setInt16(16, view.getInt16(16, true) | IFF_UP, true);
  host.ioctl(fd, SIOCSIFFLAGS, ifreq);
  host.close(fd);
}

/** ip(8) in the private network. */
export function ip(command: string): void {
  if (isPrivate) execFileSync("ip", command.split(" "), { stdio: ["ignore", "ignore", "inherit"] });
}
