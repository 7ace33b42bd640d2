/* The yardstick: a UDP echo server that takes what is there with recvmmsg, and answers with one sendmmsg. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define DATAGRAMS_AT_ONCE 128
#define DATAGRAM_BYTES 65536

static uint8_t buffers[DATAGRAMS_AT_ONCE][DATAGRAM_BYTES];
static struct sockaddr_in senders[DATAGRAMS_AT_ONCE];
static struct iovec pieces[DATAGRAMS_AT_ONCE];
static struct mmsghdr messages[DATAGRAMS_AT_ONCE];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int bind_on(uint16_t port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0) die("socket");
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

/* What the kernel refuses is dropped, as datagrams are; the others go on. */
static void answer(int fd, unsigned count) {
  for (unsigned sent = 0; sent < count;) {
    int n = sendmmsg(fd, messages + sent, count - sent, 0);
    if (n < 0 && errno == EINTR) continue;
    sent += n < 0 ? 1u : (unsigned)n;
  }
}

int main(int argc, char **argv) {
  int fd = bind_on(argc > 1 ? (uint16_t)atoi(argv[1]) : 0);
  for (unsigned i = 0; i < DATAGRAMS_AT_ONCE; i++) {
    pieces[i].iov_base = buffers[i];
    messages[i].msg_hdr = (struct msghdr){.msg_name = &senders[i], .msg_iov = &pieces[i], .msg_iovlen = 1};
  }
  for (unsigned used = DATAGRAMS_AT_ONCE;;) {
    for (unsigned i = 0; i < used; i++) {
      pieces[i].iov_len = DATAGRAM_BYTES;
      messages[i].msg_hdr.msg_namelen = sizeof senders[i];
    }
    used = 0;
    int count = recvmmsg(fd, messages, DATAGRAMS_AT_ONCE, MSG_WAITFORONE, NULL);
    if (count < 0 && errno != EINTR && errno != ECONNREFUSED) die("recvmmsg");
    if (count < 0) continue;
    used = (unsigned)count;
    for (unsigned i = 0; i < used; i++) pieces[i].iov_len = messages[i].msg_len;
    answer(fd, used);
  }
}
