#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int fail(struct err *e, int number, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  e->number = number;
  vsnprintf(e->text, sizeof e->text, format, arguments);
  va_end(arguments);
  return -1;
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return 99;
}

bool parse_number(const char *text, unsigned base, uint64_t max, uint64_t *value) {
  uint64_t sum = 0;
  if (*text == 0) return false;
  for (; *text; text++) {
    unsigned d = (unsigned)digit(*text);
    if (d >= base || sum > (UINT64_MAX - d) / base) return false;
    sum = sum * base + d;
  }
  *value = sum;
  return sum <= max;
}

bool next_name(const char **at, size_t *length) {
  const char *start = *at + *length;
  if (*start == ',') start++;
  if (*start == 0) return false;
  *at = start;
  *length = strcspn(start, ",");
  return true;
}

bool name_is(const char *name, size_t length, const char *word) {
  return strlen(word) == length && memcmp(name, word, length) == 0;
}

void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

int write_text(int fd, const char *text) {
  size_t length = strlen(text);
  ssize_t n;
  do {
    n = write(fd, text, length);
  } while (n < 0 && errno == EINTR);
  if (n >= 0 && (size_t)n != length) errno = EIO;
  return n == (ssize_t)length ? 0 : -1;
}

int read_small(int dir, const char *path, char *buffer, size_t size) {
  int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n;
  do {
    n = read(fd, buffer, size - 1);
  } while (n < 0 && errno == EINTR);
  int saved = errno;
  close(fd);
  errno = saved;
  if (n < 0) return -1;
  buffer[n] = 0;
  return (int)n;
}

uint64_t keyed_number(const char *text, const char *key) {
  size_t length = strlen(key);
  for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
    if (strncmp(line, key, length) == 0 && line[length] == ' ') {
      uint64_t value = 0;
      for (const char *c = line + length + 1; *c >= '0' && *c <= '9'; c++) value = value * 10 + (uint64_t)(*c - '0');
      return value;
    }
  }
  return 0;
}
