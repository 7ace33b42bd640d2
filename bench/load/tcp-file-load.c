/*
 * A load for a server that sends a file of SIZE bytes to each client and closes: one client after another fetches it.
 *
 * The file is a pattern, of which every byte is verified; one that ends early or goes on is an error. A fetch that has
 * begun is finished. Counts MiB. Prints one JSON object.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "measure.h"

#define MIB 1048576
#define INBOX_BYTES (256 * 1024)
#define FETCH_LIMIT_S 20

static struct {
  struct sockaddr_in server;
  uint64_t size;
  double seconds, warm_up;
} options = {.size = 1024ull * MIB, .seconds = 2, .warm_up = 0.5};

static uint8_t *pattern, *inbox;
static uint64_t moved;

static void fetch(void) {
  struct timeval limit = {.tv_sec = FETCH_LIMIT_S};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("tcp-file-load: socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(fd, (struct sockaddr *)&options.server, sizeof options.server) != 0) die("tcp-file-load: connect");
  uint64_t at = 0;
  for (;;) {
    ssize_t n = recv(fd, inbox, INBOX_BYTES, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (memcmp(inbox, pattern + at % PATTERN_PERIOD, (size_t)n) != 0) errors++;
    at += (uint64_t)n;
  }
  if (at != options.size) errors++;
  moved += at;
  close(fd);
}

static void fetch_until(uint64_t deadline) {
  do fetch();
  while (errors == 0 && now_ns() < deadline);
}

static void usage(void) {
  fputs("usage: tcp-file-load --port P [--size BYTES] [--seconds S] [--warm-up S] [--server PID]\n", stderr);
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
    if (name == 'c' && atoi(optarg) != 1) usage();
    if (name == 's') options.size = strtoull(optarg, NULL, 10);
    if (name == 'd') options.seconds = atof(optarg);
    if (name == 'w') options.warm_up = atof(optarg);
    if (name == 'm' && strcmp(optarg, "file") != 0) usage();
    if (name == 'S') read_servers(optarg);
    if (name == '?') usage();
  }
  if (options.size == 0 || options.seconds <= 0 || options.server.sin_port == 0) usage();
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  alarm((unsigned)(2 * (options.seconds + options.warm_up)) + 2 * FETCH_LIMIT_S); /* whatever happens, it ends */
  pattern = make_pattern(INBOX_BYTES);
  inbox = malloc(INBOX_BYTES);
  if (inbox == NULL) die("tcp-file-load: start");
  resident_before_kib = server_resident_kib();
  if (options.warm_up > 0) fetch_until(now_ns() + (uint64_t)(options.warm_up * 1e9));
  struct clocks before = read_clocks();
  uint64_t moved_before = moved;
  fetch_until(before.ns + (uint64_t)(options.seconds * 1e9));
  requests = (moved - moved_before) / MIB;
  report("file", 1, (uint32_t)options.size, 1, before, read_clocks());
  return errors == 0 ? 0 : 1;
}
