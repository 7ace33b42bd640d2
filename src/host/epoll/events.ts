/* epoll(7)'s constants; its events are poll(2)'s. */
export const EPOLLET = 0x80000000;
export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
