/*
 * A load for one TCP stream: the other end of a server that receives, or of one that sends, as fast as it can.
 *
 * --mode receive  the server receives: this end sends chunks of SIZE bytes
 * --mode send     the server sends: this end receives into SIZE bytes
 *
 * The stream is a pattern, of which the receiving end verifies every byte; a server that sees another byte resets the
 * connection, and that is an error here. Counts MiB. Prints one JSON object.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "measure.h"

#define MIB 1048576
#define SIZE_LIMIT (16 * MIB)

static struct {
  struct sockaddr_in server;
  uint32_t size;
  double seconds, warm_up;
  bool sends; /* this end */
} options = {.size = 65536, .seconds = 2, .warm_up = 0.5};

static uint8_t *pattern, *inbox;
static uint64_t moved;

static void move_chunk(int fd) {
  const uint8_t *expected = pattern + moved % PATTERN_PERIOD;
  ssize_t n = options.sends ? send(fd, expected, options.size, MSG_NOSIGNAL) : recv(fd, inbox, options.size, 0);
  if (n < 0 && errno == EINTR) return;
  if (n <= 0 || (!options.sends && memcmp(inbox, expected, (size_t)n) != 0)) {
    errors++;
    return;
  }
  moved += (uint64_t)n;
}

static void run_until(int fd, uint64_t deadline) {
  while (errors == 0 && now_ns() < deadline) move_chunk(fd);
}

static int connect_to_server(void) {
  struct timeval limit = {.tv_sec = (time_t)(options.seconds + options.warm_up) + 5};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("tcp-bulk-load: socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, (struct sockaddr *)&options.server, sizeof options.server) != 0) die("tcp-bulk-load: connect");
  return fd;
}

static void usage(void) {
  fputs("usage: tcp-bulk-load --port P --mode receive|send [--host A] [--size BYTES] [--seconds S] [--warm-up S]\n"
        "                     [--server PID]\n", stderr);
  exit(2);
}

static void read_options(int argc, char **argv) {
  static const struct option names[] = {
      {"host", 1, 0, 'h'}, {"port", 1, 0, 'p'}, {"connections", 1, 0, 'c'}, {"size", 1, 0, 's'}, {"seconds", 1, 0, 'd'},
      {"warm-up", 1, 0, 'w'}, {"mode", 1, 0, 'm'}, {"server", 1, 0, 'S'}, {0, 0, 0, 0}};
  options.server.sin_family = AF_INET;
  options.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
    if (name == 'h' && inet_pton(AF_INET, optarg, &options.server.sin_addr) != 1) usage();
    if (name == 'p') options.server.sin_port = htons((uint16_t)atoi(optarg));
    if (name == 'c' && atoi(optarg) != 1) usage();
    if (name == 's') options.size = (uint32_t)atoi(optarg);
    if (name == 'd') options.seconds = atof(optarg);
    if (name == 'w') options.warm_up = atof(optarg);
    if (name == 'm' && strcmp(optarg, "receive") != 0 && strcmp(optarg, "send") != 0) usage();
    if (name == 'm') options.sends = strcmp(optarg, "receive") == 0;
    if (name == 'S') read_servers(optarg);
    if (name == '?') usage();
  }
  if (options.size == 0 || options.size > SIZE_LIMIT || options.seconds <= 0) usage();
  if (options.server.sin_port == 0) usage();
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  alarm((unsigned)(2 * (options.seconds + options.warm_up)) + 10); /* whatever happens, it ends */
  pattern = make_pattern(options.size);
  inbox = malloc(options.size);
  if (inbox == NULL) die("tcp-bulk-load: start");
  resident_before_kib = server_resident_kib();
  int fd = connect_to_server();
  run_until(fd, now_ns() + (uint64_t)(options.warm_up * 1e9));
  struct clocks before = read_clocks();
  uint64_t moved_before = moved;
  run_until(fd, before.ns + (uint64_t)(options.seconds * 1e9));
  requests = (moved - moved_before) / MIB;
  report(options.sends ? "receive" : "send", 1, options.size, 1, before, read_clocks());
  return errors == 0 ? 0 : 1;
}
