/*
 * A load for a TCP echo server: one thread, epoll, non-blocking.
 *
 * --mode echo   every connection sends SIZE bytes, waits until all of them are back, and repeats
 * --mode churn  every client connects, makes one exchange, closes, and repeats
 * --mode idle   every connection makes one exchange during the warm-up, and then rests
 *
 * All bytes are verified. Prints one JSON object. With --server PID it also reads that process's
 * processor time over exactly the measured seconds, and its resident memory while all connections are open.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 512
#define CONNECTS_AT_ONCE 128     /* fewer than the backlog of any peer */
#define CONNECT_LIMIT_S 30
#define PATTERN_PERIOD 251       /* a prime, so that a message of another round never looks right */
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
  pid_t server_pid;
} options = {.connections = 1, .size = 64, .seconds = 2, .warm_up = 0.5};

static struct connection *table;
static uint8_t *pattern, *inbox;
static int poller;
static long resident_before_kib;
static uint32_t open_now, next_source;
static uint64_t errors;
static bool running, measuring;

/* ---- latency: 64 steps in every power of two of nanoseconds, so within 1.6 % ---- */

#define STEPS 64
static uint64_t histogram[64 * STEPS], requests, worst_ns;

static uint32_t bucket_of(uint64_t ns) {
  if (ns < STEPS) return (uint32_t)ns;
  uint32_t power = 63u - (uint32_t)__builtin_clzll(ns);
  return (power - 5) * STEPS + (uint32_t)((ns >> (power - 6)) & (STEPS - 1));
}

static double bucket_middle_us(uint32_t bucket) {
  if (bucket < STEPS) return bucket / 1e3;
  uint32_t power = bucket / STEPS + 5;
  double step = (double)(1ull << (power - 6));
  return ((double)(1ull << power) + (bucket % STEPS + 0.5) * step) / 1e3;
}

static double percentile_us(double share) {
  uint64_t wanted = (uint64_t)(share * (double)requests), seen = 0;
  for (uint32_t i = 0; i < sizeof histogram / sizeof *histogram; i++)
    if ((seen += histogram[i]) > wanted) return bucket_middle_us(i);
  return 0;
}

static void record(uint64_t ns) {
  requests++;
  histogram[bucket_of(ns)]++;
  if (ns > worst_ns) worst_ns = ns;
}

/* ---- time and memory ---- */

static uint64_t clock_ns(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

/* What utime + stime in /proc/PID/stat say, in nanoseconds in place of clock ticks. */
static uint64_t server_cpu_ns(void) {
  clockid_t clock;
  if (options.server_pid == 0 || clock_getcpuclockid(options.server_pid, &clock) != 0) return 0;
  return clock_ns(clock);
}

/*
 * The time that the processors were not idle, the hypervisor's included. Without what the server and this load took, it
 * is what other work took, and so how far the figures can be trusted.
 */
static double machine_busy_s(void) {
  unsigned long long user = 0, nice = 0, system = 0, idle, wait, irq = 0, soft_irq = 0, steal = 0;
  FILE *file = fopen("/proc/stat", "r");
  if (file == NULL) return 0;
  int found = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq,
                     &soft_irq, &steal);
  fclose(file);
  return found == 8 ? (double)(user + nice + system + irq + soft_irq + steal) / (double)sysconf(_SC_CLK_TCK) : 0;
}

static long server_resident_kib(void) {
  if (options.server_pid == 0) return 0;
  char path[64];
  long total = 0, resident = 0;
  snprintf(path, sizeof path, "/proc/%d/statm", (int)options.server_pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
  fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* ---- connections ---- */

static void die(const char *what) {
  fprintf(stderr, "tcp-echo-load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void watch(struct connection *c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poller, operation, c->fd, &event) != 0) die("epoll_ctl");
}

static void start_connect(struct connection *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) die("socket");
  if (options.mode == CHURN) {
    int on = 1;
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(0x7f000101u + next_source++ % SOURCE_ADDRESSES);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    /* Only loopback answers from 127.0.1.x; for another server the kernel picks the address. */
    if (ntohl(options.server.sin_addr.s_addr) >> 24 == 127)
      if (bind(c->fd, (struct sockaddr *)&source, sizeof source) != 0) die("bind");
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
  if (n < 0 && errno != EINTR) die("epoll_wait");
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

struct clocks {
  uint64_t ns, own_cpu_ns, server_cpu_ns;
  double machine_busy_s;
};

static struct clocks read_clocks(void) {
  return (struct clocks){now_ns(), clock_ns(CLOCK_PROCESS_CPUTIME_ID), server_cpu_ns(), machine_busy_s()};
}

static void report(struct clocks from, struct clocks to) {
  double seconds = (double)(to.ns - from.ns) / 1e9, own_s = (double)(to.own_cpu_ns - from.own_cpu_ns) / 1e9;
  double server_s = (double)(to.server_cpu_ns - from.server_cpu_ns) / 1e9;
  double others_s = to.machine_busy_s - from.machine_busy_s - own_s - server_s;
  printf("{\"mode\":\"%s\",\"connections\":%u,\"size\":%u,\"requests\":%llu,\"seconds\":%.4f,"
         "\"requestsPerSecond\":%.1f,\"p50Us\":%.1f,\"p99Us\":%.1f,\"maxUs\":%.1f,\"errors\":%llu,\"open\":%u,"
         "\"loadBusy\":%.3f,\"othersBusy\":%.3f,\"serverCpuUs\":%.0f,\"serverRssKib\":%ld,"
         "\"serverRssBeforeKib\":%ld}\n",
         mode_names[options.mode], options.connections, options.size, (unsigned long long)requests, seconds,
         (double)requests / seconds, percentile_us(0.5), percentile_us(0.99), (double)worst_ns / 1e3,
         (unsigned long long)errors, open_now, own_s / seconds, others_s > 0 ? others_s / seconds : 0, server_s * 1e6,
         server_resident_kib(), resident_before_kib);
}

static void measure(void) {
  struct clocks before = read_clocks();
  measuring = true;
  run_until(before.ns + (uint64_t)(options.seconds * 1e9));
  measuring = running = false;
  report(before, read_clocks());
}

static void usage(void) {
  fputs("usage: tcp-echo-load --port P [--host A] [--connections N] [--size BYTES] [--seconds S] [--warm-up S]\n"
        "                     [--mode echo|churn|idle] [--server PID]\n", stderr);
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
    if (name == 'S') options.server_pid = atoi(optarg);
    if (name == '?') usage();
  }
  if (options.server.sin_port == 0 || options.connections == 0 || options.size == 0 || options.seconds <= 0) usage();
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  alarm(CONNECT_LIMIT_S + (unsigned)(2 * (options.seconds + options.warm_up)) + 10); /* whatever happens, it ends */

  table = calloc(options.connections, sizeof *table);
  pattern = malloc(options.size + PATTERN_PERIOD);
  inbox = malloc(options.size);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (table == NULL || pattern == NULL || inbox == NULL || poller < 0) die("start");
  for (uint32_t i = 0; i < options.size + PATTERN_PERIOD; i++) pattern[i] = (uint8_t)(i * 7 % PATTERN_PERIOD);
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
