import { AF_INET, AF_INET6, EAI_AGAIN, EAI_FAIL, EAI_NODATA, EAI_NONAME } from "../../api/constants.ts";
import { inet_ntop } from "../../netdb/inet.ts";
import { canonicalName } from "../../wire/dns-name.ts";
import { DNS_A, DNS_AAAA, DNS_PTR, type DnsRecord } from "../../wire/dns-record.ts";
import type { RandomSource } from "../random.ts";
import type { FoundName, NameServer } from "../socket/names/names.ts";
import type { StackKernel } from "../socket/socket-layer.ts";
import { type Answer, type Failure, isFailure } from "./answer.ts";
import { DnsClient } from "./dns-client.ts";
import type { ResolverSettings } from "./resolver-options.ts";
import { reverseName } from "./reverse-name.ts";
import { searchList } from "./search-list.ts";

/** RFC 6761 §6.3 and §6.4: names that nobody is asked for. */
const LOOPBACK: readonly string[] = ["::1", "127.0.0.1"];

/** Names by asking the network's DNS servers, over the stack's own sockets: what resolv.conf(5) sets. */
export class Resolver implements NameServer {
  readonly #kernel: StackKernel;
  readonly #settings: ResolverSettings;
  readonly #client: DnsClient;

  constructor(kernel: StackKernel, random: RandomSource, settings: ResolverSettings) {
    this.#kernel = kernel;
    this.#settings = settings;
    this.#client = new DnsClient(kernel, random, settings);
  }

  /** For people. */
  inspect(): { readonly sockets: number; readonly cached: number } {
    return { sockets: this.#kernel.descriptors().length, cached: this.#client.cache.size };
  }

  async lookUp(
    name: string,
    family: number,
    error: (number: number) => Error,
    signal: AbortSignal | undefined,
  ): Promise<FoundName> {
    const special = reserved(name, family);
    if (special !== undefined) return special;
    let failure = EAI_NONAME;
    for (const candidate of searchList(name, this.#settings)) {
      const found = await this.#addresses(candidate, family, signal);
      if (typeof found === "object") return found;
      // As glibc: what a server could not do for one name another name may do; silence is the same for all of them.
      if (found === "failed") failure = EAI_AGAIN;
      else if (found !== EAI_NODATA && found !== EAI_NONAME) throw error(found);
      else if (failure === EAI_NONAME) failure = found;
    }
    throw error(failure);
  }

  /** The addresses of one name; or an EAI_… number; "failed" when servers answered that they could not do it. */
  async #addresses(
    name: string,
    family: number,
    signal: AbortSignal | undefined,
  ): Promise<FoundName | number | "failed"> {
    const types = family === AF_INET ? [DNS_A] : family === AF_INET6 ? [DNS_AAAA] : [DNS_AAAA, DNS_A];
    const answers = await Promise.all(types.map((type) => this.#client.ask(name, type, signal)));
    const found = answers.filter(isRecords);
    const [first] = found;
    if (first !== undefined) {
      const addresses = found.flatMap(({ records }) => records.flatMap(addressText));
      return { addresses, canonicalName: isHostName(first.name) ? first.name : name };
    }
    if (answers.some(({ kind }) => kind === "no name")) return EAI_NONAME;
    const failed = answers.find(isFailure);
    if (failed === undefined) return EAI_NODATA;
    if (failed.isServers) return "failed";
    return failed.kind === "again" ? EAI_AGAIN : EAI_FAIL;
  }

  async nameOf(
    address: string,
    error: (number: number) => Error,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const name = reverseName(address);
    if (name === undefined) return undefined;
    const answer = await this.#client.ask(name, DNS_PTR, signal);
    if (answer.kind === "again") throw error(EAI_AGAIN);
    if (!isRecords(answer)) return undefined;
    const targets = answer.records.flatMap(({ data }) => (data.kind === "name" ? [data.target] : []));
    return targets.find(isHostName);
  }
}

function isRecords(answer: Answer | Failure): answer is Extract<Answer, { kind: "records" | "follow" }> {
  return answer.kind === "records";
}

function addressText({ data }: DnsRecord): string[] {
  if (data.kind !== "address") return [];
  return [inet_ntop(data.address.length === 4 ? AF_INET : AF_INET6, data.address)];
}

/** RFC 1123 §2.1, and "_", as glibc has it: a name with anything else in it is no host's. */
function isHostName(name: string): boolean {
  return /^[\w.-]+$/.test(name) && !name.startsWith("-");
}

function reserved(name: string, family: number): FoundName | undefined {
  const [top] = canonicalName(name).split(".").slice(-1);
  if (top !== "localhost") return undefined;
  const addresses = LOOPBACK.filter((address) => family === 0 || (family === AF_INET6) === address.includes(":"));
  return { addresses, canonicalName: name };
}
