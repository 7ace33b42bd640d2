/** The object with some members of its own in place of the original's; the other methods run on the original. */
export function overlay<T extends object>(target: T, own: ReadonlyMap<PropertyKey, unknown>): T {
  return new Proxy(target, {
    get(original, key) {
      if (own.has(key)) return own.get(key);
      const value: unknown = Reflect.get(original, key, original);
      return typeof value === "function" ? (value.bind(original) as unknown) : value;
    },
  });
}
