import assert from "node:assert/strict";
import type { DatagramFlow } from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { ANY_PORT, ANY_PORT6, bytes, datagramSocket, text } from "./sockets.ts";

/* Many datagrams lie there when the flow begins, so that a kernel that takes several at once does. */

const COUNT = 40;

/** A datagram's text, whatever it was sent by. */
const name = (sender: number, index: number): string => `${sender}.${index}`;

conformance("many datagrams at once", (test) => {
  for (const [family, address] of [
    ["IPv4", ANY_PORT],
    ["IPv6", ANY_PORT6],
  ] as const) {
    test(`${family}: each is answered to its sender, in order, of every length`, {}, async (t) => {
      const server = datagramSocket(t, address);
      const senders = [0, 1, 2].map(() => datagramSocket(t, address));
      for (let index = 0; index < COUNT; index += 1) {
        for (const [sender, { fd }] of senders.entries()) {
          const padded = name(sender, index).padEnd(index % 20 === 0 ? 9000 : index, ".");
          await t.kernel.sendto(fd, bytes(padded), 0, server.address);
        }
      }
      t.kernel.datagramFlow(server.fd, { datagram: (data, from, flow) => void flow.send(data, from) });
      const buffer = new Uint8Array(16_384);
      for (let index = 0; index < COUNT; index += 1) {
        for (const [sender, { fd }] of senders.entries()) {
          const received = text(buffer, await t.kernel.recv(fd, buffer));
          assert.equal(received, name(sender, index).padEnd(index % 20 === 0 ? 9000 : index, "."));
        }
      }
    });
  }

  test("what a handler changes after it has sent it is not changed in what it sent", {}, async (t) => {
    const [server, client] = [datagramSocket(t), datagramSocket(t)];
    for (let index = 0; index < COUNT; index += 1) {
      await t.kernel.sendto(client.fd, bytes(`${index}`), 0, server.address);
    }
    t.kernel.datagramFlow(server.fd, {
      datagram(data, from, flow) {
        flow.send(data, from);
        data.fill(0x78);
        flow.send(data, from);
      },
    });
    const buffer = new Uint8Array(8);
    for (let index = 0; index < COUNT; index += 1) {
      assert.equal(text(buffer, await t.kernel.recv(client.fd, buffer)), `${index}`);
      assert.equal(text(buffer, await t.kernel.recv(client.fd, buffer)), "x".repeat(`${index}`.length));
    }
  });

  test("paused amid them, the rest comes after resume, and another flow between takes none away", {}, async (t) => {
    const [one, other, client] = [datagramSocket(t), datagramSocket(t), datagramSocket(t)];
    for (let index = 0; index < COUNT; index += 1) {
      await t.kernel.sendto(client.fd, bytes(`${index}`), 0, one.address);
    }
    const told: string[] = [];
    let wake = (): void => {};
    const tell = (data: Uint8Array): void => {
      told.push(text(data));
      wake();
    };
    const reached = async (count: number): Promise<void> => {
      while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    const paused = t.kernel.datagramFlow(one.fd, {
      datagram(data, _, flow) {
        tell(data);
        if (told.length === 3) flow.pause();
      },
    });
    await reached(3);
    t.kernel.datagramFlow(other.fd, { datagram: tell });
    await t.kernel.sendto(client.fd, bytes("between"), 0, other.address);
    await reached(4);
    paused.resume();
    await reached(COUNT + 1);
    const numbers = Array.from({ length: COUNT }, (_, index) => `${index}`);
    assert.deepEqual(told, [...numbers.slice(0, 3), "between", ...numbers.slice(3)]);
  });

  test("flows with little room share memory, and each sees no more than its own room", {}, async (t) => {
    const before = process.memoryUsage().arrayBuffers;
    const client = datagramSocket(t);
    const seen: string[] = [];
    let wake = (): void => {};
    const flows: DatagramFlow[] = [];
    for (let room = 1; room <= COUNT; room += 1) {
      const { fd, address } = datagramSocket(t);
      await t.kernel.sendto(client.fd, bytes("abcdefghij"), 0, address);
      const datagram = (data: Uint8Array, _: unknown, flow: DatagramFlow, truncated: boolean): void => {
        seen[flows.indexOf(flow)] = `${text(data)}${truncated ? " …" : ""}`;
        wake();
      };
      flows.push(t.kernel.datagramFlow(fd, { datagram }, { maxBytes: room }));
    }
    while (Object.keys(seen).length < COUNT) await new Promise<void>((resolve) => (wake = resolve));
    const expected = (room: number): string => "abcdefghij".slice(0, room) + (room < 10 ? " …" : "");
    assert.deepEqual(
      seen,
      flows.map((_, index) => expected(index + 1)),
    );
    // What they share is made once; a flow of its own memory would take more than this each.
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 16 * 1024 * 1024, `${grown} bytes for ${COUNT} flows`);
  });
});
