// Socket types: the second argument of `socket`, socket(2).

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_RDM = 4;
export const SOCK_SEQPACKET = 5;
export const SOCK_DCCP = 6;
export const SOCK_PACKET = 10;

// Added to the type, and the flags of `accept4`
export const SOCK_CLOEXEC = 0x80000;
export const SOCK_NONBLOCK = 0x800;
