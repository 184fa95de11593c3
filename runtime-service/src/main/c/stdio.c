/* What containers write and read: pipes or a terminal, copied to the log and to attached clients. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel.h"
#include "message.h"

enum { CHUNK = 16384 };

static void output_ready(struct ctx *ctx, struct source *source) {
  int result = log_pump(ctx, (struct stream *)source);
  if (result == 0 || (result < 0 && errno != EAGAIN)) unwatch(ctx, source);
}

/* Takes the shim's ends of the pipes; -1 where there is none. */
int stdio_watch(struct ctx *ctx, struct container *c, const int ends[3], struct err *e) {
  c->in.fd = ends[0];
  c->out.source.fd = ends[1];
  c->err.source.fd = ends[2];
  if (ends[1] >= 0 && watch(ctx, &c->out.source, ends[1], output_ready, e) < 0) return -1;
  return ends[2] >= 0 ? watch(ctx, &c->err.source, ends[2], output_ready, e) : 0;
}

/* Takes a pty master: read by one descriptor, written by a second, sized by a third. */
int stdio_terminal(struct ctx *ctx, struct container *c, int master, struct err *e) {
  c->process.tty = master;
  if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0) return fail(e, errno, "make terminal non-blocking");
  int out = fcntl(master, F_DUPFD_CLOEXEC, 5);
  c->in.fd = c->stdin_open ? fcntl(master, F_DUPFD_CLOEXEC, 5) : -1;
  if (out < 0 || (c->stdin_open && c->in.fd < 0)) return fail(e, errno, "duplicate terminal");
  return watch(ctx, &c->out.source, out, output_ready, e);
}

/* What is left in the pipes when the container has ended; a holder that still writes is not waited for. */
void stdio_drain(struct ctx *ctx, struct container *c) {
  struct stream *streams[2] = {&c->out, &c->err};
  for (int i = 0; i < 2; i++) {
    for (int chunks = 0; streams[i]->source.fd >= 0 && chunks < 128; chunks++) {
      if (log_pump(ctx, streams[i]) != 1) break;
    }
  }
}

static void drop_session(struct ctx *ctx, struct session *s) {
  struct session **at = &s->container->sessions;
  while (*at != s) at = &(*at)->next;
  *at = s->next;
  unwatch(ctx, &s->source);
  free(s);
}

void stdio_close(struct ctx *ctx, struct container *c) {
  while (c->sessions) drop_session(ctx, c->sessions);
  unwatch(ctx, &c->out.source);
  unwatch(ctx, &c->err.source);
  unwatch(ctx, &c->in);
  close_fd(&c->process.tty);
  free(c->out.carry);
  free(c->err.carry);
  free(c->input);
  c->out.carry = c->err.carry = c->input = NULL;
  c->out.carried = c->err.carried = c->input_length = 0;
}

void copy_to_sessions(struct ctx *ctx, struct container *c, const char *stream, const char *bytes, size_t length) {
  char datagram[CHUNK + 1];
  if (!c->sessions) return;
  datagram[0] = stream[3] == 'o' ? 'o' : 'e'; /* stdout, stderr */
  memcpy(datagram + 1, bytes, length);
  for (struct session *s = c->sessions, *next; s; s = next) {
    next = s->next;
    if (!(datagram[0] == 'o' ? s->want_out : s->want_err)) continue;
    if (send_datagram(s->source.fd, datagram, length + 1, NULL, 0, MSG_DONTWAIT) == 0) continue;
    struct pollfd room = {s->source.fd, POLLOUT, 0};
    /* A client that does not read loses its session; the container is not to wait for it. */
    bool late = errno == EAGAIN && poll(&room, 1, 200) == 1 &&
                send_datagram(s->source.fd, datagram, length + 1, NULL, 0, MSG_DONTWAIT) == 0;
    if (!late) drop_session(ctx, s);
  }
}

static void stop_waiting_for_room(struct ctx *ctx, struct container *c) {
  pause_source(ctx, &c->in, true);
  for (struct session *s = c->sessions; s; s = s->next) pause_source(ctx, &s->source, false);
}

static void room_ready(struct ctx *ctx, struct source *source) {
  struct container *c = (struct container *)(void *)((char *)source - offsetof(struct container, in));
  ssize_t n = write(source->fd, c->input + c->input_at, c->input_length - c->input_at);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n > 0) c->input_at += (size_t)n;
  if (n > 0 && c->input_at < c->input_length) return;
  stop_waiting_for_room(ctx, c);
  free(c->input);
  c->input = NULL;
  c->input_length = 0;
  if (n < 0 || c->in_ends) close_fd(&c->in.fd);
}

/* Never blocks: what the container does not take now is kept, and no more is read from clients until it has. */
static void feed(struct ctx *ctx, struct container *c, const char *bytes, size_t length) {
  ssize_t n = write(c->in.fd, bytes, length);
  if (n < 0 && errno != EAGAIN) {
    unwatch(ctx, &c->in);
    return;
  }
  size_t taken = n < 0 ? 0 : (size_t)n;
  if (taken == length) return;
  c->input = malloc(length - taken);
  if (!c->input) return;
  memcpy(c->input, bytes + taken, length - taken);
  c->input_at = 0;
  c->input_length = length - taken;
  for (struct session *s = c->sessions; s; s = s->next) pause_source(ctx, &s->source, true);
  watch_for_room(ctx, &c->in, room_ready);
}

static void session_ready(struct ctx *ctx, struct source *source) {
  struct session *s = (struct session *)source;
  char datagram[CHUNK + 1];
  ssize_t n = recv(source->fd, datagram, sizeof datagram, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) drop_session(ctx, s);
  else if (datagram[0] == 'i' && n > 1 && s->want_in && s->container->in.fd >= 0) {
    feed(ctx, s->container, datagram + 1, (size_t)n - 1);
  }
}

int attach_session(struct ctx *ctx, struct container *c, const char *streams, int *client, struct err *e) {
  int ends[2], room = 1 << 20;
  struct session *s = calloc(1, sizeof *s);
  if (!s || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
    int number = s ? errno : ENOMEM;
    free(s);
    return fail(e, number, "attach %s", c->id);
  }
  setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  s->container = c;
  s->want_in = strchr(streams, 'i') != NULL;
  s->want_out = strchr(streams, 'o') != NULL;
  s->want_err = strchr(streams, 'e') != NULL;
  if (watch(ctx, &s->source, ends[0], session_ready, e) < 0) {
    close(ends[0]);
    close(ends[1]);
    free(s);
    return -1;
  }
  if (c->input) pause_source(ctx, &s->source, true);
  s->next = c->sessions;
  c->sessions = s;
  *client = ends[1];
  return 0;
}

void close_stdin(struct ctx *ctx, struct container *c) {
  if (c->process.tty >= 0) return; /* a terminal has no end to close: the client sends what its line discipline takes as one */
  if (c->input) c->in_ends = true;
  else unwatch(ctx, &c->in);
}

int resize_terminal(int tty, const char *rows, const char *columns, struct err *e) {
  uint64_t r, c;
  if (tty < 0) return fail(e, ENOTTY, "resize");
  if (!parse_number(rows, 10, UINT16_MAX, &r) || !parse_number(columns, 10, UINT16_MAX, &c)) {
    return fail(e, EINVAL, "resize to %s rows, %s columns", rows, columns);
  }
  struct winsize size = {.ws_row = (unsigned short)r, .ws_col = (unsigned short)c};
  return ioctl(tty, TIOCSWINSZ, &size) < 0 ? fail(e, errno, "resize") : 0;
}
