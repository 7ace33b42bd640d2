import { MAX_NAME_BYTES, nameLabels } from "../../wire/dns-name.ts";
import type { ResolverSettings } from "./resolver-options.ts";

/** The names that a name may stand for, in the order in which they are tried: resolv.conf(5), RFC 1123 §6.1.4.3. */
export function searchList(name: string, { searchDomains, ndots }: ResolverSettings): string[] {
  if (name.endsWith(".")) return legal([name]);
  const dots = name.split(".").length - 1;
  const inDomains = searchDomains.map((domain) => `${name}.${domain}`);
  return legal(dots >= ndots ? [name, ...inDomains] : [...inDomains, name]);
}

function legal(names: readonly string[]): string[] {
  return names.filter((name) => name.length <= 4 * MAX_NAME_BYTES && (nameLabels(name)?.length ?? 0) > 0);
}
