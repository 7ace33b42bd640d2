import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  AF_ALG,
  AF_INET,
  AF_VSOCK,
  MSG_MORE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  sockaddrDecode,
  VMADDR_CID_ANY,
  VMADDR_PORT_ANY,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { bytes, rejectsWith, text, throwsWith } from "./sockets.ts";

/** `struct sockaddr_vm`, vsock(7), by hand. */
function vsockBytes(cid: number, port: number): Uint8Array {
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_VSOCK, true);
  view.setUint32(4, port, true);
  view.setUint32(8, cid, true);
  return address;
}

/** `struct sockaddr_alg` of linux/if_alg.h: a type of 14 bytes, two flags, a name of 64. */
function algorithm(type: string, name: string): Uint8Array {
  const data = new Uint8Array(86);
  data.set(bytes(type));
  data.set(bytes(name), 22);
  return data;
}

conformance("other families", (test) => {
  test("a vsock is bound by the bytes of its address", { needs: ["vsock"] }, (t) => {
    const fd = t.socket(AF_VSOCK, SOCK_STREAM);
    t.kernel.bind(fd, vsockBytes(VMADDR_CID_ANY, VMADDR_PORT_ANY));
    const bound = t.kernel.getsockname(fd);
    assert.ok("cid" in bound && bound.cid === VMADDR_CID_ANY && bound.port !== VMADDR_PORT_ANY);
    const other = t.socket(AF_VSOCK, SOCK_STREAM);
    throwsWith(() => t.kernel.bind(other, bound), "bind", "EADDRINUSE");
    throwsWith(() => t.kernel.bind(other, vsockBytes(4242, 1)), "bind", "EADDRNOTAVAIL");
  });

  test("AF_ALG, which is not modelled, hashes through raw addresses", { needs: ["alg"] }, async (t) => {
    const fd = t.socket(AF_ALG, SOCK_SEQPACKET);
    t.kernel.bind(fd, { family: AF_ALG, data: algorithm("hash", "sha256") });
    const operation = t.own((await t.kernel.accept(fd)).fd);
    await t.kernel.send(operation, bytes("a"), MSG_MORE);
    await t.kernel.send(operation, bytes("bc"));
    const digest = new Uint8Array(32);
    assert.equal(await t.kernel.read(operation, digest), 32);
    assert.equal(Buffer.from(digest).toString("hex"), createHash("sha256").update("abc").digest("hex"));
    throwsWith(
      () => t.kernel.bind(t.socket(AF_ALG, SOCK_SEQPACKET), { family: AF_ALG, data: algorithm("hash", "none") }),
      "bind",
      "ENOENT",
    );
  });

  test("a known family is reached with raw bytes, too", {}, async (t) => {
    const receiver = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.bind(receiver, { family: AF_INET, data: Uint8Array.of(0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0) });
    const address = t.kernel.getsockname(receiver);
    assert.ok("port" in address && address.port > 0);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    const raw = Uint8Array.of(AF_INET, 0, address.port >> 8, address.port & 0xff, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    assert.deepEqual(sockaddrDecode(raw), address);
    await t.kernel.sendmsg(sender, { data: bytes("raw"), address: raw });
    const buffer = new Uint8Array(8);
    assert.equal(text(buffer, await t.kernel.recv(receiver, buffer)), "raw");
    await rejectsWith(t.kernel.sendto(sender, bytes("x"), 0, raw.subarray(0, 15)), "sendto", "EINVAL");
  });

  test("a family that nobody has is an error of the system's", {}, (t) => {
    throwsWith(() => t.kernel.socket(200, SOCK_STREAM), "socket", "EAFNOSUPPORT");
    throwsWith(() => t.kernel.socket(AF_INET, SOCK_SEQPACKET), "socket", "ESOCKTNOSUPPORT");
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    throwsWith(() => t.kernel.bind(fd, { family: 200, data: new Uint8Array(14) }), "bind", "EAFNOSUPPORT");
    for (const length of [0, 1, 129]) {
      const wrong = { code: "ERR_OUT_OF_RANGE", message: /"address\.length"/ };
      assert.throws(() => t.kernel.bind(fd, new Uint8Array(length)), wrong);
    }
  });
});
