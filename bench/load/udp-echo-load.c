/*
 * A load for a UDP echo server: one thread, one connected socket for each sender, each with one datagram in flight.
 *
 * A datagram begins with its number, so that a late answer is never taken for the next one; all bytes are verified.
 * One that has not come back after RESEND_MS is an error, and the sender goes on with the next. Prints one JSON object.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "measure.h"

#define EVENTS_AT_ONCE 512
#define RESEND_MS 200
#define SENDERS_LIMIT 10000
#define SIZE_LIMIT 65507 /* what fits a UDP datagram over IPv4 */

struct sender {
  int fd;
  uint32_t phase;
  uint64_t number, started_ns;
};

static struct {
  struct sockaddr_in server;
  uint32_t senders, size;
  double seconds, warm_up;
} options = {.senders = 32, .size = 64, .seconds = 2, .warm_up = 0.5};

static struct sender *table;
static uint8_t *pattern, *outbox, *inbox;
static int poller;
static bool running = true, measuring;

/* The number, then the pattern from the sender's phase on; a short datagram holds the number's low bytes. */
static const uint8_t *message_of(const struct sender *s) {
  size_t head = options.size < sizeof s->number ? options.size : sizeof s->number;
  memcpy(outbox, &s->number, head);
  memcpy(outbox + head, pattern + s->phase, options.size - head);
  return outbox;
}

static void send_next(struct sender *s) {
  s->number++;
  s->phase = (s->phase + 1) % PATTERN_PERIOD;
  s->started_ns = now_ns();
  if (send(s->fd, message_of(s), options.size, MSG_NOSIGNAL) != (ssize_t)options.size) die("udp-echo-load: send");
}

static bool is_late(const struct sender *s, ssize_t n) {
  uint64_t number;
  if (n != (ssize_t)options.size || options.size < sizeof number) return false;
  memcpy(&number, inbox, sizeof number);
  return number < s->number;
}

static void receive(struct sender *s) {
  for (;;) {
    ssize_t n = recv(s->fd, inbox, options.size + 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) die("udp-echo-load: recv");
    if (is_late(s, n)) continue;
    bool right = n == (ssize_t)options.size && memcmp(inbox, message_of(s), options.size) == 0;
    if (!right) errors++;
    else if (measuring) record(now_ns() - s->started_ns);
    /* With one datagram in flight nothing else waits here: no second receive finds that out. */
    if (running) send_next(s);
    return;
  }
}

static void resend_lost(void) {
  uint64_t now = now_ns();
  for (uint32_t i = 0; i < options.senders; i++) {
    if (now - table[i].started_ns < RESEND_MS * 1000000ull) continue;
    errors++;
    send_next(&table[i]);
  }
}

static void run_until(uint64_t deadline) {
  uint64_t look = now_ns() + RESEND_MS * 1000000ull;
  for (uint64_t now = now_ns(); now < deadline; now = now_ns()) {
    struct epoll_event events[EVENTS_AT_ONCE];
    int n = epoll_wait(poller, events, EVENTS_AT_ONCE, RESEND_MS / 2);
    if (n < 0 && errno != EINTR) die("udp-echo-load: epoll_wait");
    for (int i = 0; i < n; i++) receive(events[i].data.ptr);
    if (now < look) continue;
    resend_lost();
    look = now + RESEND_MS * 1000000ull;
  }
}

static void open_all(void) {
  for (uint32_t i = 0; i < options.senders; i++) {
    struct sender *s = &table[i];
    /* Edges: each answer is one, and the kernel keeps no list of those that are still ready. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = s};
    s->phase = i % PATTERN_PERIOD;
    s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0) die("udp-echo-load: socket");
    if (connect(s->fd, (struct sockaddr *)&options.server, sizeof options.server) != 0) die("udp-echo-load: connect");
    if (epoll_ctl(poller, EPOLL_CTL_ADD, s->fd, &event) != 0) die("udp-echo-load: epoll_ctl");
  }
}

static void usage(void) {
  fputs("usage: udp-echo-load --port P [--host A] [--connections N] [--size BYTES] [--seconds S] [--warm-up S]\n"
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
    if (name == 'c') options.senders = (uint32_t)atoi(optarg);
    if (name == 's') options.size = (uint32_t)atoi(optarg);
    if (name == 'd') options.seconds = atof(optarg);
    if (name == 'w') options.warm_up = atof(optarg);
    if (name == 'm' && strcmp(optarg, "datagrams") != 0) usage();
    if (name == 'S') read_servers(optarg);
    if (name == '?') usage();
  }
  if (options.senders == 0 || options.senders > SENDERS_LIMIT) usage();
  if (options.size == 0 || options.size > SIZE_LIMIT) usage();
  if (options.server.sin_port == 0 || options.seconds <= 0) usage();
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  allow_many_files();
  alarm((unsigned)(2 * (options.seconds + options.warm_up)) + 10); /* whatever happens, it ends */
  table = calloc(options.senders, sizeof *table);
  pattern = make_pattern(options.size);
  outbox = malloc(options.size);
  inbox = malloc(options.size + 1);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (table == NULL || outbox == NULL || inbox == NULL || poller < 0) die("udp-echo-load: start");

  resident_before_kib = server_resident_kib();
  open_all();
  for (uint32_t i = 0; i < options.senders; i++) send_next(&table[i]);
  run_until(now_ns() + (uint64_t)(options.warm_up * 1e9));
  struct clocks before = read_clocks();
  measuring = true;
  run_until(before.ns + (uint64_t)(options.seconds * 1e9));
  measuring = running = false;
  report("datagrams", options.senders, options.size, options.senders, before, read_clocks());
  return errors == 0 ? 0 : 1;
}
