/*
 * What every load measures: latency, its own and the servers' processor time, other work on the machine, and the one
 * JSON object that says so. Each load is one file that includes this.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PATTERN_PERIOD 251 /* a prime, so that a message of another round never looks right */
#define SERVERS_LIMIT 8

static pid_t server_pids[SERVERS_LIMIT];
static uint32_t servers;
static long resident_before_kib;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static inline void allow_many_files(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

/* Any `size` bytes of it from 0 to PATTERN_PERIOD - 1 on are a message. */
static inline uint8_t *make_pattern(uint32_t size) {
  uint8_t *bytes = malloc(size + PATTERN_PERIOD);
  if (bytes == NULL) die("malloc");
  for (uint32_t i = 0; i < size + PATTERN_PERIOD; i++) bytes[i] = (uint8_t)(i * 7 % PATTERN_PERIOD);
  return bytes;
}

/* "12,34": the processes whose time and memory are read. */
static void read_servers(char *list) {
  for (char *word = strtok(list, ","); word != NULL && servers < SERVERS_LIMIT; word = strtok(NULL, ","))
    server_pids[servers++] = atoi(word);
}

/* ---- latency: 64 steps in every power of two of nanoseconds, so within 1.6 % ---- */

#define STEPS 64
static uint64_t histogram[64 * STEPS], requests, worst_ns, errors;

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

static inline void record(uint64_t ns) {
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
  uint64_t sum = 0;
  clockid_t clock;
  for (uint32_t i = 0; i < servers; i++)
    if (clock_getcpuclockid(server_pids[i], &clock) == 0) sum += clock_ns(clock);
  return sum;
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
  long pages = 0;
  for (uint32_t i = 0; i < servers; i++) {
    char path[64];
    long total = 0, resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)server_pids[i]);
    FILE *file = fopen(path, "r");
    if (file == NULL) continue;
    if (fscanf(file, "%ld %ld", &total, &resident) == 2) pages += resident;
    fclose(file);
  }
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* ---- the report ---- */

struct clocks {
  uint64_t ns, own_cpu_ns, server_cpu_ns;
  double machine_busy_s;
};

static struct clocks read_clocks(void) {
  return (struct clocks){now_ns(), clock_ns(CLOCK_PROCESS_CPUTIME_ID), server_cpu_ns(), machine_busy_s()};
}

static void report(const char *mode, uint32_t connections, uint32_t size, uint32_t open_now, struct clocks from,
                   struct clocks to) {
  double seconds = (double)(to.ns - from.ns) / 1e9, own_s = (double)(to.own_cpu_ns - from.own_cpu_ns) / 1e9;
  double server_s = (double)(to.server_cpu_ns - from.server_cpu_ns) / 1e9;
  double others_s = to.machine_busy_s - from.machine_busy_s - own_s - server_s;
  printf("{\"mode\":\"%s\",\"connections\":%u,\"size\":%u,\"requests\":%llu,\"seconds\":%.4f,"
         "\"requestsPerSecond\":%.1f,\"p50Us\":%.1f,\"p99Us\":%.1f,\"maxUs\":%.1f,\"errors\":%llu,\"open\":%u,"
         "\"loadBusy\":%.3f,\"othersBusy\":%.3f,\"serverCpuUs\":%.0f,\"serverRssKib\":%ld,"
         "\"serverRssBeforeKib\":%ld}\n",
         mode, connections, size, (unsigned long long)requests, seconds,
         (double)requests / seconds, percentile_us(0.5), percentile_us(0.99), (double)worst_ns / 1e3,
         (unsigned long long)errors, open_now, own_s / seconds, others_s > 0 ? others_s / seconds : 0, server_s * 1e6,
         server_resident_kib(), resident_before_kib);
}
