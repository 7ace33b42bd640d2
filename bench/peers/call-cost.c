/* The calls of bench/call-cost.ts, in a loop of C's: prints nanoseconds per round as one JSON object. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_BYTES 64
#define CALLS_AT_ONCE 1000

static int pair[2], bound;
static char message[MESSAGE_BYTES];

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void call_fcntl(void) {
  if (fcntl(pair[0], F_GETFL, 0) < 0) abort();
}

static void call_getsockname(void) {
  struct sockaddr_storage name;
  socklen_t length = sizeof name;
  if (getsockname(bound, (struct sockaddr *)&name, &length) != 0) abort();
}

static void call_getsockopt(void) {
  int value;
  socklen_t length = sizeof value;
  if (getsockopt(pair[0], SOL_SOCKET, SO_RCVBUF, &value, &length) != 0) abort();
}

static void call_ioctl(void) {
  int value;
  if (ioctl(pair[0], FIONREAD, &value) != 0) abort();
}

static void call_recv_eagain(void) {
  if (recv(pair[0], message, sizeof message, MSG_DONTWAIT) >= 0) abort();
}

static void call_send_recv(void) {
  if (send(pair[0], message, sizeof message, MSG_NOSIGNAL) != MESSAGE_BYTES) abort();
  if (recv(pair[1], message, sizeof message, 0) != MESSAGE_BYTES) abort();
}

static void measure(const char *name, void (*call)(void), double seconds, const char *before) {
  double start = now_ns(), end = start + seconds * 1e9, now;
  long calls = 0;
  do {
    for (int i = 0; i < CALLS_AT_ONCE; i++) call();
    calls += CALLS_AT_ONCE;
  } while ((now = now_ns()) < end);
  printf("%s\"%s\":%.1f", before, name, (now - start) / (double)calls);
}

int main(int argc, char **argv) {
  double seconds = argc > 1 ? atof(argv[1]) : 0.2;
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bound = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(bound, (struct sockaddr *)&address, sizeof address) != 0) abort();
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) abort();
  measure("fcntl", call_fcntl, seconds, "{");
  measure("getsockopt", call_getsockopt, seconds, ",");
  measure("getsockname", call_getsockname, seconds, ",");
  measure("ioctl", call_ioctl, seconds, ",");
  measure("eagain", call_recv_eagain, seconds, ",");
  measure("sendRecv", call_send_recv, seconds, ",");
  puts("}");
  return 0;
}
