/* What containers write and read: pipes or a terminal. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "kernel.h"
#include "message.h"

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

void stdio_close(struct ctx *ctx, struct container *c) {
  end_sessions(ctx, c);
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

int resize_terminal(int tty, const char *rows, const char *columns, struct err *e) {
  uint64_t r, c;
  if (tty < 0) return fail(e, ENOTTY, "resize");
  if (!parse_number(rows, 10, UINT16_MAX, &r) || !parse_number(columns, 10, UINT16_MAX, &c)) {
    return fail(e, EINVAL, "resize to %s rows, %s columns", rows, columns);
  }
  struct winsize size = {.ws_row = (unsigned short)r, .ws_col = (unsigned short)c};
  return ioctl(tty, TIOCSWINSZ, &size) < 0 ? fail(e, errno, "resize") : 0;
}
