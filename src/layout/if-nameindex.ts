/** `struct if_nameindex`, if_nameindex(3). `name` is the address of text; the last entry has index 0. */
export const IF_NAMEINDEX = { size: 16, index: 0, name: 8 } as const;
