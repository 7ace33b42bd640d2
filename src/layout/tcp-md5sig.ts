import { AF_INET6, TCP_MD5SIG_FLAG_IFINDEX, TCP_MD5SIG_FLAG_PREFIX, TCP_MD5SIG_MAXKEYLEN } from "../api/constants.ts";
import { invalidType, outOfRange } from "../api/errors.ts";
import type { Md5Key } from "../api/options.ts";
import { checkInteger, fieldsOf, interfaceIndex } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";
import { encodePlainAddress } from "./plain-address.ts";

/** `struct tcp_md5sig`, TCP_MD5SIG in tcp(7). */
export const TCP_MD5SIG_KEY = {
  size: 216,
  addr: 0,
  flags: 128,
  prefixlen: 129,
  keylen: 130,
  ifindex: 132,
  key: 136,
} as const;

export const md5KeyCodec: OptionCodec<Md5Key> = {
  size: TCP_MD5SIG_KEY.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ address, key, prefixLength?, interfaceIndex? }");
    const { key, prefixLength } = fields;
    const bytes = new Uint8Array(TCP_MD5SIG_KEY.size);
    const view = viewOf(bytes);
    const family = encodePlainAddress(bytes, TCP_MD5SIG_KEY.addr, fields["address"], `${argument}.address`);
    if (!(key instanceof Uint8Array)) throw invalidType(`${argument}.key`, "a Uint8Array", key);
    if (key.length > TCP_MD5SIG_MAXKEYLEN) {
      throw outOfRange(`${argument}.key.length`, `at most ${TCP_MD5SIG_MAXKEYLEN}`, key.length);
    }
    view.setUint16(TCP_MD5SIG_KEY.keylen, key.length, true);
    bytes.set(key, TCP_MD5SIG_KEY.key);
    let flags = 0;
    if (prefixLength !== undefined) {
      checkInteger(`${argument}.prefixLength`, prefixLength, 0, family === AF_INET6 ? 128 : 32);
      view.setUint8(TCP_MD5SIG_KEY.prefixlen, prefixLength);
      flags |= TCP_MD5SIG_FLAG_PREFIX;
    }
    if (fields["interfaceIndex"] !== undefined) {
      view.setInt32(
        TCP_MD5SIG_KEY.ifindex,
        interfaceIndex(`${argument}.interfaceIndex`, fields["interfaceIndex"]),
        true,
      );
      flags |= TCP_MD5SIG_FLAG_IFINDEX;
    }
    view.setUint8(TCP_MD5SIG_KEY.flags, flags);
    return bytes;
  },
};
