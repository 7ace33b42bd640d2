import {
  AF_INET,
  AF_UNIX,
  host,
  POLLIN,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Inet4Address,
  type SocketAddress,
} from "../../src/index.ts";
import { tell } from "../child.ts";

/* Programs that end by themselves, or wait; see alive.test.ts. */

const pair = (type = SOCK_STREAM): [number, number] => host.socketpair(AF_UNIX, type);
const byte = (): Uint8Array => new Uint8Array(1);
const ignore = (): undefined => undefined;

function listener(): number {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  host.listen(fd);
  return fd;
}

/** Waits of every kind on descriptors that `prepare` has had. */
function waitForAll(prepare: (fd: number) => void): number[] {
  const fds = [pair()[0], pair()[0], pair(SOCK_DGRAM)[0], listener(), pair()[0]];
  fds.forEach(prepare);
  const [stream, polled, datagram, listening, selected] = fds as [number, number, number, number, number];
  const waits = [
    host.recv(stream, byte()),
    host.poll([{ fd: polled, events: POLLIN }]),
    host.recvmsg(datagram, { data: byte() }),
    host.accept(listening),
    host.select([selected], [], []),
  ];
  for (const wait of waits) (wait as Promise<unknown>).catch(ignore);
  return fds;
}

function flows(): { ref(): void; unref(): void; detach(): number; close(): void; readonly fd: number }[] {
  return [
    host.flow(pair()[0], { data: ignore }),
    host.datagramFlow(pair(SOCK_DGRAM)[0], { datagram: ignore }),
    host.acceptFlow(listener(), { connection: ignore }),
  ];
}

export async function openButIdle(): Promise<void> {
  const [one, other] = pair();
  listener();
  await host.send(one, byte());
  // A wait that has ended: the event loop's handle was in use.
  await host.recv(other, byte());
  const waiting = host.recv(other, byte());
  await host.send(one, byte());
  await waiting;
  tell("done");
}

export function closedAgain(): void {
  const open = flows();
  for (const fd of waitForAll(ignore)) host.close(fd);
  for (const [index, flow] of open.entries()) {
    if (index === 0) flow.close();
    else host.close(flow.fd);
  }
  tell("done");
}

export async function abortedAgain(): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const waits = [
    host.recv(pair()[0], byte(), 0, { signal }),
    host.accept(listener(), { signal }),
    host.poll([{ fd: pair()[0], events: POLLIN }], -1, { signal }),
  ];
  controller.abort();
  const settled = await Promise.allSettled(waits);
  tell(settled.every(({ status }) => status === "rejected") ? "done" : settled);
}

export function unrefBeforeTheWait(): void {
  waitForAll((fd) => host.unref(fd));
  tell("done");
}

export function unrefDuringTheWait(): void {
  for (const fd of waitForAll(ignore)) host.unref(fd);
  tell("done");
}

export function unrefFlows(): void {
  for (const flow of flows()) flow.unref();
  tell("done");
}

export function unrefDescriptorsOfFlows(): void {
  for (const flow of flows()) host.unref(flow.fd);
  tell("done");
}

export function detachedFlows(): void {
  for (const flow of flows()) flow.detach();
  tell("done");
}

export function unrefSleep(): void {
  // waits for: nothing, which is what is tested
  void host.clock.sleep(3_600_000, { ref: false });
  tell("done");
}

async function call(address: SocketAddress): Promise<number> {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  await host.connect(fd, { ...(address as Inet4Address), address: "127.0.0.1" });
  return fd;
}

/** Says that it waits, when the event loop has gone round with nothing else to wait for. */
function tellWhenAlone(): void {
  // waits for: the loop, which an unref'd timer alone does not keep going
  setTimeout(() => tell("waiting"), 20).unref();
}

export async function keptByCall(address: SocketAddress): Promise<void> {
  const fd = await call(address);
  tellWhenAlone();
  await host.recv(fd, byte());
  tell("event");
}

export async function keptByRefDuringTheWait(address: SocketAddress): Promise<void> {
  const fd = await call(address);
  host.unref(fd);
  const waiting = host.recv(fd, byte());
  host.ref(fd);
  tellWhenAlone();
  await waiting;
  tell("event");
}

export async function keptByPoll(address: SocketAddress): Promise<void> {
  const fd = await call(address);
  const other = pair()[0];
  host.unref(other);
  tellWhenAlone();
  await host.poll([
    { fd: other, events: POLLIN },
    { fd, events: POLLIN },
  ]);
  tell("event");
}

export async function keptByFlow(address: SocketAddress): Promise<void> {
  const fd = await call(address);
  const flow = host.flow(fd, {
    data(_chunk, from) {
      tell("event");
      from.close();
    },
  });
  flow.unref();
  flow.ref();
  tellWhenAlone();
}

export async function keptByAcceptFlow(address: SocketAddress): Promise<void> {
  const fd = await call(address);
  host.acceptFlow(listener(), { connection: ignore });
  host.unref(fd);
  tellWhenAlone();
  await host.recv(fd, byte());
  tell("event");
  process.exit(0);
}
