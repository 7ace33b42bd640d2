export { Internet, type InternetOptions, type RunOptions } from "./sim/internet.ts";
export type { Host, HostOptions } from "./sim/host.ts";
export type { HostInterface, InterfaceOptions } from "./sim/host-interface.ts";
export type { Channel, ChannelCounters, Gate } from "./sim/link/channel.ts";
export { BandwidthTrace, type BandwidthStep } from "./sim/link/bandwidth-trace.ts";
export type { DelaySettings } from "./sim/link/delay.ts";
export type { BurstLoss, LossSettings } from "./sim/link/loss.ts";
export type { Link } from "./sim/link/link.ts";
export type { ChannelSettings, LinkSettings } from "./sim/link/settings.ts";
export type { Node, Port } from "./sim/port.ts";
export type { Process, ProcessState, Program } from "./sim/process.ts";
export type { ProcessSelf, SimKernel } from "./sim/process-kernel.ts";
export { SeededRandom } from "./sim/random.ts";
export type { RunError, RunReason, RunResult } from "./sim/run-result.ts";
export type { SimCall } from "./sim/sim-call.ts";
export type { SimContext } from "./sim/sim-context.ts";
export { bytesOnWire, completeChecksum } from "./sim/trace/bytes-on-wire.ts";
export type { DropReason, TraceSink } from "./sim/trace/tracer.ts";
export type { FirewallOptions } from "./sim/firewall/firewall.ts";
export type { FirewallAction, FirewallProtocol, FirewallRule } from "./sim/firewall/rule.ts";
export type { NatKind, NatOptions } from "./sim/nat/behaviour.ts";
export type { NatRouter, NatRouterOptions, NatRow, PortForward } from "./sim/nodes/nat-router.ts";
export type { Switch } from "./sim/nodes/switch.ts";
export { dataCentre, type DataCentre, type DataCentreOptions } from "./sim/topology/data-centre.ts";
export { homes, type Home, type Homes, type HomesOptions } from "./sim/topology/homes.ts";
export { lan, type Lan, type LanOptions } from "./sim/topology/lan.ts";
export { twoSites, type TwoSites, type TwoSitesOptions } from "./sim/topology/two-sites.ts";
export {
  capture,
  type CaptureOptions,
  type RunningCapture,
  sampleTcp,
  sequenceDiagram,
  type SequenceDiagram,
  type SequenceOptions,
  type TcpSampleOptions,
  type TcpSamples,
  textTrace,
  type TextTraceOptions,
} from "./sim/seeing/see.ts";
export type { SampledConnection, TcpSample } from "./sim/seeing/tcp-samples.ts";
export { hostTable, type TableName } from "./sim/seeing/tables.ts";
export { socketTable, type SocketRow } from "./sim/seeing/socket-table.ts";
export { type CallFaultOptions, failCall } from "./sim/fault/call-fault.ts";
export {
  cut,
  flap,
  type FlapOptions,
  hold,
  partition,
  type PartitionOptions,
  rule,
  type Where,
} from "./sim/fault/faults.ts";
export type { PacketProtocol, PacketView } from "./sim/fault/packet-view.ts";
export { firstOf, type Rule, type Verdict } from "./sim/fault/rule.ts";
export type { ChaosKind, ChaosPlan } from "./sim/sweep/chaos.ts";
export {
  runSeed,
  type Scenario,
  type ScenarioEnd,
  type ScenarioTools,
  type SeedOptions,
  type SeedResult,
} from "./sim/sweep/scenario.ts";
export { simulated, type SimulatedOptions, sweep, type SweepOptions, type SweepResult } from "./sim/sweep/sweep.ts";
