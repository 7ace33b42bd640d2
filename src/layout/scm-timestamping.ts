/** `struct scm_timestamping`, SO_TIMESTAMPING: three times; the software's is the first, the hardware's the third. */
export const SCM_TIMESTAMPING_TIMES = { size: 48, ts: 0 } as const;
