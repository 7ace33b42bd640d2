/*
 * UDP echo on io_uring(7), so that its floor is seen: one multishot recvmsg into provided buffers, answered out of them
 * by sends, and one io_uring_enter for a batch of both. The kernel's interface bare, without liburing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 256 /* of the submission queue, and buffers */
#define BUFFER_BYTES 65536
#define HEAD_BYTES (sizeof(struct io_uring_recvmsg_out) + sizeof(struct sockaddr_in))

static uint8_t buffers[ENTRIES][BUFFER_BYTES];
static struct io_uring_sqe *entries;
static struct io_uring_cqe *completions;
static uint32_t *sq_tail, *cq_head, *cq_tail, *sq_array, sq_mask, cq_mask, tail, unsubmitted;
static struct io_uring_buf_ring *ring_of_buffers;
static struct msghdr shape = {.msg_namelen = sizeof(struct sockaddr_in)};
static int ring, udp;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void bind_on(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (udp < 0 || bind(udp, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  getsockname(udp, (struct sockaddr *)&address, &length);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);
}

static void *map(size_t bytes, int fd, off_t offset) {
  int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED | MAP_POPULATE;
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, offset);
  if (memory == MAP_FAILED) die("mmap");
  return memory;
}

static void set_up(void) {
  struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                            IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE,
                                   .cq_entries = 4 * ENTRIES};
  ring = (int)syscall(SYS_io_uring_setup, ENTRIES, &params);
  if (ring < 0) die("io_uring_setup");
  size_t sq_bytes = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  size_t cq_bytes = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  uint8_t *queues = map(sq_bytes > cq_bytes ? sq_bytes : cq_bytes, ring, IORING_OFF_SQ_RING);
  entries = map(params.sq_entries * sizeof *entries, ring, IORING_OFF_SQES);
  sq_tail = (uint32_t *)(queues + params.sq_off.tail);
  sq_array = (uint32_t *)(queues + params.sq_off.array);
  sq_mask = params.sq_entries - 1;
  cq_head = (uint32_t *)(queues + params.cq_off.head);
  cq_tail = (uint32_t *)(queues + params.cq_off.tail);
  cq_mask = params.cq_entries - 1;
  completions = (struct io_uring_cqe *)(queues + params.cq_off.cqes);
  for (uint32_t i = 0; i < params.sq_entries; i++) sq_array[i] = i;
  ring_of_buffers = map(ENTRIES * sizeof(struct io_uring_buf), -1, 0);
  struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)ring_of_buffers, .ring_entries = ENTRIES};
  if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_PBUF_RING, &registration, 1) != 0) die("PBUF_RING");
}

static void give_buffer(uint16_t id) {
  static uint16_t given;
  struct io_uring_buf *buffer = &ring_of_buffers->bufs[given & (ENTRIES - 1)];
  buffer->addr = (uintptr_t)buffers[id];
  buffer->len = BUFFER_BYTES;
  buffer->bid = id;
  __atomic_store_n(&ring_of_buffers->tail, ++given, __ATOMIC_RELEASE);
}

static void submit(struct io_uring_sqe entry) {
  entries[tail++ & sq_mask] = entry;
  unsubmitted++;
}

static void receive(void) {
  submit((struct io_uring_sqe){.opcode = IORING_OP_RECVMSG, .fd = udp, .addr = (uintptr_t)&shape, .len = 1,
                               .ioprio = IORING_RECV_MULTISHOT, .flags = IOSQE_BUFFER_SELECT, .user_data = 1});
}

/* Without waiting, so it is over when io_uring_enter returns; what the kernel refuses is dropped, as datagrams are. */
static void answer(uint16_t id) {
  struct io_uring_recvmsg_out *out = (struct io_uring_recvmsg_out *)buffers[id];
  struct io_uring_sqe entry = {.opcode = IORING_OP_SEND, .fd = udp, .addr = (uintptr_t)(buffers[id] + HEAD_BYTES),
                               .len = out->payloadlen, .msg_flags = MSG_DONTWAIT, .flags = IOSQE_CQE_SKIP_SUCCESS};
  entry.addr2 = (uintptr_t)(buffers[id] + sizeof *out);
  entry.addr_len = sizeof(struct sockaddr_in);
  submit(entry);
}

int main(int argc, char **argv) {
  static uint16_t used[ENTRIES];
  bind_on(argc > 1 ? (uint16_t)atoi(argv[1]) : 0);
  set_up();
  for (uint16_t id = 0; id < ENTRIES; id++) give_buffer(id);
  receive();
  for (uint32_t head = 0, answers = 0;;) {
    __atomic_store_n(sq_tail, tail, __ATOMIC_RELEASE);
    int taken = (int)syscall(SYS_io_uring_enter, ring, unsubmitted, 1, IORING_ENTER_GETEVENTS, NULL, 0);
    if (taken < 0 && errno != EINTR) die("io_uring_enter");
    if (taken > 0) unsubmitted -= (uint32_t)taken;
    if (unsubmitted > 0) continue;
    while (answers > 0) give_buffer(used[--answers]);
    uint32_t end = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE);
    for (; head != end && unsubmitted < ENTRIES - 1; head++) {
      struct io_uring_cqe *done = &completions[head & cq_mask];
      if (done->user_data != 1) continue;
      if (done->flags & IORING_CQE_F_BUFFER) {
        used[answers] = (uint16_t)(done->flags >> IORING_CQE_BUFFER_SHIFT);
        if (done->res >= (int)HEAD_BYTES) answer(used[answers]);
        answers++;
      }
      if ((done->flags & IORING_CQE_F_MORE) == 0) receive();
    }
    __atomic_store_n(cq_head, head, __ATOMIC_RELEASE);
  }
}
