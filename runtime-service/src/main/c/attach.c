/* Attached clients: a copy of what the container writes, and what they write for it to read.
 *
 * A client that reads too slowly makes the container wait, as a terminal would, but not for ever: after STALL_SECONDS
 * it loses its session. What the container wrote last is still sent when the container has ended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "message.h"

enum { CHUNK = 16384, STALL_SECONDS = 10 };

static struct session **list_of(struct ctx *ctx, struct session *s) {
  return s->container ? &s->container->sessions : &ctx->lingering;
}

static void pause_output(struct ctx *ctx, struct container *c, bool paused) {
  if (c->output_paused == paused) return;
  c->output_paused = paused;
  pause_source(ctx, &c->out.source, paused);
  pause_source(ctx, &c->err.source, paused);
}

static bool any_stalled(const struct session *s) {
  while (s && s->pending_length == 0) s = s->next;
  return s != NULL;
}

static void drop_session(struct ctx *ctx, struct session *s) {
  struct session **at = list_of(ctx, s);
  struct container *c = s->container;
  while (*at != s) at = &(*at)->next;
  *at = s->next;
  unwatch(ctx, &s->source);
  free(s->pending);
  free(s);
  if (c && !any_stalled(c->sessions)) pause_output(ctx, c, false);
}

static time_t seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static void session_ready(struct ctx *ctx, struct source *source);

/* Pending datagrams, each behind its length. */
static void session_room(struct ctx *ctx, struct source *source) {
  struct session *s = (struct session *)source;
  while (s->pending_at < s->pending_length) {
    uint32_t length;
    memcpy(&length, s->pending + s->pending_at, sizeof length);
    if (send_datagram(source->fd, s->pending + s->pending_at + sizeof length, length, NULL, 0, MSG_DONTWAIT) < 0) {
      if (errno != EAGAIN) drop_session(ctx, s);
      return;
    }
    s->pending_at += sizeof length + length;
    s->stalled_since = seconds();
  }
  free(s->pending);
  s->pending = NULL;
  s->pending_at = s->pending_length = 0;
  if (!s->container) {
    drop_session(ctx, s);
    return;
  }
  pause_source(ctx, source, true);
  source->ready = session_ready;
  if (!s->container->input) pause_source(ctx, source, false);
  if (!any_stalled(s->container->sessions)) pause_output(ctx, s->container, false);
}

static bool keep(struct session *s, const char *datagram, size_t length) {
  uint32_t head = (uint32_t)length;
  char *grown = realloc(s->pending, s->pending_length + sizeof head + length);
  if (!grown) return false;
  s->pending = grown;
  memcpy(grown + s->pending_length, &head, sizeof head);
  memcpy(grown + s->pending_length + sizeof head, datagram, length);
  s->pending_length += sizeof head + length;
  return true;
}

static void stall(struct ctx *ctx, struct session *s) {
  /* While its input waits for the container (see feed), the session is not in the loop. */
  if (!s->container->input) pause_source(ctx, &s->source, true);
  watch_for_room(ctx, &s->source, session_room);
  s->stalled_since = seconds();
  pause_output(ctx, s->container, true);
  alarm(STALL_SECONDS);
}

void copy_to_sessions(struct ctx *ctx, struct container *c, const char *stream, const char *bytes, size_t length) {
  char datagram[CHUNK + 1];
  if (!c->sessions) return;
  datagram[0] = stream[3] == 'o' ? 'o' : 'e'; /* stdout, stderr */
  memcpy(datagram + 1, bytes, length);
  for (struct session *s = c->sessions, *next; s; s = next) {
    next = s->next;
    if (!(datagram[0] == 'o' ? s->want_out : s->want_err)) continue;
    bool waits = s->pending_length > 0;
    if (!waits && send_datagram(s->source.fd, datagram, length + 1, NULL, 0, MSG_DONTWAIT) == 0) continue;
    if ((!waits && errno != EAGAIN) || !keep(s, datagram, length + 1)) drop_session(ctx, s);
    else if (!waits) stall(ctx, s);
  }
}

static void drop_late(struct ctx *ctx, struct session *list, bool *more) {
  for (struct session *s = list, *next; s; s = next) {
    next = s->next;
    if (s->pending_length == 0) continue;
    if (seconds() - s->stalled_since >= STALL_SECONDS) drop_session(ctx, s);
    else *more = true;
  }
}

void drop_late_sessions(struct ctx *ctx) {
  bool more = false;
  drop_late(ctx, ctx->lingering, &more);
  for (struct container *c = ctx->containers; c; c = c->next) drop_late(ctx, c->sessions, &more);
  if (more) alarm(STALL_SECONDS);
}

/* The container has ended: clients that have all of its output are closed, the others when they have. */
void end_sessions(struct ctx *ctx, struct container *c) {
  while (c->sessions) {
    struct session *s = c->sessions;
    if (s->pending_length == 0) {
      drop_session(ctx, s);
      continue;
    }
    c->sessions = s->next;
    s->container = NULL;
    s->next = ctx->lingering;
    ctx->lingering = s;
  }
}

static void resume_input(struct ctx *ctx, struct container *c) {
  pause_source(ctx, &c->in, true);
  free(c->input);
  c->input = NULL;
  c->input_length = 0;
  for (struct session *s = c->sessions; s; s = s->next) {
    if (s->pending_length == 0) pause_source(ctx, &s->source, false);
  }
}

static void stdin_room(struct ctx *ctx, struct source *source) {
  struct container *c = (struct container *)(void *)((char *)source - offsetof(struct container, in));
  ssize_t n = write(source->fd, c->input + c->input_at, c->input_length - c->input_at);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n > 0) c->input_at += (size_t)n;
  if (n > 0 && c->input_at < c->input_length) return;
  resume_input(ctx, c);
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
  for (struct session *s = c->sessions; s; s = s->next) {
    if (s->pending_length == 0) pause_source(ctx, &s->source, true);
  }
  watch_for_room(ctx, &c->in, stdin_room);
}

static void session_ready(struct ctx *ctx, struct source *source) {
  struct session *s = (struct session *)source;
  char datagram[CHUNK + 1];
  ssize_t n = recv(source->fd, datagram, sizeof datagram, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) drop_session(ctx, s);
  else if (datagram[0] != 'i' || !s->want_in || s->container->in.fd < 0) return;
  else if (n == 1) close_stdin(ctx, s->container); /* in its place behind the input, unlike the request */
  else feed(ctx, s->container, datagram + 1, (size_t)n - 1);
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
  if (c->process.tty >= 0)
    return; /* a terminal has no end to close: clients send what its line discipline takes as one */
  if (c->input) c->in_ends = true;
  else unwatch(ctx, &c->in);
}
