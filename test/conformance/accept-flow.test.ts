import assert from "node:assert/strict";
import { AF_INET, F_GETFL, O_RDWR, SOCK_STREAM, type AcceptHandler, type SocketAddress } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, isPending, listener, receiveAll, rejectsWith, text, throwsWith, turns } from "./sockets.ts";

async function call(t: Context, address: SocketAddress): Promise<number> {
  const client = t.socket(AF_INET, SOCK_STREAM);
  await t.kernel.connect(client, address);
  return client;
}

/** A handler that owns its connections, and lets a test wait for their number. */
function counting(
  t: Context,
): AcceptHandler & { fds: number[]; closes: number; reached(count: number): Promise<void> } {
  const fds: number[] = [];
  let wake = (): void => undefined;
  const handler = {
    fds,
    closes: 0,
    connection(fd: number) {
      fds.push(t.own(fd));
      wake();
    },
    close() {
      handler.closes += 1;
    },
    async reached(count: number) {
      while (fds.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
  return handler;
}

conformance("accept flows", (test) => {
  test("connections come as they are made, in their order", {}, async (t) => {
    const { fd, address } = listener(t);
    const handler = counting(t);
    const flow = t.kernel.acceptFlow(fd, handler);
    assert.equal(flow.fd, fd);
    const clients = [await call(t, address), await call(t, address), await call(t, address)];
    await handler.reached(3);
    assert.equal(flow.accepted, 3);
    assert.deepEqual(
      handler.fds.map((one) => t.kernel.getpeername(one)),
      clients.map((client) => t.kernel.getsockname(client)),
    );
    for (const one of handler.fds) assert.equal(t.kernel.fcntl(one, F_GETFL), O_RDWR);
    flow.close();
    assert.equal(flow.fd, -1);
    assert.equal(handler.closes, 1);
  });

  test("connections that were made before come too", {}, async (t) => {
    const { fd, address } = listener(t);
    await call(t, address);
    const handler = counting(t);
    t.kernel.acceptFlow(fd, handler);
    assert.deepEqual(handler.fds, [], "not inside the call");
    await handler.reached(1);
  });

  test("hundreds of connections at once", {}, async (t) => {
    const { fd, address } = listener(t, undefined, 300);
    const handler = counting(t);
    t.kernel.acceptFlow(fd, handler);
    await Promise.all(Array.from({ length: 300 }, () => call(t, address)));
    await handler.reached(300);
    assert.equal(new Set(handler.fds).size, 300);
  });

  test("while paused connections stay in the backlog, after resume they come", {}, async (t) => {
    const { fd, address } = listener(t);
    const handler = counting(t);
    const flow = t.kernel.acceptFlow(fd, handler);
    flow.pause();
    await call(t, address);
    await call(t, address);
    await turns();
    assert.deepEqual(handler.fds, []);
    flow.resume();
    await handler.reached(2);
  });

  test("pause inside the handler holds after that connection", {}, async (t) => {
    const { fd, address } = listener(t);
    const handler = counting(t);
    const flow = t.kernel.acceptFlow(fd, {
      connection(one, self) {
        self.pause();
        handler.connection(one, self);
      },
    });
    await call(t, address);
    await call(t, address);
    await handler.reached(1);
    await turns();
    assert.equal(handler.fds.length, 1);
    flow.resume();
    await handler.reached(2);
  });

  test("detach gives the listener back, and no connection is lost", {}, async (t) => {
    const { fd, address } = listener(t);
    const handler = counting(t);
    const flow = t.kernel.acceptFlow(fd, handler);
    await call(t, address);
    await handler.reached(1);
    assert.equal(flow.detach(), fd);
    const client = await call(t, address);
    await turns();
    assert.equal(handler.fds.length, 1);
    const server = await t.accept(fd);
    await t.kernel.send(client, bytes("pulled"));
    assert.equal(text(await receiveAll(t, server, 6)), "pulled");
    throwsWith(() => flow.detach(), "detach", "EBADF");
    assert.equal(handler.closes, 0);
  });

  test("close inside the handler", {}, async (t) => {
    const { fd, address } = listener(t);
    const clients = [await call(t, address), await call(t, address)];
    const handler = counting(t);
    t.kernel.acceptFlow(fd, {
      connection(one, self) {
        self.close();
        handler.connection(one, self);
      },
    });
    await handler.reached(1);
    throwsWith(() => t.kernel.getsockname(fd), "getsockname", "EBADF");
    await rejectsWith(t.kernel.recv(clients[1] ?? -1, new Uint8Array(1)), "recv", "ECONNRESET");
  });

  test("pull calls fail with EBUSY; a listener that is waited for cannot become a flow", {}, async (t) => {
    const { fd, address } = listener(t);
    const flow = t.kernel.acceptFlow(fd, counting(t));
    await rejectsWith(t.kernel.accept(fd), "accept", "EBUSY");
    flow.detach();
    const accepting = t.accept(fd);
    assert.ok(await isPending(accepting));
    throwsWith(() => t.kernel.acceptFlow(fd, counting(t)), "acceptFlow", "EBUSY");
    await call(t, address);
    await accepting;
  });

  test("kernel.close of the listener closes the flow", {}, (t) => {
    const { fd } = listener(t);
    const handler = counting(t);
    const flow = t.kernel.acceptFlow(fd, handler);
    t.kernel.close(fd);
    assert.equal(handler.closes, 1);
    assert.equal(flow.fd, -1);
    flow.close();
    assert.equal(handler.closes, 1);
  });

  test("accepted connections become flows inside the handler", {}, async (t) => {
    const { fd, address } = listener(t);
    t.kernel.acceptFlow(fd, {
      connection: (one) => void t.kernel.flow(t.own(one), { data: (chunk, flow) => void flow.write(chunk) }),
    });
    const clients = [await call(t, address), await call(t, address)];
    for (const client of clients) {
      await t.kernel.send(client, bytes(`hello ${client}`));
      t.kernel.shutdown(client, 1);
      assert.equal(text(await receiveAll(t, client)), `hello ${client}`);
    }
  });
});
