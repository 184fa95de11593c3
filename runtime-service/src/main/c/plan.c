#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "kernel.h"

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034
#endif
enum { SEALS_WANTED = 2 | 4 | 8 }; /* F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE */

/* Counts what is to be allocated and checks the frame: every byte belongs to a field, the plan ends once and at the
 * end. */
static int measure(const char *bytes, size_t length, size_t *fields, size_t *ops, struct err *e) {
  bool in_op = false;
  if (length == 0 || bytes[length - 1] != 0) return fail(e, EINVAL, "plan: not ended");
  for (size_t at = 0; at < length; at += strlen(bytes + at) + 1) {
    bool empty = bytes[at] == 0;
    if (!in_op && empty) {
      if (at + 1 != length) return fail(e, EINVAL, "plan: %zu bytes after its end", length - at - 1);
      return 0;
    }
    if (!in_op) ++*ops;
    in_op = !empty;
    ++*fields;
    if (*ops > PLAN_MAX_OPS) return fail(e, E2BIG, "plan: more than %d operations", PLAN_MAX_OPS);
  }
  return fail(e, EINVAL, "plan: cut off in operation %zu", *ops);
}

int plan_parse(struct plan *plan, char *bytes, size_t length, struct err *e) {
  size_t field_count = 0, op_count = 0, field = 0;
  *plan = (struct plan){.bytes = bytes, .length = length};
  if (measure(bytes, length, &field_count, &op_count, e) < 0) return -1;
  plan->fields = malloc((field_count + 1) * sizeof *plan->fields);
  plan->ops = malloc((op_count + 1) * sizeof *plan->ops);
  if (!plan->fields || !plan->ops) {
    plan_free(plan);
    return fail(e, ENOMEM, "plan: no memory");
  }
  struct op *op = NULL;
  for (char *at = bytes; op || *at; at += strlen(at) + 1) {
    if (*at == 0) {
      plan->fields[field++] = NULL;
      op = NULL;
    } else if (!op) {
      op = &plan->ops[plan->count++];
      plan->fields[field] = at;
      *op = (struct op){.name = at, .args = &plan->fields[field + 1]};
      field++;
    } else {
      op->argc++;
      plan->fields[field++] = at;
    }
  }
  for (int i = 0; i < plan->count; i++) {
    for (char **arg = plan->ops[i].args; *arg; arg++) *arg += **arg == 1;
  }
  return 0;
}

int plan_map(struct plan *plan, int memfd, struct err *e) {
  struct stat st;
  int seals = fcntl(memfd, F_GET_SEALS);
  if (seals < 0 || (seals & SEALS_WANTED) != SEALS_WANTED) return fail(e, EPERM, "plan: not a sealed memfd");
  if (fstat(memfd, &st) < 0) return fail(e, errno, "plan: stat");
  if (st.st_size <= 0 || st.st_size > PLAN_MAX_BYTES) return fail(e, EFBIG, "plan: %lld bytes", (long long)st.st_size);
  size_t length = (size_t)st.st_size;
  char *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, memfd, 0);
  if (bytes == MAP_FAILED) return fail(e, errno, "plan: map");
  if (plan_parse(plan, bytes, length, e) < 0) {
    munmap(bytes, length);
    *plan = (struct plan){0};
    return -1;
  }
  plan->mapped = true;
  return 0;
}

void plan_free(struct plan *plan) {
  free(plan->fields);
  free(plan->ops);
  if (plan->mapped) munmap(plan->bytes, plan->length);
  *plan = (struct plan){0};
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

unsigned char *plan_decode_hex(char *text, size_t *length) {
  size_t digits = strlen(text);
  if (digits < 16 || digits % 2 != 0) return NULL;
  for (size_t i = 0; i < digits; i += 2) {
    int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return NULL;
    text[i / 2] = (char)(high << 4 | low);
  }
  *length = digits / 2;
  char *aligned = text + (-(uintptr_t)text & 7);
  memmove(aligned, text, *length);
  return (unsigned char *)aligned;
}
