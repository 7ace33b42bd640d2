/*
 * A load for a TCP echo server: one thread, epoll, non-blocking.
 *
 * --mode echo   every connection sends SIZE bytes, waits until all of them are back, and repeats
 * --mode churn  every client connects, makes one exchange, closes, and repeats
 * --mode idle   every connection makes one exchange during the warm-up, and then rests
 *
 * All bytes are verified. Prints one JSON object. With --server it also reads those processes'
 * processor time over exactly the measured seconds, and their resident memory while all connections are open.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define EVENTS_AT_ONCE 512
#define CONNECTS_AT_ONCE 128     /* fewer than the backlog of any peer */
#define CONNECT_LIMIT_S 30
#define SOURCE_ADDRESSES 64      /* churn: 127.0.1.1 and on, so that TIME_WAIT does not use up the ports */

enum state { CLOSED, CONNECTING, OPEN, FAILED };
enum mode { ECHO, CHURN, IDLE };
static const char *const mode_names[] = {"echo", "churn", "idle"};

struct connection {
  int fd;
  enum state state;
  bool waits_to_write;
  uint32_t sent, received, phase;
  uint64_t started_ns;
};

static struct {
  struct sockaddr_in server;
  uint32_t connections, size;
  double seconds, warm_up;
  enum mode mode;
} options = {.connections = 1, .size = 64, .seconds = 2, .warm_up = 0.5};

static struct connection *table;
static uint8_t *pattern, *inbox;
static int poller;
static uint32_t open_now, next_source;
static bool running, measuring;

/* ---- connections ---- */

static void watch(struct connection *c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poller, operation, c->fd, &event) != 0) die("tcp-echo-load: epoll_ctl");
}

static void start_connect(struct connection *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) die("tcp-echo-load: socket");
  if (options.mode == CHURN) {
    int on = 1;
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(0x7f000101u + next_source++ % SOURCE_ADDRESSES);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    /* Only loopback answers from 127.0.1.x; for another server the kernel picks the address. */
    if (ntohl(options.server.sin_addr.s_addr) >> 24 == 127)
      if (bind(c->fd, (struct sockaddr *)&source, sizeof source) != 0) die("tcp-echo-load: bind");
  }
  c->state = CONNECTING;
  c->sent = c->received = 0;
  c->waits_to_write = true;
  c->started_ns = now_ns();
  if (connect(c->fd, (struct sockaddr *)&options.server, sizeof options.server) != 0 && errno != EINPROGRESS) {
    errors++;
    c->state = FAILED;
    close(c->fd);
    return;
  }
  watch(c, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void end(struct connection *c, bool failed) {
  if (c->state == OPEN) open_now--;
  close(c->fd);
  c->state = failed ? FAILED : CLOSED;
  if (failed) errors++;
}

static void send_rest(struct connection *c) {
  const uint8_t *message = pattern + c->phase;
  ssize_t n = send(c->fd, message + c->sent, options.size - c->sent, MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EINTR) return end(c, true);
  if (n > 0) c->sent += (uint32_t)n;
  bool waits = c->sent < options.size;
  if (waits != c->waits_to_write) {
    c->waits_to_write = waits;
    watch(c, EPOLL_CTL_MOD, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

static void start_request(struct connection *c) {
  c->phase = (c->phase + 1) % PATTERN_PERIOD;
  c->sent = c->received = 0;
  if (options.mode != CHURN) c->started_ns = now_ns();
  send_rest(c);
}

static void finish_request(struct connection *c) {
  if (measuring) record(now_ns() - c->started_ns);
  if (options.mode == ECHO) return start_request(c);
  if (options.mode == IDLE) return;
  end(c, false);
  if (running) start_connect(c);
}

static void receive(struct connection *c) {
  uint32_t rest = options.size - c->received;
  ssize_t n = recv(c->fd, inbox, rest, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0 || c->received + (uint32_t)n > c->sent) return end(c, true);
  if (memcmp(inbox, pattern + c->phase + c->received, (size_t)n) != 0) return end(c, true);
  c->received += (uint32_t)n;
  if (c->received == options.size) finish_request(c);
}

static void finish_connect(struct connection *c) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return end(c, true);
  c->state = OPEN;
  open_now++;
  if (running) return start_request(c);
  c->waits_to_write = false;
  watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void handle(struct connection *c, uint32_t events) {
  if (c->state == CONNECTING) {
    if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) finish_connect(c);
    return;
  }
  if (c->state == OPEN && events & EPOLLOUT && c->sent < options.size) send_rest(c);
  if (c->state == OPEN && events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive(c);
}

static void turn(int timeout_ms) {
  struct epoll_event events[EVENTS_AT_ONCE];
  int n = epoll_wait(poller, events, EVENTS_AT_ONCE, timeout_ms);
  if (n < 0 && errno != EINTR) die("tcp-echo-load: epoll_wait");
  for (int i = 0; i < n; i++) handle(events[i].data.ptr, events[i].events);
}

static void run_until(uint64_t deadline) {
  for (uint64_t now = now_ns(); now < deadline; now = now_ns()) {
    turn((int)((deadline - now) / 1000000) + 1);
    if (open_now == 0 && options.mode != CHURN) return;
    /* A refused client of churn tries again, once a turn. */
    for (uint32_t i = 0; options.mode == CHURN && i < options.connections; i++)
      if (table[i].state == FAILED) start_connect(&table[i]);
  }
}

static void connect_all(void) {
  uint64_t deadline = now_ns() + CONNECT_LIMIT_S * 1000000000ull;
  uint32_t started = 0;
  while (open_now + errors < options.connections && now_ns() < deadline) {
    while (started < options.connections && started - open_now - errors < CONNECTS_AT_ONCE)
      start_connect(&table[started++]);
    turn(100);
  }
}

/* ---- the run ---- */

static void measure(void) {
  struct clocks before = read_clocks();
  measuring = true;
  run_until(before.ns + (uint64_t)(options.seconds * 1e9));
  measuring = running = false;
  report(mode_names[options.mode], options.connections, options.size, open_now, before, read_clocks());
}

static void usage(void) {
  fputs("usage: tcp-echo-load --port P [--host A] [--connections N] [--size BYTES] [--seconds S] [--warm-up S]\n"
        "                     [--mode echo|churn|idle] [--server PID,PID…]\n", stderr);
  exit(2);
}

static void read_mode(const char *name) {
  for (int i = ECHO; i <= IDLE; i++)
    if (strcmp(name, mode_names[i]) == 0) {
      options.mode = (enum mode)i;
      return;
    }
  usage();
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
    if (name == 'c') options.connections = (uint32_t)atoi(optarg);
    if (name == 's') options.size = (uint32_t)atoi(optarg);
    if (name == 'd') options.seconds = atof(optarg);
    if (name == 'w') options.warm_up = atof(optarg);
    if (name == 'm') read_mode(optarg);
    if (name == 'S') read_servers(optarg);
    if (name == '?') usage();
  }
  if (options.server.sin_port == 0 || options.connections == 0 || options.size == 0 || options.seconds <= 0) usage();
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  allow_many_files();
  alarm(CONNECT_LIMIT_S + (unsigned)(2 * (options.seconds + options.warm_up)) + 10); /* whatever happens, it ends */

  table = calloc(options.connections, sizeof *table);
  pattern = make_pattern(options.size);
  inbox = malloc(options.size);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (table == NULL || inbox == NULL || poller < 0) die("tcp-echo-load: start");
  for (uint32_t i = 0; i < options.connections; i++) table[i].phase = i % PATTERN_PERIOD;

  resident_before_kib = server_resident_kib();
  running = options.mode == CHURN;
  connect_all();
  running = true;
  for (uint32_t i = 0; options.mode != CHURN && i < options.connections; i++)
    if (table[i].state == OPEN) start_request(&table[i]);
  run_until(now_ns() + (uint64_t)(options.warm_up * 1e9));
  measure();

  /* A reset in place of a close leaves no TIME_WAIT behind for the next run. */
  struct linger reset = {.l_onoff = 1};
  for (uint32_t i = 0; i < options.connections; i++)
    if (table[i].state == OPEN) setsockopt(table[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  return errors == 0 ? 0 : 1;
}
