/*
 * The yardstick: a TCP echo server with epoll, level-triggered, plain recv and send, one thread.
 * What a reader could not take yet waits with its connection; a connection that waits so is not read from.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES 65536
#define EVENTS_AT_ONCE 1024
#define BACKLOG 4096

struct connection {
  int fd;
  uint8_t *waiting; /* bytes that send did not take, or NULL */
  size_t from, to;
};

static int poller;
static uint8_t buffer[BUFFER_BYTES];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(struct connection *c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poller, operation, c->fd, &event) != 0) die("epoll_ctl");
}

static void end(struct connection *c) {
  close(c->fd);
  free(c->waiting);
  free(c);
}

static void keep(struct connection *c, const uint8_t *rest, size_t length) {
  c->waiting = malloc(length);
  if (c->waiting == NULL) die("malloc");
  memcpy(c->waiting, rest, length);
  c->from = 0;
  c->to = length;
  watch(c, EPOLL_CTL_MOD, EPOLLOUT);
}

static void echo(struct connection *c) {
  ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return end(c);
  ssize_t sent = send(c->fd, buffer, (size_t)n, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return end(c);
  if (sent < 0) sent = 0;
  if (sent < n) keep(c, buffer + sent, (size_t)(n - sent));
}

static void flush(struct connection *c) {
  ssize_t sent = send(c->fd, c->waiting + c->from, c->to - c->from, MSG_NOSIGNAL);
  if (sent < 0 && errno == EAGAIN) return;
  if (sent < 0) return end(c);
  c->from += (size_t)sent;
  if (c->from < c->to) return;
  free(c->waiting);
  c->waiting = NULL;
  watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL) die("calloc");
    c->fd = fd;
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
  }
}

static int listen_on(uint16_t port, int shares_port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shares_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  if (listen(fd, BACKLOG) != 0) die("listen");
  socklen_t length = sizeof address;
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char **argv) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poller = epoll_create1(EPOLL_CLOEXEC);
  int shares_port = argc > 2 && strcmp(argv[2], "reuse-port") == 0;
  struct connection listener = {.fd = listen_on(argc > 1 ? (uint16_t)atoi(argv[1]) : 0, shares_port)};
  watch(&listener, EPOLL_CTL_ADD, EPOLLIN);
  for (;;) {
    struct epoll_event events[EVENTS_AT_ONCE];
    int n = epoll_wait(poller, events, EVENTS_AT_ONCE, -1);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (c == &listener) accept_all(c->fd);
      else if (c->waiting != NULL) flush(c);
      else echo(c);
    }
  }
}
