import { HostedStack, type HostedStackOptions } from "../stack/hosted-stack.ts";
import { SystemRandom } from "./random.ts";
import { RealTime } from "./real-time.ts";

/** How a stack in real time is made. All may be left out. */
export type StackOptions = Partial<Omit<HostedStackOptions, "pace">>;

/**
 * A TCP/IP stack of its own, in TypeScript, on the machine's time: in Node and in a page, without native code. It has a
 * loopback interface ("lo", 127.0.0.1 and ::1); `attach` gives it others. `kernel` has the calls of every kernel.
 *
 * `hosts`: names that `getaddrinfo` knows; `credentials`: who runs its programs (root unless given); `forwarding`: it
 * passes on packets for others, and with `clampMss` keeps their TCP connections to segments that fit; `random`: where
 * its randomness comes from (the system's). It keeps the program alive while somebody waits. What it does not do as
 * Linux: docs/stack.md.
 *
 * @example
 * import { createStack } from "dialtone/stack";
 * const { kernel } = createStack();
 * const listener = kernel.socket(AF_INET, SOCK_STREAM);
 * kernel.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 7 });
 * kernel.listen(listener);
 * const caller = kernel.socket(AF_INET, SOCK_STREAM);
 * await kernel.connect(caller, kernel.getsockname(listener));
 * const { fd } = await kernel.accept(listener);
 * await kernel.send(caller, new TextEncoder().encode("hello"));
 * await kernel.recv(fd, new Uint8Array(16)); // 5
 */
export function createStack(options: StackOptions = {}): HostedStack {
  const pace = new RealTime();
  const stack = new HostedStack({ random: new SystemRandom(), ...options, pace });
  pace.attach(stack);
  return stack;
}
