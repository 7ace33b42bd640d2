/**
 * The speed of the simulated internet: events and packet-hops a second of one core, how much faster than real time it
 * goes, and the memory of hosts. `node --expose-gc build/bench/sim.js [NAME…]` with bulk, gossip, connections, idle.
 */
import { AF_INET, SOCK_DGRAM, SOCK_STREAM } from "../src/api/constants.ts";
import { type Host, Internet, SeededRandom, type SimKernel } from "../src/sim.ts";
import { describeMachine, machineText } from "./machine.ts";
import { figure, grouped, table } from "./table.ts";

const PORT = 7;
/** Hosts of one router, in the larger internets. */
const HOSTS_OF_A_ROUTER = 50;

/** When the memory is looked at. */
const LOOK_MS = 1500;

interface Measured {
  readonly name: string;
  readonly virtualMs: number;
  readonly realMs: number;
  readonly events: number;
  readonly hops: number;
  readonly memoryBytes: number;
}

const collect = (globalThis as { gc?: () => void }).gc;

function memoryNow(): number {
  collect?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

const address = (ip: string, port = PORT) => ({ family: AF_INET, address: ip, port }) as const;

/** Hosts behind routers, and the routers on one in the middle: a packet makes two hops, or four. */
function manyHosts(internet: Internet, count: number): { hosts: Host[]; addresses: string[] } {
  const middle = internet.host("middle", [], { forwarding: true, interfaces: [] });
  const hosts: Host[] = [];
  const addresses: string[] = [];
  for (let r = 0; r * HOSTS_OF_A_ROUTER < count; r += 1) {
    const router = internet.host(`router${r}`, [], { forwarding: true, interfaces: [] });
    const up = router.addInterface({ addresses: [`172.16.${r}.2/24`] });
    internet.link(up, middle.addInterface({ addresses: [`172.16.${r}.1/24`] }), { delayMs: 5 });
    router.addRoute("0.0.0.0/0", `172.16.${r}.1`);
    middle.addRoute(`10.${r}.0.0/16`, `172.16.${r}.2`);
    for (let h = 0; h < HOSTS_OF_A_ROUTER && hosts.length < count; h += 1) {
      const gateway = `10.${r}.${h}.1`;
      const host = internet.host(`host${hosts.length}`, `10.${r}.${h}.2/24`, { gateway });
      internet.link(host, router.addInterface({ addresses: [`${gateway}/24`] }), { delayMs: 1, bandwidthMbps: 1000 });
      hosts.push(host);
      addresses.push(`10.${r}.${h}.2`);
    }
  }
  return { hosts, addresses };
}

async function measure(name: string, build: (internet: Internet) => void): Promise<Measured> {
  const before = memoryNow();
  const internet = new Internet({ seed: 1 });
  build(internet);
  // In the middle of its run, when all connections are open.
  let lookedMs = 0;
  let memoryBytes = 0;
  const look = (): void => {
    const began = performance.now();
    memoryBytes = memoryNow() - before;
    lookedMs += performance.now() - began;
  };
  look();
  internet.at(LOOK_MS, look);
  lookedMs = 0;
  const began = performance.now();
  const { timeMs, events, packetHops } = await internet.run();
  const realMs = performance.now() - began - lookedMs;
  return { name, virtualMs: timeMs, realMs, events, hops: packetHops, memoryBytes };
}

/** One connection that is never idle. */
function bulk(internet: Internet): void {
  const server = internet.host("server", "10.0.0.1/24");
  const client = internet.host("client", "10.0.0.2/24");
  internet.link(server, client, { delayMs: 1, bandwidthMbps: 1000, queuePackets: 1000 });
  server.run(async (kernel) => {
    const listener = kernel.socket(AF_INET, SOCK_STREAM);
    kernel.bind(listener, address("10.0.0.1"));
    kernel.listen(listener);
    const { fd } = await kernel.accept(listener);
    const buffer = new Uint8Array(1 << 18);
    while ((await kernel.recv(fd, buffer)) > 0);
  });
  client.run(async (kernel) => {
    const fd = kernel.socket(AF_INET, SOCK_STREAM);
    await kernel.connect(fd, address("10.0.0.1"));
    const chunk = new Uint8Array(1 << 18);
    for (let sent = 0; sent < 400e6;) sent += await kernel.send(fd, chunk);
  });
}

/** Each of 100 hosts tells three others something new, ten times a second, for 60 seconds. */
function gossip(internet: Internet): void {
  const { hosts, addresses } = manyHosts(internet, 100);
  for (const [i, host] of hosts.entries()) {
    const random = new SeededRandom(internet.seed, `gossip ${i}`);
    host.run(async (kernel) => {
      const fd = kernel.socket(AF_INET, SOCK_DGRAM);
      kernel.bind(fd, address("0.0.0.0"));
      kernel.datagramFlow(fd, { datagram: () => undefined });
      const out = kernel.socket(AF_INET, SOCK_DGRAM);
      for (let round = 0; round < 600; round += 1) {
        await kernel.clock.sleep(50 + random.below(100));
        for (let n = 0; n < 3; n += 1) {
          await kernel.sendto(out, new Uint8Array(200), 0, address(addresses[random.below(100)] as string));
        }
      }
      kernel.close(fd);
    });
  }
}

async function answer(kernel: SimKernel, fd: number): Promise<void> {
  const buffer = new Uint8Array(4096);
  for (let bytes = await kernel.recv(fd, buffer); bytes > 0; bytes = await kernel.recv(fd, buffer)) {
    await kernel.send(fd, buffer.subarray(0, bytes));
  }
  kernel.close(fd);
}

async function server(kernel: SimKernel): Promise<void> {
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.bind(listener, address("0.0.0.0"));
  kernel.listen(listener);
  for (;;) void answer(kernel, (await kernel.accept(listener)).fd);
}

async function caller(kernel: SimKernel, to: string, questions: number): Promise<void> {
  const fd = kernel.socket(AF_INET, SOCK_STREAM);
  await kernel.connect(fd, address(to));
  const buffer = new Uint8Array(4096);
  for (let i = 0; i < questions; i += 1) {
    await kernel.send(fd, buffer.subarray(0, 1000));
    for (let got = 0; got < 1000;) got += await kernel.recv(fd, buffer);
    await kernel.clock.sleep(100);
  }
  kernel.close(fd);
}

/** 1,000 hosts, each with connections to ten others, all open at the same time. */
function connections(internet: Internet): void {
  const { hosts, addresses } = manyHosts(internet, 1000);
  const random = new SeededRandom(internet.seed, "connections");
  for (const host of hosts) {
    host.run(server);
    host.run(async (kernel) => {
      const calls = Array.from({ length: 10 }, () => caller(kernel, addresses[random.below(1000)] as string, 20));
      await Promise.all(calls);
    });
  }
}

/** 10,000 hosts that have done nothing yet. */
function idle(internet: Internet): void {
  for (let i = 0; i < 5000; i += 1) {
    const [one, other] = [1, 2].map((n) => internet.host(`host${i}-${n}`, `10.${i >> 8}.${i & 255}.${n}/24`)) as [
      Host,
      Host,
    ];
    internet.link(one, other, { delayMs: 1 });
  }
}

const ALL = { bulk, gossip, connections, idle };
const asked = process.argv.slice(2);
const rows: Measured[] = [];
for (const [name, build] of Object.entries(ALL)) {
  if (asked.length === 0 || asked.includes(name)) rows.push(await measure(name, build));
}
console.log(machineText(describeMachine()));
const HEAD = ["", "virtual s", "real s", "virtual : real", "events/s", "packet-hops", "packet-hops/s", "MB"];
const lines = rows.map(({ name, virtualMs, realMs, events, hops, memoryBytes }) => [
  name,
  figure(virtualMs / 1000, 1),
  figure(realMs / 1000, 2),
  figure(virtualMs / realMs, 2),
  grouped((events / realMs) * 1000),
  grouped(hops),
  grouped((hops / realMs) * 1000),
  figure(memoryBytes / 1e6, 1),
]);
console.log(table(1, HEAD, lines));
