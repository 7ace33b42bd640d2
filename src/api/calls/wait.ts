/** What a call that waits takes besides its arguments: aborting the signal ends the wait with an AbortError. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}
