import type { TcpInfo } from "../../api/options.ts";
import { TCP_INFO_FIELDS } from "../../layout/tcp-info.ts";
import { ScriptFault, type Place } from "../language/fault.ts";
import { symbol } from "../run/symbols.ts";
import { evaluate, isTrue, namesIn } from "./evaluate.ts";
import { parseAssertions } from "./parse.ts";

/** Fields of `struct tcp_info` by their names in C. */
const FIELDS: ReadonlyMap<string, keyof TcpInfo> = new Map([
  ...TCP_INFO_FIELDS.map(({ c, name }) => [`tcpi_${c}`, name] as const),
  ["tcpi_snd_wscale", "sndWscale"],
  ["tcpi_rcv_wscale", "rcvWscale"],
  ["tcpi_delivery_rate_app_limited", "deliveryRateAppLimited"],
  ["tcpi_fastopen_client_fail", "fastopenClientFail"],
]);

function valueOf(info: TcpInfo, name: string): number | undefined {
  const field = FIELDS.get(name);
  if (field === undefined) return symbol(name);
  const value = info[field];
  return value === undefined ? undefined : Number(value);
}

/** Checks what `%{ … }%` says of a connection; the first assertion that is not true is a fault, with its values. */
export function checkAssertions(code: string, info: TcpInfo, place: Place): void {
  const names = (name: string): number | undefined => valueOf(info, name);
  for (const { text, condition, message } of parseAssertions(code, place)) {
    if (isTrue(evaluate(condition, names, place))) continue;
    const values = namesIn(condition).map((name) => `${name} is ${names(name) ?? name}`);
    const said = message === undefined ? "" : ` (${String(evaluate(message, names, place))})`;
    throw new ScriptFault(place, `it is not so: ${text}${said}${["", ...values].join("\n    ")}`);
  }
}
