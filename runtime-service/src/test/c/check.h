/* The smallest harness: a failed check says where, and the program's exit status says that one did. */
#ifndef GANTRY_CHECK_H
#define GANTRY_CHECK_H

#include <stdio.h>
#include <string.h>

extern int checks_failed, checks_made;

#define CHECK(condition)                                              \
  do {                                                                \
    checks_made++;                                                    \
    if (!(condition)) {                                               \
      checks_failed++;                                                \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                 \
  } while (0)

#define CHECK_TEXT(actual, expected)                                                                 \
  do {                                                                                               \
    checks_made++;                                                                                   \
    if (strcmp((actual), (expected)) != 0) {                                                         \
      checks_failed++;                                                                               \
      fprintf(stderr, "%s:%d: got\n%s\ninstead of\n%s\n", __FILE__, __LINE__, (actual), (expected)); \
    }                                                                                                \
  } while (0)

void test_text(void);
void test_plan(void);
void test_message(void);
void test_log(void);
void test_rootpath(void);
void test_contract(const char *page);

#endif
