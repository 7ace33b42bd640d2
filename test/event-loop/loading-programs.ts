import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Ffi } from "../../src/host/ffi/library.ts";
import { openFiles, tell } from "../child.ts";

/* Programs that look at what importing dialtone does: it is imported inside of them. */

export async function loads(): Promise<void> {
  const before = openFiles();
  const state = (): { native: boolean; opened: string[] } => ({
    native: readFileSync("/proc/self/maps", "latin1").includes("koffi"),
    opened: [...openFiles()]
      // Node opens /dev/null when it sets up a standard stream, which 26 does for its own ends while an addon is
      // loaded.
      .filter(([fd, file]) => !before.has(fd) && file !== "/dev/null")
      .map(([, file]) => file.replace(/:\[\d+\]$/, "")),
  });
  const { AF_INET, host, SOCK_STREAM } = await import("../../src/index.ts");
  tell({ afterImport: state() });
  const fd = host.socket(AF_INET, SOCK_STREAM);
  tell({ afterSocket: state() });
  host.close(fd);
}

export async function elsewhere(platform: string): Promise<void> {
  Object.defineProperty(process, "platform", { value: platform });
  const { AF_INET, host, inet_pton, SOCK_STREAM } = await import("../../src/index.ts");
  tell([...(inet_pton(AF_INET, "127.0.0.1") ?? [])]);
  const calls: Record<string, () => unknown> = {
    socket: () => host.socket(AF_INET, SOCK_STREAM),
    recv: () => host.recv(0, new Uint8Array(1)),
    getaddrinfo: () => host.getaddrinfo("localhost", null),
    if_nameindex: () => host.if_nameindex(),
  };
  for (const [name, call] of Object.entries(calls)) {
    try {
      await call();
      tell({ name, code: "none" });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      tell({ name, code, message });
    }
  }
}

/** All callbacks that the FFI has for a process are taken: the event loop is served all the same. */
export async function withoutCallbacks(): Promise<void> {
  const ffi = createRequire(import.meta.url)("koffi") as Ffi;
  const type = ffi.pointer(ffi.proto("void ()"));
  let taken = 0;
  try {
    for (; ; taken += 1) ffi.register(() => undefined, type);
  } catch {
    tell(taken > 0);
  }
  const { AF_UNIX, host, SOCK_STREAM } = await import("../../src/index.ts");
  const [one, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
  const receiving = host.recv(one, new Uint8Array(8));
  await host.send(other, new Uint8Array(3));
  tell(await receiving);
  host.close(one);
  host.close(other);
}
