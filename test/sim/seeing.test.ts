import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  capture,
  homes,
  hostTable,
  Internet,
  sampleTcp,
  sequenceDiagram,
  socketTable,
  textTrace,
  twoSites,
} from "../../src/sim.ts";
import { fields, missing, tshark } from "../interop/tshark.ts";
import { ask, echoClient, echoServerOn, whoAmI } from "./network-programs.ts";
import { echoServer, pair } from "./programs.ts";

const TEXT = "hello".repeat(4000);

/** A sum that is wrong, or a frame that is none. */
const FAULTY = [
  ...["ip", "tcp", "udp", "icmp", "icmpv6"].map((one) => `${one}.checksum.status == "Bad"`),
  "_ws.malformed",
];

describe("a capture", { skip: missing }, () => {
  test("of everything: tshark finds no malformed packet and no bad checksum, also behind translators", async () => {
    const internet = new Internet({ seed: 5 });
    const { homes: all, servers } = homes(internet, {
      homes: 2,
      access: { delayMs: 5, bandwidthMbps: 20, loss: 0.02 },
    });
    const file = capture(internet);
    servers[0]?.run(echoServerOn, 4444);
    servers[0]?.run(whoAmI, 5555);
    for (const { hosts } of all) {
      hosts[0]?.run(echoClient, "203.0.113.101", 4444, TEXT);
      hosts[0]?.run(ask, "203.0.113.101", 5555);
    }
    await internet.run();
    assert.deepEqual(tshark(file.bytes(), "-Y", FAULTY.join(" || "), ...fields("frame.number", "_ws.col.info")), []);
    const times = tshark(file.bytes(), ...fields("frame.time_epoch")).map(([time]) => Number(time));
    assert.ok(times.length > 50);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  test("of one host: names, interfaces, and the call that a packet was sent for", async () => {
    const { internet, server, client } = pair({ delayMs: 5 });
    using file = capture(internet, { at: "client" });
    server.run(echoServer);
    client.run(echoClient, "10.0.0.1", 7, "hello");
    await internet.run();
    const asked = fields("frame.comment", "frame.interface_name", "ip.dst_host");
    const rows = tshark(file.bytes(), "-N", "n", "-Y", "tcp.len > 0 && ip.src == 10.0.0.2", ...asked);
    assert.deepEqual(rows, [['echoClient: send(0, "hello")', "client.eth0", "server"]]);
    const sequence = tshark(file.bytes(), "-Y", "tcp.analysis.flags", ...fields("frame.number", "_ws.col.info"));
    assert.deepEqual(sequence, [], "without loss nothing is sent again");
  });

  test("refuses names that nobody has", () => {
    assert.throws(() => capture(pair().internet, { at: "nobody" }), {
      code: "ERR_INVALID_ARG_VALUE",
      message: /client\.eth0/,
    });
  });
});

test("a text trace tells calls and packets, and what was lost", async () => {
  const { internet, server, client } = pair({ delayMs: 5, loss: 0.1 }, 3);
  const lines: string[] = [];
  textTrace(internet, (line) => void lines.push(line));
  server.run(echoServer);
  client.run(echoClient, "10.0.0.1", 7, TEXT);
  await internet.run();
  const text = lines.join("\n");
  assert.match(text, /^0\.\d{6} client echoClient\[1\] connect\(0, 10\.0\.0\.1:7\) …$/m);
  assert.match(
    text,
    /^0\.\d{6} client\.eth0 > server\.eth0 10\.0\.0\.2:\d+ > 10\.0\.0\.1:7 tcp S 0:0\(0\) win \d+ <mss 1460,/m,
  );
  assert.match(text, /lost \(loss\): 10\.0\.0\./);
  assert.match(text, /client echoClient\[1\] ended, exit code 0$/m);
});

test("a sequence diagram has an arrow for each frame, as text and as a picture", async () => {
  const { internet, server, client } = pair({ delayMs: 5 });
  const diagram = sequenceDiagram(internet, { limit: 30 });
  server.run(echoServer);
  client.run(echoClient, "10.0.0.1", 7, "hello");
  await internet.run();
  const text = diagram.mermaid();
  assert.match(text, /^sequenceDiagram\n {2}participant server\n {2}participant client\n/);
  assert.match(text, /client->>server: 0\.\d+ 10\.0\.0\.2:\d+ #62; 10\.0\.0\.1:7 tcp S 0:0\(0\)/);
  const picture = diagram.svg();
  assert.match(picture, /^<svg [^>]+>/);
  assert.equal(picture.split("<line").length - 1 >= 10, true);
  assert.throws(() => sequenceDiagram(internet, { limit: 0 }), { code: "ERR_OUT_OF_RANGE" });
});

test("TCP over time: the window grows from ten segments, and halves when something is lost", async () => {
  const { internet, server, client } = pair({ delayMs: 10, bandwidthMbps: 20, queuePackets: 30 });
  const samples = sampleTcp(internet, { hosts: [client], everyMs: 5 });
  server.run(echoServer);
  client.run(echoClient, "10.0.0.1", 7, "x".repeat(3_000_000));
  await internet.run();
  const [connection] = samples.connections;
  assert.ok(connection !== undefined);
  const windows = connection.samples.map(({ congestionWindowBytes }) => congestionWindowBytes);
  assert.ok(Math.max(...windows) > 3 * (windows[0] as number));
  const highest = windows.indexOf(Math.max(...windows));
  assert.ok(windows.slice(highest).some((bytes) => bytes < 0.8 * (windows[highest] as number)));
  assert.match(samples.csv(), /^connection,time_s,cwnd_bytes,flight_bytes,ssthresh_bytes,srtt_ms\nclient 10\.0\.0\.2:/);
  assert.match(samples.svg(connection), /<polyline [^>]*points="[\d., ]+"/);
});

test("tables of a host are those of ss and ip", async () => {
  const internet = new Internet();
  const { sites } = twoSites(internet);
  const [server, client] = sites.map(({ hosts }) => hosts[0]!);
  server!.run(echoServerOn, 7);
  client!.run(echoClient, "10.1.0.1", 7, TEXT);
  await internet.run();
  assert.deepEqual(
    socketTable(server!.stack).map(({ protocol, state, local }) => [protocol, state, local]),
    [["tcp", "LISTEN", "*:7"]],
  );
  assert.match(hostTable(client!, "sockets"), /^tcp +TIME-WAIT +0 +0 +10\.2\.0\.1:\d+ +10\.1\.0\.1:7$/m);
  assert.match(hostTable(client!, "neighbours"), /^10\.2\.255\.254 dev eth0 lladdr 02:/m);
  assert.match(hostTable(client!, "interfaces"), /^eth0 +1500 +02:/m);
});
