// Which half `shutdown` closes, shutdown(2).

export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;
