import assert from "node:assert/strict";
import { test } from "node:test";
import * as constants from "./constants.ts";
import {
  findOption,
  optionKind,
  optionName,
  options,
  type Credentials,
  type OptionInput,
  type OptionInputs,
  type OptionTypes,
  type OptionValue,
  type TcpInfo,
} from "./options.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only when the types are the same. */
function same<A, B>(yes: Same<A, B>): void {
  assert.equal(yes, true);
}
type C = typeof constants;

test("an option is typed by its level and number", () => {
  same<OptionValue<C["SOL_SOCKET"], C["SO_REUSEADDR"]>, boolean>(true);
  same<OptionValue<C["SOL_SOCKET"], C["SO_RCVBUF"]>, number>(true);
  same<OptionValue<C["IPPROTO_TCP"], C["TCP_INFO"]>, TcpInfo>(true);
  same<OptionValue<C["IPPROTO_IP"], C["IP_MULTICAST_IF"]>, string>(true);
  same<OptionValue<C["SOL_SOCKET"], C["SO_PEERCRED"]>, Credentials>(true);
  same<OptionValue<C["SOL_SOCKET"], 9999>, Uint8Array>(true);
  same<OptionValue<number, number>, Uint8Array>(true);
});

test("what is set may be wider than what is read", () => {
  same<OptionInput<C["SOL_SOCKET"], C["SO_REUSEADDR"]>, boolean | 0 | 1 | Uint8Array>(true);
  same<OptionInput<C["IPPROTO_IP"], C["IP_MULTICAST_IF"]>, number | string | Uint8Array>(true);
  same<OptionInput<C["SOL_SOCKET"], 9999>, Uint8Array | number | boolean>(true);
  same<C["TCP_INFO"] extends keyof OptionInputs[6] ? true : false, false>(true);
  same<C["IP_ADD_MEMBERSHIP"] extends keyof OptionTypes[0] ? true : false, true>(true);
});

test("every option of the table has a number of its own at its level", () => {
  assert.ok(options.length > 230, `only ${options.length} options`);
  const seen = new Map<string, string>();
  for (const { level, number, name, get, set } of options) {
    assert.ok(Number.isInteger(number), `${name} is not a constant`);
    const key = `${level}/${number}`;
    assert.equal(seen.get(key), undefined, `${name} and ${seen.get(key)} are both ${key}`);
    seen.set(key, name);
    assert.ok(get !== undefined || set !== undefined, `${name} can neither be read nor written`);
  }
});

test("an option is found by its numbers", () => {
  const { SOL_SOCKET, SOL_IP, SOL_IPV6, IPPROTO_TCP, SO_REUSEADDR, SO_ERROR, IP_TTL, TCP_MAXSEG } = constants;
  assert.deepEqual(findOption(SOL_SOCKET, SO_ERROR), {
    level: SOL_SOCKET,
    number: SO_ERROR,
    name: "SO_ERROR",
    get: "integer",
    set: undefined,
  });
  assert.equal(optionKind(SOL_SOCKET, SO_REUSEADDR, "get"), "boolean");
  assert.equal(optionKind(SOL_SOCKET, SO_ERROR, "set"), undefined);
  // The same number at three levels is three options.
  assert.deepEqual(
    [SOL_SOCKET, SOL_IP, IPPROTO_TCP].map((level) => optionName(level, 2)),
    ["SO_REUSEADDR", "IP_TTL", "TCP_MAXSEG"],
  );
  assert.deepEqual([SO_REUSEADDR, IP_TTL, TCP_MAXSEG], [2, 2, 2]);
  assert.equal(optionName(SOL_IPV6, constants.MCAST_JOIN_GROUP), "MCAST_JOIN_GROUP");
  assert.equal(optionName(SOL_SOCKET, 9999), undefined);
  assert.equal(optionKind(9999, 1, "get"), undefined);
});

test("every option constant of the families that programs use is in the table", () => {
  const names = new Set(options.map((option) => option.name));
  const families: readonly (readonly [pattern: RegExp, other: RegExp])[] = [
    [/^SO_/, /^SO_(EE_|VM_SOCKETS_(PEER|TRUSTED|NONBLOCK)|GET_FILTER|DETACH_BPF|SECURITY_|DEVMEM_(LINEAR|DMABUF))/],
    [/^IP_/, /^IP_(PMTUDISC_|ORIGDSTADDR|RECVRETOPTS|DEFAULT_|MAXPACKET)/],
    [/^MCAST_/, /^MCAST_(INCLUDE|EXCLUDE)/],
    [
      /^IPV6_/,
      /^IPV6_(PMTUDISC_|PREFER_|FL_|FLOWINFO_[FP]|ORIGDSTADDR|JOIN_GROUP|LEAVE_GROUP|HOPLIMIT|NEXTHOP|AUTHHDR)/,
    ],
    [/^TCP_/, /^TCP_(CM_|REPAIR_O[NF]|NO_QUEUE|RECV_QUEUE|SEND_QUEUE|CA_|MSS_|MD5SIG_[MF])/],
    [/^UDP_/, /^UDP_ENCAP_/],
    [/^UDPLITE_/, /^$/],
  ];
  const states = new Set(
    Object.keys(constants).filter((name) => /^TCP_(ESTABLISHED|SYN_|FIN_|TIME_|CLOS|LAST_|LISTEN)/.test(name)),
  );
  assert.equal(states.size, 11);
  const missing = Object.keys(constants).filter(
    (name) =>
      !names.has(name) &&
      !states.has(name) &&
      families.some(([pattern, other]) => pattern.test(name) && !other.test(name)),
  );
  assert.deepEqual(missing, []);
});
