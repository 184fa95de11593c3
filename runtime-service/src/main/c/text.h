/* Small helpers: the error record, numbers, descriptors. */
#ifndef GANTRY_TEXT_H
#define GANTRY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why something failed: the operation of the plan (1-based, 0 for none), errno, and what was tried. */
struct err {
  int op;
  int number;
  char text[480];
};

/* Fills e and returns -1, so that a step can end with `return fail(...)`. */
int fail(struct err *e, int number, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whole strings only: no sign, no blanks, no overflow. False when it is not such a number. */
bool parse_number(const char *text, unsigned base, uint64_t max, uint64_t *value);

/* A comma list such as `net,uts`: true and the next name in [*at, *at + *length), false at the end. */
bool next_name(const char **at, size_t *length);
bool name_is(const char *name, size_t length, const char *word);

void close_fd(int *fd);

/* Writes all of text to the descriptor in one call; -1 with errno when it was not taken whole. */
int write_text(int fd, const char *text);

/* Reads a small file relative to dir into buffer, NUL-terminated; its length, or -1 with errno. */
int read_small(int dir, const char *path, char *buffer, size_t size);

/* The number after `key` and a blank at the start of a line; 0 when there is none. */
uint64_t keyed_number(const char *text, const char *key);

#endif
