import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  IFF_LOOPBACK,
  IFF_UP,
  SIOCGIFADDR,
  SIOCGIFFLAGS,
  SIOCGIFINDEX,
  SIOCGIFMTU,
  SOCK_DGRAM,
} from "../../src/api/constants.ts";
import { host } from "../../src/calls.ts";
import { IFREQ } from "../../src/layout/ifreq.ts";
import { sockaddrDecode } from "../../src/netdb/sockaddr.ts";

test("the kernel tells about the loopback interface through struct ifreq", () => {
  const fd = host.socket(AF_INET, SOCK_DGRAM);
  try {
    const ask = (request: number): DataView => {
      const ifreq = new Uint8Array(IFREQ.size);
      ifreq.set(new TextEncoder().encode("lo"), IFREQ.name);
      host.ioctl(fd, request, ifreq);
      return new DataView(ifreq.buffer);
    };
    assert.equal(ask(SIOCGIFINDEX).getInt32(IFREQ.ifindex, true), host.if_nametoindex("lo"));
    assert.ok(ask(SIOCGIFMTU).getInt32(IFREQ.mtu, true) >= 1500);
    const flags = IFF_UP | IFF_LOOPBACK;
    assert.equal(ask(SIOCGIFFLAGS).getInt16(IFREQ.flags, true) & flags, flags);
    const address = sockaddrDecode(new Uint8Array(ask(SIOCGIFADDR).buffer, IFREQ.addr, 16));
    assert.deepEqual(address, { family: AF_INET, address: "127.0.0.1", port: 0 });
  } finally {
    host.close(fd);
  }
});
