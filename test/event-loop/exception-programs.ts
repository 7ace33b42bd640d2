import {
  AF_INET,
  AF_UNIX,
  host,
  SOCK_DGRAM,
  SOCK_STREAM,
  type AcceptFlow,
  type Flow,
  type Inet4Address,
} from "../../src/index.ts";
import { tell } from "../child.ts";

/* Programs whose handlers throw. Each tells what happened when all is over. */

const LOOPBACK: Inet4Address = { family: AF_INET, address: "127.0.0.1", port: 0 };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const pair = (type = SOCK_STREAM): [number, number] => host.socketpair(AF_UNIX, type);

function collectUncaught(): string[] {
  const uncaught: string[] = [];
  process.on("uncaughtException", (error) => uncaught.push(error.message));
  return uncaught;
}

/** Exceptions become uncaught in a turn of their own. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function throwing(message = "thrown"): never {
  throw new TypeError(message);
}

async function listenerWith(clients: number): Promise<[listener: number, clients: number[]]> {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, LOOPBACK);
  host.listen(listener);
  const fds = Array.from({ length: clients }, () => host.socket(AF_INET, SOCK_STREAM));
  for (const fd of fds) await host.connect(fd, host.getsockname(listener));
  return [listener, fds];
}

export async function connection(): Promise<void> {
  const uncaught = collectUncaught();
  // All are in the backlog when the flow begins: no further event will come.
  const [listener, clients] = await listenerWith(5);
  let accepted = 0;
  await new Promise<void>((resolve) => {
    host.acceptFlow(listener, {
      connection(fd, flow: AcceptFlow) {
        host.close(fd);
        accepted += 1;
        if (accepted < 3) throwing(`thrown ${accepted}`);
        if (accepted < 5) return;
        flow.close();
        resolve();
      },
    });
  });
  await turn();
  for (const fd of clients) host.close(fd);
  tell({ accepted, uncaught });
}

export async function acceptClose(): Promise<void> {
  const uncaught = collectUncaught();
  const [listener] = await listenerWith(0);
  let closed = 0;
  const flow = host.acceptFlow(listener, {
    connection: () => undefined,
    close() {
      closed += 1;
      throwing();
    },
  });
  setImmediate(() => flow.close());
  await turn();
  await turn();
  tell({ closed, uncaught });
}

export async function data(): Promise<void> {
  const uncaught = collectUncaught();
  const closed: string[] = [];
  const [one, oneEnd] = pair();
  const [two, twoEnd] = pair();
  let received = "";
  const both = new Promise<void>((resolve) => {
    const close = (error: Error | undefined): void => {
      if (closed.push(error?.message ?? "none") === 2) resolve();
    };
    host.flow(one, { data: () => throwing(), close });
    host.flow(two, { data: (chunk) => void (received += text(chunk)), close });
  });
  await host.send(oneEnd, bytes("first"));
  await host.send(twoEnd, bytes("rest"));
  host.close(twoEnd);
  await both;
  host.close(oneEnd);
  await turn();
  tell({ closed, received, uncaught });
}

export async function end(): Promise<void> {
  const uncaught = collectUncaught();
  const [one, other] = pair();
  const error = await new Promise<Error | undefined>((resolve) => {
    host.flow(one, { data: () => undefined, end: () => throwing(), close: resolve });
    host.close(other);
  });
  await turn();
  tell({ closed: [error?.message], uncaught });
}

export async function drain(): Promise<void> {
  const uncaught = collectUncaught();
  const [one, other] = pair();
  const closed = new Promise<Error | undefined>((resolve) => {
    const flow = host.flow(one, { data: () => undefined, drain: () => throwing(), close: resolve });
    flow.write(new Uint8Array(1 << 20));
  });
  const buffer = new Uint8Array(1 << 16);
  let left = 1 << 20;
  while (left > 0) left -= await host.recv(other, buffer);
  const error = await closed;
  await turn();
  host.close(other);
  tell({ closed: [error?.message], uncaught });
}

export async function close(): Promise<void> {
  const uncaught = collectUncaught();
  const [one, oneEnd] = pair();
  const [two, twoEnd] = pair();
  let received = "";
  const over = new Promise<void>((resolve) => {
    host.flow(one, { data: () => undefined, close: () => throwing() });
    host.flow(two, { data: (chunk) => void (received += text(chunk)), close: () => resolve() });
  });
  host.close(oneEnd);
  await host.send(twoEnd, bytes("rest"));
  host.close(twoEnd);
  await over;
  await turn();
  tell({ received, uncaught });
}

export async function datagram(): Promise<void> {
  const uncaught = collectUncaught();
  const [one, oneEnd] = pair(SOCK_DGRAM);
  const [two, twoEnd] = pair(SOCK_DGRAM);
  const closed: (string | undefined)[] = [];
  const received = new Promise<string>((resolve) => {
    host.datagramFlow(one, { datagram: () => throwing(), close: (error) => void closed.push(error?.message) });
    host.datagramFlow(two, {
      datagram(chunk, _from, flow) {
        flow.close();
        resolve(text(chunk));
      },
    });
  });
  await host.send(oneEnd, bytes("first"));
  await host.send(twoEnd, bytes("rest"));
  const result = await received;
  for (const fd of [oneEnd, twoEnd]) host.close(fd);
  await turn();
  tell({ closed, received: result, uncaught });
}

/** A port that refuses has the socket report ECONNREFUSED; the datagram that comes after it is received. */
export async function datagramError(): Promise<void> {
  const uncaught = collectUncaught();
  const fd = host.socket(AF_INET, SOCK_DGRAM);
  const peer = host.socket(AF_INET, SOCK_DGRAM);
  for (const each of [fd, peer]) host.bind(each, LOOPBACK);
  const address = host.getsockname(peer);
  await host.connect(fd, address);
  const received = new Promise<string>((resolve) => {
    host.datagramFlow(fd, {
      datagram(chunk, _from, flow) {
        flow.close();
        resolve(text(chunk));
      },
      error: () => throwing(),
    });
  });
  host.close(peer);
  await host.send(await refusedThrough(fd, address), bytes("rest"));
  const result = await received;
  await turn();
  tell({ received: result, uncaught });
}

/** Has the socket's peer refuse a datagram, then come back; returns its descriptor, connected. */
async function refusedThrough(fd: number, address: ReturnType<typeof host.getsockname>): Promise<number> {
  const copy = host.dup(fd);
  host.sendSync(copy, bytes("refused"));
  host.close(copy);
  const peer = host.socket(AF_INET, SOCK_DGRAM);
  host.bind(peer, address);
  await host.connect(peer, host.getsockname(fd));
  return peer;
}

export async function uncaught(): Promise<void> {
  const [one, other] = pair();
  host.recv(pair()[0], new Uint8Array(1)).catch(() => undefined);
  host.flow(one, { data: (_chunk, flow: Flow) => flow.close(), close: () => throwing() });
  await host.send(other, bytes("now"));
}
