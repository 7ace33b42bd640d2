export { tap } from "./tap/tap.ts";
export type { TapCloseOptions, TapNetwork } from "./tap/tap-network.ts";
export type { TapOptions } from "./tap/tap-options.ts";
export type { DeviceCounters } from "./tap/stack-device.ts";
