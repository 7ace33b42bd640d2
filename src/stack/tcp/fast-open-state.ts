import type { Listener } from "./listener.ts";

/** What TCP Fast Open has to remember of a connection: RFC 7413 §4.2. */
export class FastOpenState {
  /** The listener that made the connection of a SYN with data, until the handshake is done. */
  listener: Listener | undefined;
  /** A SYN with data has made the connection: TCPI_OPT_TFO_CHILD. */
  readonly isChild: boolean;
  /** Data went with our SYN. */
  hasData = false;
  /** The SYN's data was taken: TCPI_OPT_SYN_DATA. */
  isDataTaken = false;
  /** Why data did not go, or was not taken: tcpi_fastopen_client_fail. */
  failure = 0;

  constructor(listener?: Listener) {
    this.listener = listener;
    this.isChild = listener !== undefined;
  }

  /** The handshake is done, or the connection is over: its listener may serve another so. */
  finished(wasReset: boolean): void {
    this.listener?.fastOpenFinished(wasReset);
    this.listener = undefined;
  }
}
