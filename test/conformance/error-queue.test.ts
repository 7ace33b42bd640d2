import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  controlValue,
  errno,
  ICMP6_DST_UNREACH,
  ICMP6_DST_UNREACH_NOPORT,
  ICMP_DEST_UNREACH,
  ICMP_PORT_UNREACH,
  IP_MTU_DISCOVER,
  IP_PMTUDISC_DO,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  MSG_ERRQUEUE,
  POLLERR,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_LOCAL,
  SO_EE_ORIGIN_TIMESTAMPING,
  SO_ERROR,
  SO_TIMESTAMPING,
  SOCK_DGRAM,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SOL_SOCKET,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { ANY_PORT, ANY_PORT6, bytes, datagramSocket, rejectsWith, text } from "./sockets.ts";

/** An address where nobody is: its socket was closed. */
function nobody(t: Context, address: typeof ANY_PORT | typeof ANY_PORT6): ReturnType<typeof datagramSocket>["address"] {
  const { fd, address: bound } = datagramSocket(t, address);
  t.kernel.close(fd);
  return bound;
}

conformance("error queue", (test) => {
  test("IP_RECVERR tells what ICMP told: the error, who reported it, and where the datagram went", {}, async (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_RECVERR, true);
    const address = nobody(t, ANY_PORT);
    await t.kernel.sendto(fd, bytes("anybody there?"), 0, address);
    const entry = { fd, events: 0, revents: 0 };
    assert.equal(await t.kernel.poll([entry]), 1);
    assert.equal(entry.revents, POLLERR);
    const data = new Uint8Array(100);
    const message = await t.kernel.recvmsg(fd, { data }, MSG_ERRQUEUE);
    assert.equal(text(data, message.bytes), "anybody there?", "what had been sent");
    assert.deepEqual(message.address, address);
    assert.equal(message.flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
    assert.deepEqual(controlValue(message.control, IPPROTO_IP, IP_RECVERR), {
      errno: errno.ECONNREFUSED,
      code: "ECONNREFUSED",
      origin: SO_EE_ORIGIN_ICMP,
      type: ICMP_DEST_UNREACH,
      icmpCode: ICMP_PORT_UNREACH,
      info: 0,
      data: 0,
      offender: { family: AF_INET, address: "127.0.0.1", port: 0 },
    });
  });

  test("an empty queue does not wait", {}, async (t) => {
    const { fd } = datagramSocket(t);
    await rejectsWith(t.kernel.recvmsg(fd, { data: new Uint8Array(1) }, MSG_ERRQUEUE), "recvmsg", "EAGAIN");
    await rejectsWith(t.kernel.recv(fd, new Uint8Array(1), MSG_ERRQUEUE), "recv", "EAGAIN");
    await rejectsWith(t.kernel.recvmmsg(fd, [{ data: new Uint8Array(1) }], MSG_ERRQUEUE), "recvmmsg", "EAGAIN");
  });

  test("the error is pending, too, until it is told", {}, async (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_RECVERR, true);
    const address = nobody(t, ANY_PORT);
    for (let count = 0; count < 2; count += 1) {
      await t.kernel.sendto(fd, bytes("x"), 0, address);
      await t.kernel.poll([{ fd, events: 0 }]);
      if (count === 0) await rejectsWith(t.kernel.recvfrom(fd, new Uint8Array(1)), "recvfrom", "ECONNREFUSED");
    }
    assert.equal(t.kernel.getsockopt(fd, SOL_SOCKET, SO_ERROR), errno.ECONNREFUSED);
    assert.equal(t.kernel.getsockopt(fd, SOL_SOCKET, SO_ERROR), 0);
    const messages = [{ data: new Uint8Array(4) }, { data: new Uint8Array(4) }, { data: new Uint8Array(4) }];
    const received = await t.kernel.recvmmsg(fd, messages, MSG_ERRQUEUE);
    assert.equal(received.length, 2, "both are in the queue");
  });

  test("a datagram that is too long is a local error, which tells what fits", {}, async (t) => {
    const { address } = datagramSocket(t);
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_RECVERR, true);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    await rejectsWith(t.kernel.sendto(fd, new Uint8Array(65_509), 0, address), "sendto", "EMSGSIZE");
    const { control } = await t.kernel.recvmsg(fd, { data: new Uint8Array(1) }, MSG_ERRQUEUE);
    const error = controlValue(control, IPPROTO_IP, IP_RECVERR);
    assert.deepEqual([error?.code, error?.origin, error?.offender], ["EMSGSIZE", SO_EE_ORIGIN_LOCAL, undefined]);
    const fits = (error?.info ?? 0) - 28;
    assert.equal(await t.kernel.sendto(fd, new Uint8Array(fits), 0, address), fits);
  });

  test("IPV6_RECVERR does the same", { needs: ["ipv6"] }, async (t) => {
    const fd = t.socket(AF_INET6, SOCK_DGRAM);
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, true);
    const address = nobody(t, ANY_PORT6);
    await t.kernel.sendto(fd, bytes("six"), 0, address);
    await t.kernel.poll([{ fd, events: 0 }]);
    const { control, address: to } = await t.kernel.recvmsg(fd, { data: new Uint8Array(9) }, MSG_ERRQUEUE);
    assert.deepEqual(to, address);
    const error = controlValue(control, IPPROTO_IPV6, IPV6_RECVERR);
    assert.deepEqual(
      [error?.code, error?.origin, error?.type, error?.icmpCode],
      ["ECONNREFUSED", SO_EE_ORIGIN_ICMP6, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT],
    );
    assert.deepEqual(error?.offender, { family: AF_INET6, address: "::1", port: 0 });
  });

  test("the time of sending comes through the queue", {}, async (t) => {
    const { address } = datagramSocket(t);
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(
      fd,
      SOL_SOCKET,
      SO_TIMESTAMPING,
      SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY,
    );
    for (let count = 0; count < 2; count += 1) await t.kernel.sendto(fd, bytes("x"), 0, address);
    for (let count = 0; count < 2; count += 1) {
      await t.kernel.poll([{ fd, events: 0 }]);
      const { bytes: length, control } = await t.kernel.recvmsg(fd, { data: new Uint8Array(9) }, MSG_ERRQUEUE);
      assert.equal(length, 0);
      assert.ok((controlValue(control, SOL_SOCKET, SO_TIMESTAMPING)?.softwareNs ?? 0n) > 0n);
      const error = controlValue(control, IPPROTO_IP, IP_RECVERR);
      assert.deepEqual([error?.code, error?.origin, error?.data], ["ENOMSG", SO_EE_ORIGIN_TIMESTAMPING, count]);
    }
  });
});
