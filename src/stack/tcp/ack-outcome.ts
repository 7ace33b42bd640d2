/** What one acknowledgement has brought. One object is filled again and again. */
export class AckOutcome {
  /** SND.UNA before it. */
  priorUna = 0;
  /** Segments in flight before it. */
  priorInFlight = 0;
  /** SND.UNA has moved. */
  advanced = false;
  /** It carries data, or changes the window: it is no duplicate (RFC 5681 §2). */
  carriesData = false;
  windowChanged = false;
  /** Segments acknowledged by SND.UNA, and those of them or of new SACK blocks that count as delivered. */
  acknowledged = 0;
  delivered = 0;
  /** Segments that it showed to be lost. */
  lost = 0;
  /** It selectively acknowledges something new. */
  newlySacked = false;
  /** It reports a duplicate: RFC 2883. */
  duplicateSack = false;
  /** Something that was sent once only has arrived: RFC 5682. */
  originalDelivered = false;
  /** Something that was sent again is acknowledged. */
  retransmissionAcknowledged = false;
  /** A record whose retransmission is in flight lost its turn. */
  echoesCongestion = false;
  /** Round trips measured on it, by acknowledgement and by SACK; negative without one. */
  rttUs = -1;
  sackRttUs = -1;
  /** For the rate: what had been delivered when the latest of the delivered records was sent; negative without one. */
  priorDelivered = -1;
  priorDeliveredUs = 0;
  isAppLimited = false;

  reset(priorUna: number, priorInFlight: number): void {
    this.priorUna = priorUna;
    this.priorInFlight = priorInFlight;
    this.advanced = false;
    this.carriesData = false;
    this.windowChanged = false;
    this.acknowledged = 0;
    this.delivered = 0;
    this.lost = 0;
    this.newlySacked = false;
    this.duplicateSack = false;
    this.originalDelivered = false;
    this.retransmissionAcknowledged = false;
    this.echoesCongestion = false;
    this.rttUs = -1;
    this.sackRttUs = -1;
    this.priorDelivered = -1;
    this.priorDeliveredUs = 0;
    this.isAppLimited = false;
  }
}
