#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * MESSAGE_FDS)];
};

int message_split(struct message *m, size_t length, struct err *e) {
  m->fields = 0;
  if (length == 0 || m->bytes[length - 1] != 0) return fail(e, EINVAL, "message: not ended by NUL");
  for (size_t at = 0; at < length; at += strlen(m->bytes + at) + 1) {
    if (m->fields == MESSAGE_FIELDS) return fail(e, EINVAL, "message: more than %d fields", MESSAGE_FIELDS);
    m->field[m->fields++] = m->bytes + at;
  }
  return 0;
}

static void collect_fds(struct msghdr *header, struct message *m) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    int count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < count && m->fds < MESSAGE_FDS; i++) {
      memcpy(&m->fd[m->fds++], CMSG_DATA(c) + (size_t)i * sizeof(int), sizeof(int));
    }
  }
}

int message_receive(int socket, struct message *m, struct err *e) {
  union control control;
  struct iovec data = {m->bytes, MESSAGE_BYTES};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  m->fields = m->fds = 0;
  ssize_t length;
  do {
    length = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return errno == ECONNRESET ? 0 : fail(e, errno, "receive");
  collect_fds(&header, m);
  if (length == 0 && m->fds == 0) return 0;
  m->bytes[length] = 0;
  if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return fail(e, EMSGSIZE, "message: too long");
  return message_split(m, (size_t)length, e) < 0 ? -1 : 1;
}

void message_close_fds(struct message *m) {
  for (int i = 0; i < m->fds; i++) close_fd(&m->fd[i]);
  m->fds = 0;
}

int message_take_fd(struct message *m, int index) {
  if (index >= m->fds) return -1;
  int fd = m->fd[index];
  m->fd[index] = -1;
  return fd;
}

int send_datagram(int socket, const void *bytes, size_t length, const int *fds, int count, int flags) {
  union control control;
  struct iovec data = {(void *)(uintptr_t)bytes, length};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
  if (count > 0) {
    memset(&control, 0, sizeof control);
    header.msg_control = &control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)count);
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &header, MSG_NOSIGNAL | flags);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

void answer_put(struct answer *a, const char *format, ...) {
  va_list arguments;
  size_t room = sizeof a->bytes - a->length;
  if (room == 0) return;
  va_start(arguments, format);
  int n = vsnprintf(a->bytes + a->length, room, format, arguments);
  va_end(arguments);
  a->length += n < 0 ? 1 : (size_t)n >= room ? room : (size_t)n + 1;
}

void answer_begin(struct answer *a, uint64_t sequence, const char *verb) {
  a->length = 0;
  answer_put(a, "%llu", (unsigned long long)sequence);
  answer_put(a, "%s", verb);
}

void answer_send(struct ctx *ctx, struct answer *a, const int *fds, int count) {
  if (ctx->connection.fd < 0) return;
  /* SO_SNDTIMEO bounds the wait: containers must not suffer from a daemon that stands still. */
  if (send_datagram(ctx->connection.fd, a->bytes, a->length, fds, count, 0) < 0) {
    if (errno != EPIPE) note("send to daemon: %s", strerror(errno));
    connection_close(ctx);
  }
}

void answer_failed(struct ctx *ctx, uint64_t sequence, const struct err *e) {
  struct answer a;
  answer_begin(&a, sequence, "failed");
  answer_put(&a, "%d", e->op);
  answer_put(&a, "%d", e->number);
  answer_put(&a, "%s", e->text);
  answer_send(ctx, &a, NULL, 0);
}

void answer_ok(struct ctx *ctx, uint64_t sequence) {
  struct answer a;
  answer_begin(&a, sequence, "ok");
  answer_send(ctx, &a, NULL, 0);
}
