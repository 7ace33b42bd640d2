/** What TCP_CONGESTION can be. */
export type CongestionControlName = "cubic" | "reno";
