// Sockets between a virtual machine and its host, vsock(7).

// Machines
export const VMADDR_CID_HYPERVISOR = 0;
export const VMADDR_CID_LOCAL = 1;
export const VMADDR_CID_HOST = 2;

// Any machine, any port
export const VMADDR_CID_ANY = 0xffffffff;
export const VMADDR_PORT_ANY = 0xffffffff;

// A flag of the address
export const VMADDR_FLAG_TO_HOST = 1;

// Options at level AF_VSOCK
export const SO_VM_SOCKETS_BUFFER_SIZE = 0;
export const SO_VM_SOCKETS_BUFFER_MIN_SIZE = 1;
export const SO_VM_SOCKETS_BUFFER_MAX_SIZE = 2;
export const SO_VM_SOCKETS_PEER_HOST_VM_ID = 3;
export const SO_VM_SOCKETS_TRUSTED = 5;
export const SO_VM_SOCKETS_CONNECT_TIMEOUT = 6;
export const SO_VM_SOCKETS_NONBLOCK_TXRX = 7;

// The control message of the error queue at level SOL_VSOCK
export const VSOCK_RECVERR = 1;
