export * from "./calls.ts";
export * from "./api/constants.ts";
export type * from "./api/address.ts";
export { errno, errnoName } from "./api/errno.ts";
export { isSystemError, type SystemError } from "./api/errors.ts";
export type * from "./api/flow.ts";
export type * from "./api/kernel.ts";
export * from "./api/message.ts";
export type * from "./api/options.ts";
export type { EngineName } from "./host/engine-choice.ts";
export { createHost, type HostKernel, type HostOptions } from "./host/host.ts";
export type { RingLimits } from "./host/uring/limits.ts";
export * from "./netdb/byte-order.ts";
export * from "./netdb/inet.ts";
export * from "./netdb/inet-aton.ts";
export * from "./netdb/inet-class.ts";
export { portRange, type PortRange as PortRangeName } from "./netdb/port-range.ts";
export {
  getprotobyname,
  getprotobynumber,
  protocolEntries,
  type Protocol,
  type ProtocolEntries,
} from "./netdb/protocols.ts";
export { getservbyname, getservbyport, serviceEntries, type Service, type ServiceEntries } from "./netdb/services.ts";
export {
  sockaddrDecode,
  sockaddrEncode,
  sockaddrEncodeInto,
  SOCKADDR_IN6_SIZE,
  SOCKADDR_IN_SIZE,
  SOCKADDR_LL_SIZE,
  SOCKADDR_NL_SIZE,
  SOCKADDR_STORAGE_SIZE,
  SOCKADDR_UN_SIZE,
  SOCKADDR_VM_SIZE,
  SUN_PATH_SIZE,
} from "./netdb/sockaddr.ts";
export { Socket, type AcceptedSocket, type SocketOptions } from "./socket/socket.ts";
export { serve } from "./socket/serve/serve.ts";
export type { ConnectionHandler, FlowFactory, HandlerContext, ServedConnection } from "./socket/serve/connection.ts";
export type { ServeOptions, ServeShape } from "./socket/serve/options.ts";
export type { Server, StopOptions } from "./socket/serve/server.ts";
export type { ServeCounters, ServerStats, WorkerStats } from "./socket/serve/stats.ts";
export { telephoneWord } from "./socket/trace/telephone.ts";
export { traceCalls, type TraceOptions } from "./socket/trace/trace-calls.ts";
export { callText, type TracedCall, type TraceListener } from "./socket/trace/traced-call.ts";
export * from "./socket/proxy-protocol.ts";
export type { NetAddress } from "./socket/net-address.ts";
export { SocketDuplex, type SocketDuplexOptions } from "./socket/duplex.ts";
export type { ReceivedDatagram } from "./socket/unread.ts";
export type { WebStreams } from "./socket/web-streams.ts";
export {
  createConnection,
  type ConnectionOptions,
  type TcpConnectionOptions,
  type UnixConnectionOptions,
} from "./socket/create-connection.ts";
export {
  createServer,
  type ServerOptions,
  type TcpServerOptions,
  type UnixServerOptions,
} from "./socket/create-server.ts";
export { listenFds, type ListenFdsOptions, type PassedDescriptor } from "./socket/serve/activation.ts";
