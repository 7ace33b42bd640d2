import { createStack } from "../../src/stack.ts";
import type { Device } from "../../src/stack/link/device.ts";
import type { KernelUnderTest } from "./kernels.ts";

/** What is sent to it is lost. */
const nowhere: Device = {
  kind: "ip",
  mtu: 1500,
  offload: { checksum: true, segmentation: true },
  transmit: (packet) => packet.release(),
};

/** The own stack, with its loopback interface, in real time. */
export const stackUnderTest: KernelUnderTest = {
  name: "stack",
  lacks: {
    blocking: "a stack runs on the program's own thread, which a blocking call would stop",
    threads: "a stack belongs to one thread",
    processes: "a stack belongs to one process",
    files: "a stack has no files: its descriptors are sockets",
    netlink: "a stack has no routing sockets: its interfaces and routes are set through the stack itself",
    vsock: "a stack has no virtual machines",
    alg: "a stack has no AF_ALG",
    namespaces: "a stack is a network of its own",
  },
  differs: {
    "the time of sending comes through the queue": "no times of sending: what is sent has left when the call returns",
    "ends thousands of getaddrinfo of one signal, and leaves no listener": "the names of its table are known at once",
    "SO_ATTACH_REUSEPORT_CBPF chooses the socket of a port": "the sockets of a port are chosen among by the addresses",
    "numbers without a name take and give bytes": "a stack is no multicast router, and has no number without a name",
    "a flow label that is leased is sent, received and told": "flow labels cannot be leased",
    "a flow label that is not leased is refused": "flow labels cannot be leased",
    "SIOCGSKNS gives a descriptor of the socket's network namespace":
      "a stack has no files, and is a network of its own",
  },
  async make() {
    const credentials = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const stack = createStack({ credentials });
    const { kernel } = stack;
    // A way to the rest of the world, where nobody is.
    stack.attach(nowhere, { name: "eth0", addresses: ["198.51.100.1/24"] });
    stack.addDefaultRoute("198.51.100.254");
    const open = (): Map<number, string> =>
      new Map(kernel.descriptors().map(({ fd, cookie }) => [fd, `socket:[${cookie}]`]));
    return {
      kernel,
      openDescriptors: open,
      identity: (fd) => open().get(fd),
      close: () => Promise.resolve(),
    };
  },
};
