/*
 * The yardstick of bulk datagrams: a receiver with UDP_GRO that compares every byte. udp-bulk PORT MODE SIZE
 * A datagram of one byte is a question: how many bytes came, and how many datagrams were wrong.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RECEIVE_BYTES 65536
#define RECEIVE_BUFFER_BYTES (4 * 1048576) /* the kernel grants what net.core.rmem_max allows */
#define PATTERN_PERIOD 251                 /* as the load's */

int main(int argc, char **argv) {
  static uint8_t inbox[RECEIVE_BYTES], expected[RECEIVE_BYTES];
  if (argc < 4) return 2;
  size_t size = (size_t)atol(argv[3]);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, room = RECEIVE_BUFFER_BYTES;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  if (fd < 0 || size == 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("bind");
    return 1;
  }
  getsockname(fd, (struct sockaddr *)&address, &length);
  for (size_t i = 0; i < sizeof expected; i++) expected[i] = (uint8_t)(i % size * 7 % PATTERN_PERIOD);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (unsigned long long bytes = 0, wrong = 0;;) {
    length = sizeof address;
    ssize_t n = recvfrom(fd, inbox, sizeof inbox, 0, (struct sockaddr *)&address, &length);
    if (n < 0) continue;
    if (n == 1) {
      char answer[64];
      int used = snprintf(answer, sizeof answer, "%llu %llu", bytes, wrong);
      sendto(fd, answer, (size_t)used, 0, (struct sockaddr *)&address, length);
      continue;
    }
    if ((size_t)n % size != 0 || memcmp(inbox, expected, (size_t)n) != 0) wrong++;
    bytes += (uint64_t)n;
  }
}
