/* What reads bytes of others: a plan (first byte 'p'), a message ('m'). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "launch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_arguments(const struct op *op) {
  for (char **arg = op->args; *arg; arg++) {
    uint64_t number;
    unsigned flags;
    size_t length = 0;
    struct err e;
    parse_number(*arg, 10, UINT64_MAX, &number);
    parse_number(*arg, 16, UINT64_MAX, &number);
    namespace_flags(*arg, "net,uts,ipc,pid,mount,cgroup,user", &flags, &e);
    keyed_number(*arg, "oom_kill");
    is_label(*arg);
    unsigned char *bytes = plan_decode_hex(*arg, &length);
    if (bytes && (uintptr_t)bytes % 8 != 0) abort();
    if (bytes && length > 0 && bytes[length - 1] == 0 && bytes[0] == 0) continue;
  }
}

static void plan(const uint8_t *data, size_t size) {
  struct launch l = {0};
  struct err e;
  char *bytes = malloc(size + !size);
  memcpy(bytes, data, size);
  if (plan_parse(&l.plan, bytes, size, &e) == 0) {
    if (launch_check(&l, &e) == 0 && (l.fork_at < 0 || l.fork_at >= l.plan.count)) abort();
    for (int i = 0; i < l.plan.count; i++) read_arguments(&l.plan.ops[i]);
    plan_free(&l.plan);
  }
  free(bytes);
}

static void message(const uint8_t *data, size_t size) {
  struct message *m = calloc(1, sizeof *m);
  struct err e;
  if (size > MESSAGE_BYTES) size = MESSAGE_BYTES;
  memcpy(m->bytes, data, size);
  if (message_split(m, size, &e) == 0) {
    for (int i = 0; i < m->fields; i++) valid_id(m->field[i]);
  }
  free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  if (data[0] == 'p') plan(data + 1, size - 1);
  else message(data + 1, size - 1);
  return 0;
}
