import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, AF_UNIX, MSG_DONTWAIT, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { createStack } from "../../realtime/create-stack.ts";
import { StackDatagramPort, StackStreamPort } from "./ports.ts";
import type { Incoming, Outgoing, StackSocket } from "./socket.ts";

/** A socket that notes what is asked of it, and answers what the test says. */
class NotingSocket {
  readonly asked: unknown[] = [];
  answer = 0;
  address: Uint8Array | undefined;
  readonly state = { takeError: () => errno.ECONNRESET, linger: undefined as unknown };

  receive(message: Incoming): number {
    this.asked.push([message.length, message.flags & MSG_DONTWAIT, message.wantsAddress]);
    message.buffers[0]?.fill(7, 0, Math.max(0, this.answer));
    message.address = this.address;
    return this.answer;
  }

  send(message: Outgoing): number {
    this.asked.push([...(message.buffers[0] ?? []), message.flags, message.address?.length]);
    return this.answer;
  }

  shutdown(how: number): number {
    this.asked.push(how);
    return 0;
  }
}

const asSocket = (socket: NotingSocket): StackSocket => socket as unknown as StackSocket;

test("a stream's port receives into the memory that it is given, else into its own, and never waits", () => {
  const socket = new NotingSocket();
  const port = new StackStreamPort(asSocket(socket));
  socket.answer = 3;
  const memory = new Uint8Array(10);
  assert.deepEqual(port.receive(memory), Uint8Array.of(7, 7, 7));
  assert.equal(memory[2], 7);
  assert.deepEqual(port.receive(undefined), Uint8Array.of(7, 7, 7));
  assert.deepEqual(socket.asked, [
    [10, MSG_DONTWAIT, false],
    [65_536, MSG_DONTWAIT, false],
  ]);
  socket.answer = 10;
  assert.equal(port.receive(memory), memory);
  for (const answer of [0, -errno.EAGAIN, -errno.ECONNRESET]) {
    socket.answer = answer;
    assert.equal(port.receive(memory), answer);
  }
  assert.equal(port.drained, false);
});

test("a stream's port sends what there is room for, ends its direction, and takes the error", () => {
  const socket = new NotingSocket();
  const port = new StackStreamPort(asSocket(socket));
  socket.answer = 1;
  assert.equal(port.send(Uint8Array.of(1, 2)), 1);
  port.shutdown();
  assert.deepEqual(socket.asked, [[1, 2, MSG_DONTWAIT, undefined], SHUT_WR]);
  assert.equal(port.takeError(), errno.ECONNRESET);
  port.linger();
  assert.deepEqual(socket.state.linger, { onoff: true, linger: 0 });
});

test("a datagram's port tells the whole length of one that was cut, and whom it is from", () => {
  const socket = new NotingSocket();
  const port = new StackDatagramPort(asSocket(socket), 4);
  socket.answer = 9;
  socket.address = port.encode({ family: AF_INET, address: "192.0.2.1", port: 7 });
  assert.equal(port.receive(), 9);
  assert.deepEqual(port.data, Uint8Array.of(7, 7, 7, 7));
  assert.deepEqual(port.address, { family: AF_INET, address: "192.0.2.1", port: 7 });
  socket.address = undefined;
  assert.equal(port.receive(), 9);
  assert.equal(port.address, undefined);
  socket.answer = -errno.EAGAIN;
  assert.equal(port.receive(), -errno.EAGAIN);
  socket.answer = 2;
  assert.equal(port.send(Uint8Array.of(5, 6), null), 2);
  assert.equal(port.send(Uint8Array.of(5), port.encode({ family: AF_INET, address: "192.0.2.1", port: 7 })), 2);
  assert.deepEqual(socket.asked.slice(3), [
    [5, 6, MSG_DONTWAIT, undefined],
    [5, MSG_DONTWAIT, 16],
  ]);
});

test("a chunk whose memory the handler took away is not the next one's", async () => {
  const { kernel } = createStack();
  const [one, other] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  const heard: string[] = [];
  let told = (): void => undefined;
  const flow = kernel.flow(one, {
    data(chunk) {
      heard.push(new TextDecoder().decode(chunk));
      if (chunk.buffer instanceof ArrayBuffer) structuredClone(undefined, { transfer: [chunk.buffer] });
      told();
    },
  });
  for (const word of ["first", "second"]) {
    const next = new Promise<void>((resolve) => (told = resolve));
    await kernel.send(other, new TextEncoder().encode(word));
    await next;
  }
  assert.deepEqual(heard, ["first", "second"]);
  flow.close();
  kernel.close(other);
  const datagrams = kernel.socket(AF_INET, SOCK_DGRAM);
  kernel.close(datagrams);
  assert.deepEqual(kernel.descriptors(), []);
});
