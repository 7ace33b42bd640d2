import assert from "node:assert/strict";
import {
  AF_UNIX,
  controlValue,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SO_PASSCRED,
  SO_PEERCRED,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type ControlMessage,
  type Credentials,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { bytes, listener, rejectsWith, unixPair } from "./sockets.ts";

function own(): Credentials {
  return { pid: process.pid, uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
}

function credentials(value: Credentials): ControlMessage[] {
  return [{ level: SOL_SOCKET, type: SCM_CREDENTIALS, value }];
}

conformance("credentials", (test) => {
  for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
    const name = type === SOCK_STREAM ? "stream" : "datagram";
    test(`with SO_PASSCRED each message of a ${name} socket tells who sent it`, { needs: ["unix"] }, async (t) => {
      const [one, other] = unixPair(t, type);
      t.kernel.setsockopt(other, SOL_SOCKET, SO_PASSCRED, true);
      await t.kernel.send(one, bytes("x"));
      const { control } = await t.kernel.recvmsg(other, { data: new Uint8Array(1) });
      assert.deepEqual(control, credentials(own()));
    });
  }

  test("without SO_PASSCRED no message tells", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    await t.kernel.sendmsg(one, { data: bytes("x"), control: credentials(own()) });
    assert.deepEqual((await t.kernel.recvmsg(other, { data: new Uint8Array(1) })).control, []);
  });

  test("credentials and descriptors come together", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    t.kernel.setsockopt(other, SOL_SOCKET, SO_PASSCRED, true);
    const sent = [...credentials(own()), { level: SOL_SOCKET, type: SCM_RIGHTS, value: [one] }];
    await t.kernel.sendmsg(one, { data: bytes("x"), control: sent });
    const { control } = await t.kernel.recvmsg(other, { data: new Uint8Array(1) });
    assert.deepEqual(controlValue(control, SOL_SOCKET, SCM_CREDENTIALS), own());
    for (const fd of controlValue(control, SOL_SOCKET, SCM_RIGHTS) ?? []) t.own(fd);
    assert.equal(control.length, 2);
  });

  test("root may speak for others", { needs: ["unix", "root"] }, async (t) => {
    const [one, other] = unixPair(t);
    t.kernel.setsockopt(other, SOL_SOCKET, SO_PASSCRED, true);
    const somebody = { ...own(), uid: 4321, gid: 1234 };
    await t.kernel.sendmsg(one, { data: bytes("x"), control: credentials(somebody) });
    const { control } = await t.kernel.recvmsg(other, { data: new Uint8Array(1) });
    assert.deepEqual(controlValue(control, SOL_SOCKET, SCM_CREDENTIALS), somebody);
  });

  test("nobody speaks for a process that is not there", { needs: ["unix"] }, async (t) => {
    const [one] = unixPair(t);
    const nobody = credentials({ ...own(), pid: 0x7ffffff0 });
    const sending = t.kernel.sendmsg(one, { data: bytes("x"), control: nobody });
    await rejectsWith(sending, "sendmsg", process.getuid?.() === 0 ? "ESRCH" : "EPERM");
  });

  test("SO_PEERCRED tells who made a pair, who listened, who connected", { needs: ["unix"] }, async (t) => {
    const [one] = unixPair(t);
    assert.deepEqual(t.kernel.getsockopt(one, SOL_SOCKET, SO_PEERCRED), own());
    const { fd, address } = listener(t, { family: AF_UNIX, path: `\0dialtone-credentials-${process.pid}` });
    const client = t.socket(AF_UNIX, SOCK_STREAM);
    assert.equal(t.kernel.getsockopt(client, SOL_SOCKET, SO_PEERCRED).pid, 0);
    await t.kernel.connect(client, address);
    for (const end of [client, await t.accept(fd)]) {
      assert.deepEqual(t.kernel.getsockopt(end, SOL_SOCKET, SO_PEERCRED), own());
    }
  });
});
