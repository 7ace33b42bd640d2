import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  AF_INET,
  AF_UNIX,
  controlMessage,
  controlValue,
  host,
  SCM_RIGHTS,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../src/index.ts";
import { Child } from "../child-program.ts";
import {
  bound,
  bytes,
  echoDatagrams,
  echoStreams,
  folder,
  LOOPBACK,
  owned,
  receive,
  text,
  unixAddress,
  without,
  type Scope,
} from "./peers.ts";

/** Runs a program of Python's socket module; its lines come at once. */
function python(t: Scope, program: string, ...args: (string | number)[]): Child {
  return new Child(t, "python3", ["-u", "-c", `import array, os, socket, sys\n${program}`, ...args.map(String)]);
}

const CLIENT = `
data = b"there and back " * 100000
client.sendall(data[:10]); print(client.recv(64).decode())
import threading
threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR))).start()
received = b""
while chunk := client.recv(65536): received += chunk
print(received == data)
`;

const SERVER = `
print(server.getsockname()[1] if server.family == socket.AF_INET else "")
connection, _ = server.accept()
while chunk := connection.recv(65536): connection.sendall(chunk)
connection.close()
`;

async function callEcho(fd: number): Promise<void> {
  const data = "there and back ".repeat(100_000);
  const received = receive(fd);
  assert.equal(await host.send(fd, bytes(data)), data.length);
  host.shutdown(fd, 1);
  assert.equal(await received, data);
}

describe("Python's sockets", { skip: without("python3") }, () => {
  test("call our server over TCP", { timeout: 10_000 }, async (t) => {
    const { fd, address } = bound(t);
    void echoStreams(fd);
    const child = python(
      t,
      `client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))${CLIENT}`,
      address.port,
    );
    assert.deepEqual(await child.rest(), ["there and ", "True"], child.stderr);
  });

  test("call our server over a Unix socket", { timeout: 10_000 }, async (t) => {
    const path = `${folder(t)}/socket`;
    const { fd } = bound(t, unixAddress(path));
    void echoStreams(fd);
    const open = "client = socket.socket(socket.AF_UNIX); client.connect(sys.argv[1])";
    const child = python(t, `${open}${CLIENT}`, path);
    assert.deepEqual(await child.rest(), ["there and ", "True"], child.stderr);
  });

  test("answer our client over TCP", { timeout: 10_000 }, async (t) => {
    const child = python(t, `server = socket.create_server(("127.0.0.1", 0))${SERVER}`);
    const fd = owned(t, host.socket(AF_INET, SOCK_STREAM));
    await host.connect(fd, { ...LOOPBACK, port: Number(await child.line()) });
    await callEcho(fd);
    assert.equal((await child.exited).code, 0, child.stderr);
  });

  test("answer our client over a Unix socket", { timeout: 10_000 }, async (t) => {
    const path = `${folder(t)}/socket`;
    const open = "server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen()";
    const child = python(t, `${open}${SERVER}`, path);
    await child.line();
    const fd = owned(t, host.socket(AF_UNIX, SOCK_STREAM));
    await host.connect(fd, unixAddress(path));
    await callEcho(fd);
    assert.equal((await child.exited).code, 0, child.stderr);
  });

  test("talk to ours over UDP, both ways", { timeout: 10_000 }, async (t) => {
    const { fd, address } = bound(t, LOOPBACK, SOCK_DGRAM);
    void echoDatagrams(fd);
    const program = `
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); one.bind(("127.0.0.1", 0))
one.sendto(b"there", ("127.0.0.1", int(sys.argv[1])))
print(*one.recvfrom(64))
print(one.getsockname()[1])
one.sendto(*one.recvfrom(64))
`;
    const child = python(t, program, address.port);
    assert.equal(await child.line(), `b'there' ('127.0.0.1', ${address.port})`);
    const peer = { ...LOOPBACK, port: Number(await child.line()) };
    const client = owned(t, host.socket(AF_INET, SOCK_DGRAM));
    await host.sendto(client, bytes("back"), 0, peer);
    const buffer = new Uint8Array(64);
    assert.deepEqual(await host.recvfrom(client, buffer), { bytes: 4, address: peer });
    assert.equal(text(buffer, 4), "back");
  });

  test("pass descriptors to ours, and take ours", { timeout: 10_000 }, async (t) => {
    const directory = folder(t);
    writeFileSync(`${directory}/from-python`, "opened by Python");
    writeFileSync(`${directory}/from-dialtone`, "opened by dialtone");
    const { fd: listener } = bound(t, unixAddress(`${directory}/socket`));
    const program = `
channel = socket.socket(socket.AF_UNIX); channel.connect(sys.argv[1] + "/socket")
socket.send_fds(channel, [b"take"], [os.open(sys.argv[1] + "/from-python", os.O_RDONLY), channel.fileno()])
data, fds, flags, _ = socket.recv_fds(channel, 64, 4)
print(data.decode(), len(fds), flags & ~socket.MSG_CMSG_CLOEXEC)
other = socket.socket(fileno=fds[0])
print(other.family == socket.AF_INET, other.type == socket.SOCK_STREAM)
other.sendall(b"from Python through a socket of dialtone's")
`;
    const child = python(t, program, directory);
    const channel = owned(t, (await host.accept(listener)).fd);
    const buffer = new Uint8Array(64);
    const { bytes: count, control } = await host.recvmsg(channel, { data: buffer });
    assert.equal(text(buffer, count), "take");
    const fds = controlValue(control, SOL_SOCKET, SCM_RIGHTS) as readonly number[];
    assert.equal(fds.length, 2);
    for (const fd of fds) owned(t, fd);
    assert.equal(text(buffer, await host.read(fds[0] as number, buffer)), "opened by Python");

    // Back goes one end of a connection of ours: what Python writes to it comes out of the other.
    const { fd: tcp, address } = bound(t);
    const client = owned(t, host.socket(AF_INET, SOCK_STREAM));
    await host.connect(client, address);
    const server = owned(t, (await host.accept(tcp)).fd);
    await host.sendmsg(channel, { data: bytes("give"), control: [controlMessage(SOL_SOCKET, SCM_RIGHTS, [client])] });
    host.close(client);
    assert.equal(await child.line(), "give 1 0");
    assert.equal(await child.line(), "True True");
    assert.equal(await receive(server), "from Python through a socket of dialtone's");
    assert.equal((await child.exited).code, 0, child.stderr);
  });

  test("share a port with ours by SO_REUSEPORT", { timeout: 20_000 }, async (t) => {
    const listener = owned(t, host.socket(AF_INET, SOCK_STREAM));
    host.setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, true);
    host.bind(listener, LOOPBACK);
    host.listen(listener);
    const address = host.getsockname(listener);
    const program = `
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
server.bind(("127.0.0.1", int(sys.argv[1]))); server.listen(); print("listening")
while True:
  connection, _ = server.accept()
  connection.sendall(b"P"); connection.close()
`;
    const child = python(t, program, (address as { port: number }).port);
    assert.equal(await child.line(), "listening");
    void (async () => {
      for (;;) {
        const accepted = await host.accept(listener).catch(() => undefined);
        if (accepted === undefined) return;
        await host.send(accepted.fd, bytes("D"));
        host.close(accepted.fd);
      }
    })();
    // The kernel shares connections out by their addresses: a few dozen reach both but for odds of one in 2^63.
    const answers: string[] = [];
    for (let index = 0; index < 64; index += 1) {
      const fd = host.socket(AF_INET, SOCK_STREAM);
      await host.connect(fd, address);
      answers.push(await receive(fd));
      host.close(fd);
    }
    assert.deepEqual([...new Set(answers)].sort(), ["D", "P"]);
  });
});
