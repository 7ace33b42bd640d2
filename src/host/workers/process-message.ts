/** The descriptor of the channel's end in a worker process. */
export const CHANNEL_FD = 3;

/** What a worker process is told: what to run, then what its starter posts. */
export type ToProcess = { readonly module: string; readonly data: unknown } | { readonly posted: unknown };

/** What it says: what its program posts, and what it threw and did not catch. */
export type FromProcess = { readonly posted: unknown } | { readonly thrown: unknown };
