/*
 * Sends datagrams of SIZE bytes as fast as it can, as many in one send as UDP_SEGMENT takes, and asks the receiver
 * before and after how many bytes came. What a full receive buffer dropped does not count. Counts MiB.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "measure.h"

#define MIB 1048576
#define SEND_BYTES 65507     /* what fits a UDP datagram over IPv4 */
#define SEGMENTS_LIMIT 64    /* UDP_MAX_SEGMENTS of older kernels */
#define ANSWER_LIMIT_US 5000 /* a question is lost where the buffer is full: it is put again */
#define QUESTIONS 1000

static struct {
  struct sockaddr_in server;
  uint32_t size;
  double seconds, warm_up;
} options = {.size = 1472, .seconds = 2, .warm_up = 0.5};

static unsigned long long received, wrong;

static void ask(int fd) {
  for (int i = 0; i < QUESTIONS; i++) {
    char answer[64] = "";
    if (send(fd, "?", 1, 0) < 0) die("udp-bulk-load: send");
    if (recv(fd, answer, sizeof answer - 1, 0) > 0 && sscanf(answer, "%llu %llu", &received, &wrong) == 2) {
      while (recv(fd, answer, sizeof answer, MSG_DONTWAIT) >= 0) continue; /* answers to questions put twice */
      return;
    }
  }
  die("udp-bulk-load: no answer");
}

static void usage(void) {
  fputs("usage: udp-bulk-load --port P [--size BYTES] [--seconds S] [--warm-up S] [--server PID]\n", stderr);
  exit(2);
}

static void read_options(int argc, char **argv) {
  static const struct option names[] = {
      {"port", 1, 0, 'p'}, {"connections", 1, 0, 'c'}, {"size", 1, 0, 's'}, {"seconds", 1, 0, 'd'},
      {"warm-up", 1, 0, 'w'}, {"mode", 1, 0, 'm'}, {"server", 1, 0, 'S'}, {0, 0, 0, 0}};
  options.server.sin_family = AF_INET;
  options.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
    if (name == 'p') options.server.sin_port = htons((uint16_t)atoi(optarg));
    if (name == 's') options.size = (uint32_t)atoi(optarg);
    if (name == 'd') options.seconds = atof(optarg);
    if (name == 'w') options.warm_up = atof(optarg);
    if (name == 'S') read_servers(optarg);
    if (name == '?') usage();
  }
  if (options.size < 2 || options.size > SEND_BYTES || options.seconds <= 0 || options.server.sin_port == 0) usage();
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  alarm((unsigned)(2 * (options.seconds + options.warm_up)) + 20); /* whatever happens, it ends */
  static uint8_t outbox[SEND_BYTES];
  uint32_t segments = SEND_BYTES / options.size < SEGMENTS_LIMIT ? SEND_BYTES / options.size : SEGMENTS_LIMIT;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), segment = (int)options.size;
  struct timeval limit = {.tv_usec = ANSWER_LIMIT_US};
  if (fd < 0 || connect(fd, (struct sockaddr *)&options.server, sizeof options.server) != 0) die("connect");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) die("udp-bulk-load: UDP_SEGMENT");
  for (uint32_t i = 0; i < segments * options.size; i++) outbox[i] = (uint8_t)(i % options.size * 7 % PATTERN_PERIOD);

  resident_before_kib = server_resident_kib();
  struct clocks before = {0};
  unsigned long long received_before = 0;
  for (int part = 0; part < 2; part++) { /* the warm-up, then what is measured */
    ask(fd);
    before = read_clocks();
    received_before = received;
    uint64_t end = before.ns + (uint64_t)((part == 0 ? options.warm_up : options.seconds) * 1e9);
    while (now_ns() < end)
      if (send(fd, outbox, segments * options.size, 0) < 0 && errno != EINTR) die("udp-bulk-load: send");
  }
  ask(fd);
  errors = wrong;
  requests = (received - received_before) / MIB;
  report("datagrams", 1, options.size, 1, before, read_clocks());
  return errors == 0 ? 0 : 1;
}
