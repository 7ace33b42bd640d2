/*
 * The yardstick for one stream: blocking send and recv, chunk by chunk.
 * bulk PORT receive|send CHUNK
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATTERN_PERIOD 251 /* as the load's */

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int listen_on(uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  if (listen(fd, 1) != 0) die("listen");
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static void reset(int fd) {
  struct linger none = {.l_onoff = 1};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int listener = listen_on((uint16_t)atoi(argv[1])), sends = strcmp(argv[2], "send") == 0;
  size_t chunk = (size_t)atol(argv[3]);
  uint8_t *pattern = malloc(chunk + PATTERN_PERIOD), *buffer = malloc(chunk);
  if (pattern == NULL || buffer == NULL) die("malloc");
  for (size_t i = 0; i < chunk + PATTERN_PERIOD; i++) pattern[i] = (uint8_t)(i * 7 % PATTERN_PERIOD);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) die("accept");
    for (uint64_t moved = 0;;) {
      const uint8_t *expected = pattern + moved % PATTERN_PERIOD;
      ssize_t n = sends ? send(fd, expected, chunk, MSG_NOSIGNAL) : recv(fd, buffer, chunk, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      if (!sends && memcmp(buffer, expected, (size_t)n) != 0) {
        reset(fd);
        break;
      }
      moved += (uint64_t)n;
    }
    close(fd);
  }
}
