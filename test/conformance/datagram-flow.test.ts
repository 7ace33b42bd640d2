import assert from "node:assert/strict";
import {
  AF_INET,
  SOCK_DGRAM,
  type DatagramFlow,
  type DatagramFlowOptions,
  type DatagramHandler,
  type SocketAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, datagramSocket, isPending, rejectsWith, text, throwsWith, turns, unixPair } from "./sockets.ts";

interface Recorded {
  readonly flow: DatagramFlow;
  readonly told: string[];
  readonly addresses: (SocketAddress | undefined)[];
  reached(count: number): Promise<void>;
}

/** A datagram flow that writes down what its handler is told. */
function record(
  t: Context,
  fd: number,
  handler: Partial<DatagramHandler> = {},
  options: DatagramFlowOptions = {},
): Recorded {
  const told: string[] = [];
  const addresses: (SocketAddress | undefined)[] = [];
  let wake = (): void => undefined;
  const tell = (what: string): void => {
    told.push(what);
    wake();
  };
  const code = (error: Error): string => (error as { code?: string }).code ?? error.message;
  const flow = t.kernel.datagramFlow(
    fd,
    {
      datagram(data, address, self, truncated) {
        addresses.push(address);
        tell(`${text(data)}${truncated ? " …" : ""}`);
        handler.datagram?.(data, address, self, truncated);
      },
      error(error, self) {
        tell(`error ${code(error)}`);
        handler.error?.(error, self);
      },
      drain(self) {
        tell("drain");
        handler.drain?.(self);
      },
      close: (error) => tell(error === undefined ? "close" : `close ${code(error)}`),
    },
    options,
  );
  return {
    flow,
    told,
    addresses,
    async reached(count) {
      while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

conformance("datagram flows", (test) => {
  test("datagrams come as they were sent, with their senders", {}, async (t) => {
    const [one, other] = [datagramSocket(t), datagramSocket(t)];
    const recorded = record(t, other.fd);
    for (const what of ["first", "", "third"]) await t.kernel.sendto(one.fd, bytes(what), 0, other.address);
    await recorded.reached(3);
    assert.deepEqual(recorded.told, ["first", "", "third"]);
    assert.deepEqual(recorded.addresses, [one.address, one.address, one.address]);
    assert.equal(recorded.flow.datagramsReceived, 3);
  });

  test("datagrams that arrived before come too, not inside the call", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    await t.kernel.sendto(fd, bytes("early"), 0, address);
    const recorded = record(t, fd);
    assert.deepEqual(recorded.told, []);
    await recorded.reached(1);
    assert.deepEqual(recorded.told, ["early"]);
  });

  test("send answers the sender", {}, async (t) => {
    const [one, other] = [datagramSocket(t), datagramSocket(t)];
    record(t, other.fd, { datagram: (data, address, flow) => void flow.send(data, address) });
    await t.kernel.sendto(one.fd, bytes("echo"), 0, other.address);
    const buffer = new Uint8Array(8);
    assert.deepEqual(await t.kernel.recvfrom(one.fd, buffer), { bytes: 4, address: other.address });
  });

  test("a datagram longer than maxBytes is cut, and told so", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const recorded = record(t, fd, {}, { maxBytes: 4 });
    recorded.flow.send(bytes("1234"), address);
    recorded.flow.send(bytes("12345"), address);
    await recorded.reached(2);
    assert.deepEqual(recorded.told, ["1234", "1234 …"]);
  });

  test("while paused none, after resume all", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const recorded = record(t, fd);
    recorded.flow.pause();
    await t.kernel.sendto(t.socket(AF_INET, SOCK_DGRAM), bytes("held"), 0, address);
    await turns();
    assert.deepEqual(recorded.told, []);
    recorded.flow.resume();
    await recorded.reached(1);
  });

  test("nobody there: a connected flow is told ECONNREFUSED, and goes on", {}, async (t) => {
    const [one, other] = [datagramSocket(t), datagramSocket(t)];
    await t.kernel.connect(one.fd, other.address);
    t.kernel.close(other.fd);
    const recorded = record(t, one.fd);
    recorded.flow.send(bytes("anyone?"));
    await recorded.reached(1);
    assert.deepEqual(recorded.told, ["error ECONNREFUSED"]);
    const again = datagramSocket(t, other.address);
    await t.kernel.sendto(again.fd, bytes("here"), 0, one.address);
    await recorded.reached(2);
    assert.deepEqual(recorded.told, ["error ECONNREFUSED", "here"]);
  });

  test(
    "what the receiver has no room for is queued, told by false, and drained in order",
    { needs: ["unix"] },
    async (t) => {
      const [one, other] = unixPair(t, SOCK_DGRAM);
      const recorded = record(t, one, {}, { highWaterMark: 10 });
      const { flow } = recorded;
      let sent = 0;
      do sent += 1;
      while (flow.send(bytes(`${sent}`)));
      assert.equal(flow.datagramsQueued, 10);
      assert.equal(flow.datagramsSent, sent - 10);
      throwsWith(() => flow.detach(), "detach", "EBUSY");
      const buffer = new Uint8Array(8);
      for (let index = 1; index <= sent; index += 1) {
        assert.equal(text(buffer, await t.kernel.recv(other, buffer)), `${index}`);
      }
      await recorded.reached(1);
      assert.deepEqual(recorded.told, ["drain"]);
      assert.deepEqual([flow.datagramsSent, flow.datagramsQueued], [sent, 0]);
    },
  );

  test("a datagram that is too long is told as an error, and the flow goes on", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const recorded = record(t, fd);
    recorded.flow.send(new Uint8Array(70_000), address);
    recorded.flow.send(bytes("short"), address);
    await recorded.reached(2);
    assert.deepEqual(recorded.told, ["error EMSGSIZE", "short"]);
  });

  test("a handler that throws closes its flow with that error", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const recorded = record(t, fd, {
      datagram() {
        throw new Error("from datagram");
      },
    });
    const other = datagramSocket(t);
    await t.kernel.sendto(other.fd, bytes("x"), 0, address);
    await recorded.reached(2);
    assert.deepEqual(recorded.told, ["x", "close from datagram"]);
  });

  test("pulled or pushed, never both; detach gives the descriptor back", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const receiving = t.kernel.recv(fd, new Uint8Array(4));
    throwsWith(() => t.kernel.datagramFlow(fd, { datagram() {} }), "datagramFlow", "EBUSY");
    await t.kernel.sendto(fd, bytes("x"), 0, address);
    await receiving;
    const recorded = record(t, fd);
    await rejectsWith(t.kernel.recv(fd, new Uint8Array(4)), "recv", "EBUSY");
    assert.equal(recorded.flow.detach(), fd);
    const again = t.kernel.recv(fd, new Uint8Array(4));
    assert.ok(await isPending(again));
    await t.kernel.sendto(fd, bytes("x"), 0, address);
    assert.equal(await again, 1);
    assert.deepEqual(recorded.told, []);
    throwsWith(() => recorded.flow.send(bytes("x"), address), "send", "EBADF");
  });

  test("close is told once; kernel.close closes the flow", {}, async (t) => {
    const [one, other] = [datagramSocket(t), datagramSocket(t)];
    const [first, second] = [record(t, one.fd), record(t, other.fd)];
    first.flow.close(new Error("why"));
    first.flow.close();
    t.kernel.close(other.fd);
    await Promise.all([first.reached(1), second.reached(1)]);
    assert.deepEqual([first.told, second.told], [["close why"], ["close"]]);
    assert.deepEqual([first.flow.fd, second.flow.fd], [-1, -1]);
  });
});
