/** What is ordered: the answers of getaddrinfo have it. */
interface OfFamily {
  readonly family: number;
}

/**
 * RFC 8305 §4: the order of the resolver (RFC 6724), but with the families in turns, so that a family that does not
 * work costs one attempt, not all of its addresses. The First Address Family Count is 1.
 */
export function interleaveFamilies<T extends OfFamily>(addresses: readonly T[]): T[] {
  const byFamily = new Map<number, T[]>();
  for (const address of addresses) {
    const same = byFamily.get(address.family);
    if (same === undefined) byFamily.set(address.family, [address]);
    else same.push(address);
  }
  const families = [...byFamily.values()];
  const rounds = Math.max(0, ...families.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => families.flatMap((family) => family[round] ?? [])).flat();
}
