/* A plan: NUL-separated text that says, operation by operation, what is to be done (docs/shim.md, "Plans"). */
#ifndef GANTRY_PLAN_H
#define GANTRY_PLAN_H

#include "text.h"

enum { PLAN_MAX_BYTES = 4 << 20, PLAN_MAX_OPS = 4096 };

/* Arguments end with a NULL, as execve(2) wants them. They point into the plan's bytes. */
struct op {
  char *name;
  char **args;
  int argc;
};

struct plan {
  char *bytes;
  size_t length;
  bool mapped;
  char **fields;
  struct op *ops;
  int count;
};

/*
 * Parses bytes in place. On success the plan refers to bytes until plan_free. All allocation happens here: what obeys
 * the plan after clone only reads it.
 */
int plan_parse(struct plan *plan, char *bytes, size_t length, struct err *e);

/* Maps a memfd that is sealed against change, copy on write, and parses it. */
int plan_map(struct plan *plan, int memfd, struct err *e);

void plan_free(struct plan *plan);

/* Decodes the hex digits of text where they stand; the bytes are aligned to 8. NULL when it is not hex. */
unsigned char *plan_decode_hex(char *text, size_t *length);

#endif
