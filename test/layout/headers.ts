/** The C library's headers. */
const libc = `#define _GNU_SOURCE
#include <errno.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/uio.h>
#include <sys/time.h>
#include <sys/ioctl.h>
#include <sys/epoll.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netinet/ip_icmp.h>
#include <netinet/icmp6.h>
#include <net/if.h>
#include <netdb.h>
#include <arpa/inet.h>
#include <poll.h>
#include <fcntl.h>
#include <time.h>`;

/** The kernel's headers beside the library's: those that the two agree to share. */
const linux = `#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <time.h>
#include <asm/ioctls.h>
#include <linux/if.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/if_packet.h>
#include <linux/if_ether.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <linux/mptcp.h>
#include <linux/tls.h>
#include <linux/io_uring.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6/ip6_tables.h>`;

/** The kernel's headers alone, where the library has its own version of the same. */
const kernel = `#include <linux/types.h>
#include <linux/socket.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/time.h>
#include <linux/sockios.h>
#include <linux/un.h>
#include <asm/byteorder.h>`;

/** Sets of headers that compile together. */
export const headers: { readonly libc: string; readonly linux: string; readonly kernel: string } = {
  libc,
  linux,
  kernel,
};
export type HeaderSet = keyof typeof headers;
