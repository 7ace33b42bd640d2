/**
 * True when the program listens for a signal. Only then does a signal end a blocking call (EINTR): its listener runs
 * when the thread is free. Any other is Node's own, SIGCHLD for one, and the wait goes on as with SA_RESTART
 * (signal(7)).
 */
export function listensForSignals(): boolean {
  return process.eventNames().some((name) => typeof name === "string" && name.startsWith("SIG"));
}
