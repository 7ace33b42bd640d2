// Commands and flags of `fcntl` that sockets use, fcntl(2).

// Commands
export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_SETOWN = 8;
export const F_GETOWN = 9;
export const F_SETSIG = 10;
export const F_GETSIG = 11;
export const F_SETOWN_EX = 15;
export const F_GETOWN_EX = 16;
export const F_DUPFD_CLOEXEC = 1030;

// The descriptor's flag
export const FD_CLOEXEC = 1;

// The file's flags
export const O_RDONLY = 0x0;
export const O_WRONLY = 0x1;
export const O_RDWR = 0x2;
export const O_ACCMODE = 0x3;
export const O_APPEND = 0x400;
export const O_NONBLOCK = 0x800;
export const O_NDELAY = 0x800;
export const O_ASYNC = 0x2000;
export const O_CLOEXEC = 0x80000;

// Owners of F_SETOWN_EX
export const F_OWNER_TID = 0;
export const F_OWNER_PID = 1;
export const F_OWNER_PGRP = 2;
