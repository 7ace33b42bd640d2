import { canonicalName } from "../../wire/dns-name.ts";
import { dnsQuery, DnsMessage, ednsRecord, emitDns, OPCODE_QUERY, parseDns } from "../../wire/dns.ts";
import { OK } from "../../wire/reason.ts";
import type { RandomSource } from "../random.ts";

/**
 * Bytes of an answer over UDP that are asked for: what comes over any path in one piece, as DNS servers do since 2020
 * (RFC 6891 §6.2.5 leaves it open).
 */
export const UDP_ANSWER_BYTES = 1232;
/** A name and the fields around it fit, with an OPT record. */
const QUERY_BYTES = 512;

/** One message that asks for the records of a name. */
export class Query {
  readonly name: string;
  readonly type: number;
  readonly id: number;
  readonly usesEdns: boolean;
  /** As it is sent. */
  readonly bytes: Uint8Array;

  /** The name is a legal one. RFC 5452 §9.2: nobody can guess the id. */
  constructor(random: RandomSource, name: string, type: number, usesEdns: boolean) {
    this.name = canonicalName(name);
    this.type = type;
    this.id = random.uint32() >>> 16;
    this.usesEdns = usesEdns;
    const message = dnsQuery(this.id, name, type);
    if (usesEdns) {
      message.additionals = [
        ednsRecord({ udpBytes: UDP_ANSWER_BYTES, responseCode: 0, version: 0, dnssecOk: false, options: [] }),
      ];
    }
    const memory = new DataView(new ArrayBuffer(QUERY_BYTES));
    this.bytes = new Uint8Array(memory.buffer, 0, emitDns(memory, 0, QUERY_BYTES, message));
  }

  /**
   * The response in these bytes when it is one to this query (RFC 5452 §9.1: the id and the question; the addresses and
   * ports are the socket's to check), else undefined.
   */
  response(bytes: Uint8Array): DnsMessage | undefined {
    const message = new DnsMessage();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const reason = parseDns(view, 0, bytes.length, message);
    if (message.id !== this.id || !message.response || message.opcode !== OPCODE_QUERY) return undefined;
    // What was cut to fit may end anywhere: it is asked for again.
    if (reason !== OK && !message.truncated) return undefined;
    return this.#isAbout(message) ? message : undefined;
  }

  #isAbout({ questions, responseCode }: DnsMessage): boolean {
    const [question, ...more] = questions;
    // A server that could not read the question need not repeat it; such an answer says nothing of the name.
    if (question === undefined) return responseCode !== 0;
    if (more.length > 0 || question.type !== this.type) return false;
    return question.class === 1 && canonicalName(question.name) === this.name;
  }
}
