import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  AF_UNIX,
  host,
  MSG_DONTWAIT,
  POLLIN,
  SOCK_DGRAM,
  SOCK_STREAM,
  type SystemError,
} from "../../src/index.ts";

/*
 * A loop of calls none of which ever waits, and flows that never run dry, leave the others their turn: were it not
 * so, nothing below would come, and the test would end by its time limit.
 */
async function othersHaveTheirTurn(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    // waits for: a timer to come beside the busy loop, which is what is tested
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.resolve();
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }
}

const buffer = new Uint8Array(16);

const BUSY_LOOPS: Record<string, (fd: number, other: number) => Promise<unknown>> = {
  "send and recv that never wait": async (fd, other) => {
    await host.send(fd, buffer.subarray(0, 1));
    return host.recv(other, buffer);
  },
  "recv that fails at once": (fd) => host.recv(fd, buffer, MSG_DONTWAIT).catch((error: SystemError) => error.code),
  "calls with wrong arguments": () => host.recv(-1, buffer).catch((error: SystemError) => error.code),
  "polls with timeout 0": (fd) => host.poll([{ fd, events: POLLIN }], 0),
  "selects with timeout 0": (fd) => host.select([fd], [], [], 0),
  "recv at the end of a stream": async (_fd, other) => {
    host.shutdown(other, 0);
    return host.recv(other, buffer);
  },
};

for (const [name, turn] of Object.entries(BUSY_LOOPS)) {
  test(`timers, immediates and promises have their turn beside ${name}`, { timeout: 10_000 }, async () => {
    const [fd, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
    const busy = { stop: false, done: 0 };
    const loop = (async () => {
      for (; !busy.stop; busy.done += 1) await turn(fd, other);
    })();
    await othersHaveTheirTurn();
    busy.stop = true;
    await loop;
    assert.ok(busy.done > 0);
    host.close(fd);
    host.close(other);
  });
}

test(
  "timers, immediates and promises have their turn beside flows that never run dry",
  { timeout: 10_000 },
  async () => {
    const chunk = new Uint8Array(64 * 1024);
    const pairs = Array.from({ length: 4 }, () => host.socketpair(AF_UNIX, SOCK_STREAM));
    let received = 0;
    const closed = pairs.flatMap(([one, other]) => [
      // Each writes on whenever there is room, and receives what the other writes.
      ...[one, other].map((fd) => {
        return new Promise<void>((resolve) => {
          const flow = host.flow(fd, {
            data: (data) => void (received += data.length),
            drain: fill,
            close: () => resolve(),
          });
          fill(flow);
        });
      }),
    ]);
    function fill(flow: { write(data: Uint8Array): boolean; readonly fd: number }): void {
      while (flow.fd >= 0 && flow.write(chunk));
    }
    await othersHaveTheirTurn();
    assert.ok(received > 0);
    for (const fd of pairs.flat()) host.close(fd);
    await Promise.all(closed);
  },
);

test(
  "timers, immediates and promises have their turn beside datagrams that never end",
  { timeout: 10_000 },
  async () => {
    const fd = host.socket(AF_INET, SOCK_DGRAM);
    host.bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
    const self = host.getsockname(fd);
    let received = 0;
    const flow = host.datagramFlow(fd, {
      datagram(data, _from, to) {
        received += 1;
        to.send(data, self);
      },
    });
    flow.send(buffer, self);
    await othersHaveTheirTurn();
    flow.close();
    assert.ok(received > 0);
  },
);
