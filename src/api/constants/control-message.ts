// Types of control messages at SOL_SOCKET, cmsg(3) and unix(7).
// At the other levels a control message's type is the option that asks for it: IP_PKTINFO, IPV6_HOPLIMIT, UDP_SEGMENT.

export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
export const SCM_SECURITY = 3;
export const SCM_PIDFD = 4;
export const SCM_TIMESTAMP = 29;
export const SCM_TIMESTAMPNS = 35;
export const SCM_TIMESTAMPING = 37;
export const SCM_WIFI_STATUS = 41;
export const SCM_TIMESTAMPING_OPT_STATS = 54;
export const SCM_TIMESTAMPING_PKTINFO = 58;
export const SCM_TXTIME = 61;
export const SCM_DEVMEM_LINEAR = 78;
export const SCM_DEVMEM_DMABUF = 79;
export const SCM_TS_OPT_ID = 81;
export const SCM_INQ = 84;

// How many descriptors one SCM_RIGHTS message carries
export const SCM_MAX_FD = 253;
