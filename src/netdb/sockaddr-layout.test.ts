import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import koffi from "koffi";
import type { SocketAddress } from "../api/address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../api/constants.ts";
import { errnoName } from "../api/errno.ts";
import * as sockaddr from "./sockaddr.ts";
import { SOCKADDR_STORAGE_SIZE, sockaddrDecode, sockaddrEncode } from "./sockaddr.ts";

const notLinux = process.platform === "linux" ? false : "the structures are Linux's";
const withoutCompiler = notLinux || (spawnSync("cc", ["--version"]).status === 0 ? false : "no C compiler (cc) here");

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "dialtone-sockaddr-"));
});
after(() => rmSync(folder, { recursive: true }));

/** Fills each structure through its C members and prints the bytes, then the sizes. */
const PROGRAM = `
#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netpacket/packet.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void print(const char *name, const void *bytes, size_t length) {
  printf("%s ", name);
  for (size_t i = 0; i < length; i++) printf("%02x", ((const unsigned char *)bytes)[i]);
  printf("\\n");
}

int main(void) {
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(8080) };
  inet_pton(AF_INET, "192.0.2.33", &in.sin_addr);
  print("in", &in, sizeof in);
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(8080), .sin6_flowinfo = htonl(0x12345) };
  inet_pton(AF_INET6, "fe80::a:b", &in6.sin6_addr);
  in6.sin6_scope_id = 7;
  print("in6", &in6, sizeof in6);
  struct sockaddr_un un = { .sun_family = AF_UNIX };
  strcpy(un.sun_path, "/run/echo");
  print("un", &un, sizeof un);
  struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(0x0806), .sll_ifindex = 3,
                            .sll_hatype = 1, .sll_pkttype = 4, .sll_halen = 6, .sll_addr = { 2, 0, 0, 0, 0, 9 } };
  print("ll", &ll, sizeof ll);
  struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = 4711, .nl_groups = 0x11 };
  print("nl", &nl, sizeof nl);
  struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_port = 1024, .svm_cid = 2 };
  print("vm", &vm, sizeof vm);
  printf("SOCKADDR_IN_SIZE %zu\\n", sizeof in);
  printf("SOCKADDR_IN6_SIZE %zu\\n", sizeof in6);
  printf("SOCKADDR_UN_SIZE %zu\\n", sizeof un);
  printf("SUN_PATH_SIZE %zu\\n", sizeof un.sun_path);
  printf("SOCKADDR_LL_SIZE %zu\\n", sizeof ll);
  printf("SOCKADDR_NL_SIZE %zu\\n", sizeof nl);
  printf("SOCKADDR_VM_SIZE %zu\\n", sizeof vm);
  printf("SOCKADDR_STORAGE_SIZE %zu\\n", sizeof(struct sockaddr_storage));
  return 0;
}
`;

const SAME: Record<string, SocketAddress> = {
  in: { family: AF_INET, address: "192.0.2.33", port: 8080 },
  in6: { family: AF_INET6, address: "fe80::a:b", port: 8080, scopeId: 7, flowInfo: 0x12345 },
  un: { family: AF_UNIX, path: "/run/echo" },
  ll: {
    family: AF_PACKET,
    protocol: 0x0806,
    interfaceIndex: 3,
    hardwareType: 1,
    packetType: 4,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 9),
  },
  nl: { family: AF_NETLINK, portId: 4711, groups: 0x11 },
  vm: { family: AF_VSOCK, cid: 2, port: 1024 },
};

test("the C headers' structures have the same bytes and sizes", { skip: withoutCompiler }, () => {
  const source = join(folder, "sockaddr.c");
  const program = join(folder, "sockaddr");
  writeFileSync(source, PROGRAM);
  execFileSync("cc", ["-o", program, source]);
  const lines = execFileSync(program, { encoding: "utf8" }).trim().split("\n");
  const facts = new Map(lines.map((line) => line.split(" ") as [string, string]));
  for (const [name, address] of Object.entries(SAME)) {
    const c = Buffer.from(facts.get(name) ?? "", "hex");
    const ours = sockaddrEncode(address);
    // A path's structure is given to the kernel up to its NUL.
    assert.deepEqual(Buffer.from(ours), name === "un" ? c.subarray(0, ours.length) : c, name);
    assert.deepEqual(sockaddrDecode(c), address, name);
  }
  const sizes = [...facts].filter(([name]) => name.endsWith("_SIZE"));
  assert.equal(sizes.length, 8);
  for (const [name, size] of sizes) assert.equal((sockaddr as Record<string, unknown>)[name], Number(size), name);
});

/** Binds a new socket and asks the kernel for its address: what it understood, or the name of its errno. */
type Bind = (family: number, type: number, address: SocketAddress, protocol?: number) => SocketAddress | string;
let bind: Bind;
let interfaceIndex: (name: string) => number;

describe("the kernel reads and writes the same", { skip: notLinux }, () => {
  before(() => {
    const c = koffi.load(null);
    const openSocket = c.func("int socket(int, int, int)");
    const bindSocket = c.func("int bind(int, const void *, uint32_t)");
    const getsockname = c.func("int getsockname(int, void *, void *)");
    const close = c.func("int close(int)");
    interfaceIndex = c.func("uint32_t if_nametoindex(const char *)");
    bind = (family, type, address, protocol = 0) => {
      const fd = openSocket(family, type, protocol) as number;
      if (fd < 0) return errnoName(koffi.errno());
      try {
        const given = sockaddrEncode(address);
        if (bindSocket(fd, given, given.length) < 0) return errnoName(koffi.errno());
        const storage = new Uint8Array(SOCKADDR_STORAGE_SIZE).fill(0xa5);
        const length = Uint32Array.of(storage.length);
        assert.equal(getsockname(fd, storage, length), 0);
        return sockaddrDecode(storage, 0, length[0]);
      } finally {
        close(fd);
      }
    };
  });

  test("IPv4", () => {
    const { read, port } = bindFreePort((port) => ({ family: AF_INET, address: "127.0.0.1", port }));
    assert.deepEqual(read, { family: AF_INET, address: "127.0.0.1", port });
  });

  test("IPv6", (t) => {
    const { read, port } = bindFreePort((port) => ({ family: AF_INET6, address: "::1", port }));
    if (skipped(t, read, "EAFNOSUPPORT", "EADDRNOTAVAIL")) return;
    assert.deepEqual(read, { family: AF_INET6, address: "::1", port });
  });

  test("Unix: a path, one of 108 bytes, and one that is not UTF-8", () => {
    const long = join(folder, "x".repeat(108 - folder.length - 1));
    assert.equal(long.length, 108);
    const bytes = Uint8Array.of(...Buffer.from(`${folder}/`), 0xff, 0xfe);
    for (const path of [join(folder, "socket"), join(folder, "소켓"), long, bytes]) {
      const address = { family: AF_UNIX, path } as const;
      assert.deepEqual(bind(AF_UNIX, SOCK_STREAM, address), address);
    }
  });

  test("Unix: abstract names, with NULs in them, as long as can be, and one that the kernel chooses", () => {
    for (const name of [`dialtone-${process.pid}`, `dialtone\0${process.pid}\0`, `${process.pid}`.padEnd(107, "x")]) {
      const address = { family: AF_UNIX, path: `\0${name}` } as const;
      assert.deepEqual(bind(AF_UNIX, SOCK_DGRAM, address), address);
    }
    const chosen = bind(AF_UNIX, SOCK_DGRAM, { family: AF_UNIX, path: "" });
    assert.ok(typeof chosen === "object" && "path" in chosen);
    assert.match(String(chosen.path), /^\0[0-9a-f]{5}$/);
  });

  test("netlink", (t) => {
    const read = bind(AF_NETLINK, SOCK_RAW, { family: AF_NETLINK, portId: 0, groups: 0 });
    if (skipped(t, read, "EAFNOSUPPORT", "EPROTONOSUPPORT", "EPERM")) return;
    assert.ok(typeof read === "object" && "groups" in read);
    assert.equal(read.groups, 0);
    assert.notEqual(read.portId, 0);
  });

  test("packet", (t) => {
    const address = { family: AF_PACKET, protocol: 0x0806, interfaceIndex: interfaceIndex("lo") } as const;
    const read = bind(AF_PACKET, SOCK_DGRAM, address);
    if (skipped(t, read, "EPERM", "EAFNOSUPPORT")) return;
    assert.deepEqual(read, { ...address, hardwareType: 772, packetType: 0, hardwareAddress: new Uint8Array(6) });
  });

  test("vsock", (t) => {
    const any = 0xffffffff;
    const read = bind(AF_VSOCK, SOCK_STREAM, { family: AF_VSOCK, cid: any, port: any });
    if (skipped(t, read, "EAFNOSUPPORT", "EPERM", "EACCES")) return;
    assert.ok(typeof read === "object" && "cid" in read);
    assert.equal(read.cid, any);
    assert.notEqual(read.port, any);
  });
});

/** Binds the first port from 40001 on that nobody has, so that its two bytes differ. */
function bindFreePort(at: (port: number) => SocketAddress): { port: number; read: SocketAddress | string } {
  let port = 40001;
  let read = bind(at(port).family, SOCK_STREAM, at(port));
  while (read === "EADDRINUSE" && port < 41000) {
    port++;
    read = bind(at(port).family, SOCK_STREAM, at(port));
  }
  return { port, read };
}

/**
 * Skips the test where the kernel or its rules refuse the family; any other error fails in the assertion that follows.
 */
function skipped(t: TestContext, read: SocketAddress | string, ...refusals: string[]): boolean {
  if (typeof read !== "string" || !refusals.includes(read)) return false;
  t.skip(`this kernel or user gets ${read}`);
  return true;
}
