/**
 * A handler's exception is the program's (uncaughtException), and must not cost the other descriptors their events, nor
 * its own the rest of what has come: it is thrown in a turn of its own.
 */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
