/** `struct timespec`: seconds and nanoseconds. */
export const TIMESPEC = { size: 16, sec: 0, nsec: 8 } as const;
