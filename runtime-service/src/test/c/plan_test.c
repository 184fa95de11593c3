#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "kernel.h"
#include "plan.h"

/* Parses a copy of exactly that size, so that a read beyond it is seen by the sanitizer. */
static int parse(struct plan *plan, char **copy, const char *bytes, size_t length, struct err *e) {
  *copy = malloc(length ? length : 1);
  memcpy(*copy, bytes, length);
  return plan_parse(plan, *copy, length, e);
}
#define PARSE(text) parse(&plan, &copy, text, sizeof(text) - 1, &e)

static void reads(void) {
  struct plan plan;
  struct err e;
  char *copy;
  CHECK(PARSE("mount\0proc\0/proc\0\0fork\0\0exec\0sh\0\1\0\1\1x\0\0\0") == 0);
  CHECK(plan.count == 3);
  CHECK_TEXT(plan.ops[0].name, "mount");
  CHECK(plan.ops[0].argc == 2);
  CHECK_TEXT(plan.ops[0].args[1], "/proc");
  CHECK(plan.ops[0].args[2] == NULL);
  CHECK(plan.ops[1].argc == 0 && plan.ops[1].args[0] == NULL);
  CHECK(plan.ops[2].argc == 3);
  CHECK_TEXT(plan.ops[2].args[1], "");
  CHECK_TEXT(plan.ops[2].args[2], "\1x");
  plan_free(&plan);
  free(copy);
  CHECK(PARSE("\0") == 0 && plan.count == 0);
  plan_free(&plan);
  free(copy);
}

static void refuses(void) {
  struct plan plan;
  struct err e;
  char *copy;
  CHECK(PARSE("") == -1);
  free(copy);
  CHECK(PARSE("op") == -1);
  free(copy);
  CHECK(PARSE("op\0") == -1);
  free(copy);
  CHECK(PARSE("op\0\0") == -1);
  CHECK_TEXT(e.text, "plan: cut off in operation 1");
  free(copy);
  CHECK(PARSE("op\0\0\0x\0") == -1);
  CHECK_TEXT(e.text, "plan: 2 bytes after its end");
  free(copy);
  size_t many = (PLAN_MAX_OPS + 1) * 3 + 1;
  char *bytes = calloc(1, many);
  for (size_t i = 0; i + 1 < many; i += 3) bytes[i] = 'a';
  CHECK(parse(&plan, &copy, bytes, many, &e) == -1 && e.number == E2BIG);
  free(bytes);
  free(copy);
}

static void decodes_hex(void) {
  for (size_t shift = 0; shift < 8; shift++) {
    char *text = malloc(64 + shift);
    size_t length = 0;
    snprintf(text + shift, 64, "0001020304050607ff");
    unsigned char *bytes = plan_decode_hex(text + shift, &length);
    CHECK(bytes && length == 9 && (uintptr_t)bytes % 8 == 0);
    CHECK(bytes && memcmp(bytes, "\0\1\2\3\4\5\6\7\xff", 9) == 0);
    free(text);
  }
  char odd[] = "00010203040506070", upper[] = "00010203040506FF", brief[] = "0001";
  size_t length;
  CHECK(!plan_decode_hex(odd, &length));
  CHECK(!plan_decode_hex(upper, &length));
  CHECK(!plan_decode_hex(brief, &length));
}

static void wants_a_seal(void) {
  struct plan plan;
  struct err e;
  int fd = (int)syscall(SYS_memfd_create, "plan", 2 /* MFD_ALLOW_SEALING */);
  CHECK(write(fd, "fork\0\0", 7) == 7);
  CHECK(plan_map(&plan, fd, &e) == -1 && e.number == EPERM);
  CHECK(fcntl(fd, 1033 /* F_ADD_SEALS */, 0xf) == 0);
  CHECK(plan_map(&plan, fd, &e) == 0 && plan.count == 1);
  plan_free(&plan);
  close(fd);
}

void test_plan(void) {
  reads();
  refuses();
  decodes_hex();
  wants_a_seal();
}
