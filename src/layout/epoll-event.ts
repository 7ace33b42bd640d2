/** `struct epoll_event`, epoll_ctl(2); packed on x64 alone. `data` is 8 bytes that come back as they were given. */
export const EPOLL_EVENT: { readonly size: number; readonly events: number; readonly data: number } =
  globalThis.process?.arch === "x64" ? { size: 12, events: 0, data: 4 } : { size: 16, events: 0, data: 8 };
