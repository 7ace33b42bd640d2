import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import {
  AF_INET,
  AI_CANONNAME,
  host,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Inet4Address,
  type SocketAddress,
} from "../../src/index.ts";

/*
 * Run in a network where 127.0.0.1 is the only name server, which is this program itself: it answers as the name asks
 * for, or not at all. The argument is the step to take.
 */

// RFC 1035
const TYPE_A = 1;
const TYPE_PTR = 12;
const RECURSIVE_ANSWER = 0x8180;
const NO_SUCH_NAME = 3;

interface Query {
  readonly name: string;
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly from: SocketAddress;
}

function readQuery(bytes: Uint8Array, from: SocketAddress): Query {
  const labels: string[] = [];
  let at = 12;
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    labels.push(new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return { name: labels.join("."), type: ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0), bytes, from };
}

/** The answer to a query: nothing found, no such name, or one record. */
function answer({ name, type, bytes }: Query): Uint8Array {
  const record =
    type === TYPE_A && name === "here.example"
      ? Uint8Array.of(192, 0, 2, 7)
      : type === TYPE_PTR && name === "7.2.0.192.in-addr.arpa"
        ? new TextEncoder().encode("\x04here\x07example\0")
        : undefined;
  const exists = record !== undefined || name === "here.example";
  const question = bytes.subarray(12, 12 + name.length + 2 + 4);
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  header.set(bytes.subarray(0, 2));
  view.setUint16(2, exists ? RECURSIVE_ANSWER : RECURSIVE_ANSWER | NO_SUCH_NAME);
  view.setUint16(4, 1);
  if (record === undefined) return Buffer.concat([header, question]);
  view.setUint16(6, 1);
  const about = Uint8Array.of(0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, record.length);
  return Buffer.concat([header, question, about, record]);
}

const server = host.socket(AF_INET, SOCK_DGRAM);
host.bind(server, { family: AF_INET, address: "127.0.0.1", port: 53 });
host.unref(server);

async function nextQuery(): Promise<Query> {
  const buffer = new Uint8Array(512);
  const { bytes, address } = await host.recvfrom(server, buffer);
  assert.ok(address !== undefined);
  return readQuery(buffer.slice(0, bytes), address);
}

async function answerAll(): Promise<never> {
  for (;;) {
    const query = await nextQuery();
    await host.sendto(server, answer(query), 0, query.from);
  }
}

const STREAM = { type: SOCK_STREAM } as const;
const FOUND: Inet4Address = { family: AF_INET, address: "192.0.2.7", port: 80 };

const steps: Readonly<Record<string, () => Promise<void>>> = {
  async "a name that the server knows"() {
    void answerAll();
    const [found] = await host.getaddrinfo("here.example", 80, { ...STREAM, flags: AI_CANONNAME });
    assert.deepEqual(found?.address, FOUND);
    assert.equal(found?.canonicalName, "here.example");
  },

  async "a name that it does not know"() {
    void answerAll();
    await assert.rejects(host.getaddrinfo("nobody.example", 80, STREAM), {
      code: "ENOTFOUND",
      errno: -3008,
      syscall: "getaddrinfo",
      hostname: "nobody.example:80",
    });
  },

  async "a name without an address of that family"() {
    void answerAll();
    await assert.rejects(host.getaddrinfo("here.example", 80, { ...STREAM, family: 10 }), { code: "ENOTFOUND" });
  },

  async "the name of an address"() {
    void answerAll();
    assert.deepEqual(await host.getnameinfo(FOUND, NI_NAMEREQD | NI_NUMERICSERV), {
      node: "here.example",
      service: "80",
    });
    const nameless = { ...FOUND, address: "192.0.2.8" };
    await assert.rejects(host.getnameinfo(nameless, NI_NAMEREQD), {
      code: "ENOTFOUND",
      syscall: "getnameinfo",
      hostname: "192.0.2.8",
    });
    assert.equal((await host.getnameinfo(nameless, 0)).node, "192.0.2.8", "without the flag the number will do");
  },

  async "a server that does not answer: the event loop goes on, and the call can be aborted"() {
    const abort = new AbortController();
    const { signal } = abort;
    const asking = host.getaddrinfo("never.example", 80, { ...STREAM, family: AF_INET, signal });
    const naming = host.getnameinfo(FOUND, NI_NAMEREQD, { signal });
    // The queries come while the calls wait; so does other work, also on the threads that wait for names.
    const queries = [await nextQuery(), await nextQuery()];
    assert.deepEqual(new Set(queries.map(({ name }) => name)), new Set(["never.example", "7.2.0.192.in-addr.arpa"]));
    assert.ok((await readFile("/proc/self/stat")).length > 0);
    assert.equal((await host.getnameinfo(FOUND, NI_NUMERICHOST | NI_NUMERICSERV)).node, "192.0.2.7");
    abort.abort(new Error("enough"));
    await assert.rejects(asking, { name: "AbortError", code: "ABORT_ERR" });
    await assert.rejects(naming, { name: "AbortError", code: "ABORT_ERR" });
    // The late answers are taken, and freed.
    for (const query of queries) await host.sendto(server, answer(query), 0, query.from);
  },

  async "a server that never answers: EAI_AGAIN"() {
    const asking = host.getaddrinfo("never.example", 80, { ...STREAM, family: AF_INET });
    await nextQuery();
    await assert.rejects(asking, { code: "EAI_AGAIN", errno: -3001, syscall: "getaddrinfo" });
  },
};

const step = steps[process.argv[2] ?? ""];
if (step === undefined) console.log(JSON.stringify(Object.keys(steps)));
else await step();
