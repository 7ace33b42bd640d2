/** `struct pollfd`, poll(2). */
export const POLLFD = { size: 8, fd: 0, events: 4, revents: 6 } as const;
