/* The CRI log: `<RFC3339Nano UTC> stdout|stderr F|P <text>\n`. Whole lines are F; a line longer than log-max goes on in
 * the next entry, all but its last being P. A log that cannot be written loses lines; the container never waits for it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "message.h"

enum { READ_BYTES = 16384, ENTRIES = 64, HEADER_MAX = 64 };

/* Entries on their way to the file. Their text stays where it is: in the read buffer or the carry. */
struct batch {
  struct iovec part[ENTRIES * 4];
  int parts;
  size_t bytes;
  char header[2][HEADER_MAX]; /* F and P */
  size_t header_length;
};

static void batch_begin(struct batch *b, const char *stream) {
  struct timespec now;
  struct tm utc;
  char time[32];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
  b->parts = 0;
  b->bytes = 0;
  for (int i = 0; i < 2; i++) {
    b->header_length =
        (size_t)snprintf(b->header[i], HEADER_MAX, "%s.%09ldZ %s %c ", time, now.tv_nsec, stream, i == 0 ? 'F' : 'P');
  }
}

/* Said once for each kind of failure until a write succeeds. */
static void failed(struct ctx *ctx, struct container *c, int number, size_t lost) {
  struct answer a;
  c->log_lost += lost;
  if (c->log_errno == number) return;
  c->log_errno = number;
  answer_begin(&a, 0, "log-error");
  answer_put(&a, "%s", c->id);
  answer_put(&a, "%d", number);
  answer_send(ctx, &a, NULL, 0);
}

/* An entry cut off by a full disk would spoil the next one: it is taken back. */
static void take_back(int log, size_t bytes) {
  off_t end = lseek(log, 0, SEEK_END);
  if (end < (off_t)bytes || ftruncate(log, end - (off_t)bytes) < 0) note("log: cut entry left: %s", strerror(errno));
}

/* The bytes of b->part that a write took; *part is where to go on. Whole entries end with a part that is a newline. */
static void advance(struct iovec **part, size_t taken, size_t *written, size_t *whole) {
  while (taken > 0) {
    size_t step = taken < (*part)->iov_len ? taken : (*part)->iov_len;
    bool newline = *(char *)(*part)->iov_base == '\n';
    (*part)->iov_base = (char *)(*part)->iov_base + step;
    (*part)->iov_len -= step;
    taken -= step;
    *written += step;
    if ((*part)->iov_len > 0) return;
    if (newline) *whole = *written;
    ++*part;
  }
}

static void batch_write(struct ctx *ctx, struct container *c, struct batch *b) {
  struct iovec *part = b->part;
  size_t written = 0, whole = 0;
  while (written < b->bytes && c->log >= 0) {
    ssize_t n = writev(c->log, part, b->parts - (int)(part - b->part));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      int number = n == 0 ? EIO : errno;
      if (written > whole) take_back(c->log, written - whole);
      failed(ctx, c, number, b->bytes - whole);
      break;
    }
    c->log_errno = 0;
    advance(&part, (size_t)n, &written, &whole);
  }
  b->parts = 0;
  b->bytes = 0;
}

static void add_part(struct batch *b, const char *bytes, size_t length) {
  if (length == 0) return;
  b->part[b->parts++] = (struct iovec){(void *)(uintptr_t)bytes, length};
  b->bytes += length;
}

/* One entry out of what was carried and text, either of which may be empty. */
static void add_entry(struct ctx *ctx, struct stream *s, struct batch *b, bool full, const char *text, size_t length) {
  add_part(b, b->header[full ? 0 : 1], b->header_length);
  add_part(b, s->carry, s->carried);
  add_part(b, text, length);
  add_part(b, "\n", 1);
  bool carried = s->carried > 0;
  s->carried = 0;
  /* The carry is about to be used again, so it cannot wait. */
  if (carried || b->parts > (ENTRIES - 1) * 4) batch_write(ctx, s->container, b);
}

static void carry(struct ctx *ctx, struct stream *s, struct batch *b, const char *text, size_t length) {
  if (!s->carry) s->carry = malloc(s->container->log_max);
  if (!s->carry) {
    add_entry(ctx, s, b, false, text, length); /* out of memory: better a cut line than a lost one */
    return;
  }
  memcpy(s->carry + s->carried, text, length);
  s->carried += length;
}

static void add_bytes(struct ctx *ctx, struct stream *s, struct batch *b, const char *bytes, size_t length) {
  size_t max = s->container->log_max;
  while (length > 0) {
    const char *newline = memchr(bytes, '\n', length);
    size_t line = newline ? (size_t)(newline - bytes) : length;
    size_t room = max - s->carried;
    if (line > room) {
      add_entry(ctx, s, b, false, bytes, room);
      bytes += room;
      length -= room;
    } else if (newline) {
      add_entry(ctx, s, b, true, bytes, line);
      bytes += line + 1;
      length -= line + 1;
    } else {
      carry(ctx, s, b, bytes, line);
      return;
    }
  }
}

static void release_carry(struct stream *s) {
  if (s->carried > 0) return;
  free(s->carry);
  s->carry = NULL;
}

/* Moves one bufferful from the container to its log. 1 when something came, 0 at the end, -1 with errno. */
int log_pump(struct ctx *ctx, struct stream *s) {
  char bytes[READ_BYTES];
  struct batch b;
  ssize_t n;
  do {
    n = read(s->source.fd, bytes, sizeof bytes);
  } while (n < 0 && errno == EINTR);
  if (n == 0 || (n < 0 && errno == EIO)) return 0; /* EIO: the last process let go of the terminal */
  if (n < 0) return -1;
  copy_to_sessions(ctx, s->container, s->name, bytes, (size_t)n);
  if (s->container->log < 0) return 1;
  batch_begin(&b, s->name);
  add_bytes(ctx, s, &b, bytes, (size_t)n);
  if (b.bytes > 0) batch_write(ctx, s->container, &b);
  release_carry(s);
  return 1;
}

/* A last line without its end is an entry too. */
void log_finish(struct ctx *ctx, struct container *c) {
  struct stream *streams[2] = {&c->out, &c->err};
  for (int i = 0; i < 2; i++) {
    struct batch b;
    if (streams[i]->carried > 0) {
      batch_begin(&b, streams[i]->name);
      add_entry(ctx, streams[i], &b, true, NULL, 0);
    }
    release_carry(streams[i]);
  }
  if (c->log_lost > 0) note("%s: %llu bytes of its log lost", c->id, (unsigned long long)c->log_lost);
}
