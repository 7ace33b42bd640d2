import assert from "node:assert/strict";
import { test } from "node:test";
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_FIN_WAIT2 } from "../../src/api/constants/tcp-option.ts";
import { Host, Network } from "./network.ts";
import { openPair, pattern, readAll } from "./program.ts";

function twoHosts(network: Network): [Host, Host] {
  return [new Host(network, "10.0.0.1"), new Host(network, "10.0.0.2")];
}

test("a connection opens, carries bytes both ways, and closes", () => {
  const network = new Network();
  const [a, b] = twoHosts(network);
  const { client, server } = openPair(network);
  assert.equal(client.state, TCP_ESTABLISHED);
  assert.equal(server.state, TCP_ESTABLISHED);
  assert.equal(client.write(pattern(5), 0, 5, 0), 5);
  network.pass(100_000);
  assert.deepEqual(Buffer.from(readAll(server)), Buffer.from(pattern(5)));
  assert.equal(server.write(pattern(7), 0, 7, 0), 7);
  network.pass(100_000);
  assert.deepEqual(Buffer.from(readAll(client)), Buffer.from(pattern(7)));
  client.close();
  network.pass(100_000);
  assert.equal(client.state, TCP_FIN_WAIT2);
  assert.ok(server.isReceiveEnded);
  server.close();
  network.run();
  assert.equal(client.state, TCP_CLOSE);
  assert.equal(server.state, TCP_CLOSE);
  assert.equal(a.tcp.pairs.size + b.tcp.pairs.size, 0);
  assert.equal(network.pool.inUse, 0);
});

test("a megabyte arrives whole and in order", () => {
  const network = new Network();
  twoHosts(network);
  const { client, server } = openPair(network);
  const sent = pattern(1_000_000);
  const received: Uint8Array[] = [];
  let written = 0;
  let got = 0;
  network.run(() => {
    if (written < sent.length) written += client.write(sent, written, sent.length - written, 0);
    const part = readAll(server);
    if (part.length > 0) received.push(part);
    got += part.length;
    return got === sent.length;
  }, 60_000_000);
  assert.equal(got, sent.length);
  assert.ok(Buffer.concat(received).equals(sent));
  assert.equal(client.info().totalRetrans, 0);
});
