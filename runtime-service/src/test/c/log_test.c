#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "shim.h"

/* A container whose stdout is a pipe that the test writes and whose log is a temporary file. */
struct fixture {
  struct ctx ctx;
  struct container c;
  int write_end;
};

static void set_up(struct fixture *f, size_t log_max) {
  char path[] = "/tmp/gantry-log-test-XXXXXX";
  int ends[2];
  memset(f, 0, sizeof *f);
  f->ctx.connection.fd = -1;
  f->c.log = mkostemp(path, O_APPEND);
  unlink(path);
  f->c.log_max = log_max;
  CHECK(pipe(ends) == 0);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  f->write_end = ends[1];
  f->c.out = (struct stream){.source.fd = ends[0], .container = &f->c, .name = "stdout"};
  f->c.err = (struct stream){.source.fd = -1, .container = &f->c, .name = "stderr"};
}

static void say(struct fixture *f, const char *text) {
  CHECK(write(f->write_end, text, strlen(text)) == (ssize_t)strlen(text));
  CHECK(log_pump(&f->ctx, &f->c.out) == 1);
}

/* The log so far, without the times, which are checked to be there. */
static const char *said(struct fixture *f) {
  static char raw[1 << 20], text[1 << 20];
  ssize_t length = pread(f->c.log, raw, sizeof raw - 1, 0);
  raw[length < 0 ? 0 : length] = 0;
  text[0] = 0;
  for (char *line = raw; *line;) {
    char *end = strchr(line, '\n');
    CHECK(end != NULL);
    if (!end) break;
    CHECK(line[4] == '-' && line[10] == 'T' && line[19] == '.' && line[29] == 'Z' && line[30] == ' ');
    strncat(text, line + 31, (size_t)(end - line - 31) + 1);
    line = end + 1;
  }
  return text;
}

static void tear_down(struct fixture *f) {
  free(f->c.out.carry);
  close(f->c.out.source.fd);
  close(f->write_end);
  close(f->c.log);
}

static void whole_lines(void) {
  struct fixture f;
  set_up(&f, 64);
  say(&f, "one\n\ntwo\n");
  CHECK_TEXT(said(&f), "stdout F one\nstdout F \nstdout F two\n");
  CHECK(f.c.out.carry == NULL);
  say(&f, "begun");
  CHECK_TEXT(said(&f), "stdout F one\nstdout F \nstdout F two\n");
  say(&f, " and ended\nrest");
  CHECK(strstr(said(&f), "stdout F begun and ended\n") != NULL);
  log_finish(&f.ctx, &f.c);
  CHECK(strstr(said(&f), "stdout F rest\n") != NULL);
  CHECK(f.c.out.carry == NULL);
  tear_down(&f);
}

static void long_lines(void) {
  struct fixture f;
  set_up(&f, 8);
  say(&f, "12345678\n");
  CHECK_TEXT(said(&f), "stdout F 12345678\n");
  say(&f, "123456789\n");
  CHECK_TEXT(said(&f), "stdout F 12345678\nstdout P 12345678\nstdout F 9\n");
  tear_down(&f);
  set_up(&f, 8);
  say(&f, "12345");
  say(&f, "678");
  say(&f, "9abcdefgh");
  say(&f, "i\n");
  CHECK_TEXT(said(&f), "stdout P 12345678\nstdout P 9abcdefg\nstdout F hi\n");
  tear_down(&f);
}

/* Whatever the pieces, the log says the same text again. */
static void any_pieces(void) {
  srand(7);
  for (int round = 0; round < 200; round++) {
    struct fixture f;
    char text[2001], *again = malloc(8192);
    size_t max = 1 + (size_t)rand() % 100, length = 0;
    set_up(&f, max);
    for (size_t i = 0; i < 2000; i++) text[i] = rand() % 20 ? (char)('a' + rand() % 26) : '\n';
    text[2000] = 0;
    for (size_t at = 0; at < 2000;) {
      size_t piece = 1 + (size_t)rand() % 300;
      if (piece > 2000 - at) piece = 2000 - at;
      CHECK(write(f.write_end, text + at, piece) == (ssize_t)piece);
      CHECK(log_pump(&f.ctx, &f.c.out) == 1);
      at += piece;
    }
    log_finish(&f.ctx, &f.c);
    for (const char *line = said(&f); *line; line = strchr(line, '\n') + 1) {
      size_t n = strcspn(line, "\n") - 9;
      CHECK(n <= max);
      memcpy(again + length, line + 9, n);
      length += n;
      if (line[7] == 'F') again[length++] = '\n';
    }
    again[length] = 0;
    if (text[1999] != '\n' && length > 0) again[length - 1] = 0;
    CHECK_TEXT(again, text);
    free(again);
    tear_down(&f);
  }
}

/* A log that is full keeps whole entries only, and goes on when there is room again. */
static void full(void) {
  struct fixture f;
  struct rlimit before, small;
  set_up(&f, 64);
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &before);
  small = (struct rlimit){100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  say(&f, "fits\n");
  say(&f, "also\nthis line does not, by some bytes, and is dropped\n");
  CHECK(f.c.log_errno == EFBIG && f.c.log_lost > 0);
  setrlimit(RLIMIT_FSIZE, &before);
  say(&f, "back\n");
  CHECK(f.c.log_errno == 0);
  CHECK_TEXT(said(&f), "stdout F fits\nstdout F also\nstdout F back\n");
  tear_down(&f);
}

void test_log(void) {
  whole_lines();
  long_lines();
  any_pieces();
  full();
}
