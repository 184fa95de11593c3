#include <errno.h>

#include "check.h"
#include "shim.h"

static void numbers(void) {
  uint64_t n = 0;
  CHECK(parse_number("0", 10, 9, &n) && n == 0);
  CHECK(parse_number("18446744073709551615", 10, UINT64_MAX, &n) && n == UINT64_MAX);
  CHECK(!parse_number("18446744073709551616", 10, UINT64_MAX, &n));
  CHECK(parse_number("0755", 8, 07777, &n) && n == 0755);
  CHECK(!parse_number("8", 8, 07777, &n));
  CHECK(parse_number("a80425fb", 16, UINT64_MAX, &n) && n == 0xa80425fb);
  CHECK(!parse_number("", 10, 9, &n));
  CHECK(!parse_number("-1", 10, 9, &n));
  CHECK(!parse_number(" 1", 10, 9, &n));
  CHECK(!parse_number("10", 10, 9, &n));
}

static void name_lists(void) {
  const char *at = "net,uts,ipc";
  size_t length = 0;
  char seen[64] = "";
  while (next_name(&at, &length)) snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "[%.*s]", (int)length, at);
  CHECK_TEXT(seen, "[net][uts][ipc]");
  at = "";
  length = 0;
  CHECK(!next_name(&at, &length));
  unsigned flags;
  struct err e;
  CHECK(namespace_flags("net,uts", "net,uts,ipc", &flags, &e) == 0);
  CHECK(namespace_flags("pid", "net,uts,ipc", &flags, &e) == -1 && e.number == EINVAL);
  CHECK(namespace_flags("ne", "net", &flags, &e) == -1);
  CHECK(namespace_flags("net,,uts", "net,uts", &flags, &e) == -1);
  CHECK(namespace_flags("", "net", &flags, &e) == 0 && flags == 0);
}

static void ids(void) {
  char longest[ID_MAX + 2];
  memset(longest, 'a', sizeof longest);
  longest[ID_MAX] = 0;
  CHECK(valid_id("a"));
  CHECK(valid_id("0a-b_c.d"));
  CHECK(valid_id(longest));
  longest[ID_MAX] = 'a';
  longest[ID_MAX + 1] = 0;
  CHECK(!valid_id(longest));
  CHECK(!valid_id(""));
  CHECK(!valid_id("../x"));
  CHECK(!valid_id("a/b"));
  CHECK(!valid_id(".hidden"));
  CHECK(!valid_id("a\nb"));
}

void test_text(void) {
  numbers();
  name_lists();
  ids();
  CHECK(keyed_number("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "oom_kill") == 3);
  CHECK(keyed_number("low 0\noom 7\noom_kill 0\n", "oom_kill") == 0);
  CHECK(keyed_number("low 0", "oom_kill") == 0);
  CHECK(keyed_number("", "oom_kill") == 0);
}
