/* Who the new process is and what it may do. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "child.h"
#include "kernel.h"

/* capset(2), version 3 */
struct cap_header {
  uint32_t version;
  int pid;
};
struct cap_data {
  uint32_t effective, permitted, inheritable;
};
enum { CAP_VERSION = 0x20080522 };

struct caps {
  uint64_t effective, permitted, inheritable;
};

static int read_caps(struct caps *caps) {
  struct cap_header header = {CAP_VERSION, 0};
  struct cap_data data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -1;
  caps->effective = data[0].effective | (uint64_t)data[1].effective << 32;
  caps->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
  caps->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
  return 0;
}

static int write_caps(const struct caps *caps) {
  struct cap_header header = {CAP_VERSION, 0};
  struct cap_data data[2] = {
      {(uint32_t)caps->effective, (uint32_t)caps->permitted, (uint32_t)caps->inheritable},
      {(uint32_t)(caps->effective >> 32), (uint32_t)(caps->permitted >> 32), (uint32_t)(caps->inheritable >> 32)}};
  return (int)syscall(SYS_capset, &header, data);
}

int drop_capabilities(void) {
  const struct caps none = {0, 0, 0};
  return write_caps(&none);
}

int op_groups(struct child *c, const struct op *op, struct err *e) {
  gid_t groups[2048];
  int count = 0;
  (void)c;
  if (op->argc > (int)(sizeof groups / sizeof *groups)) return fail(e, E2BIG, "groups: %d", op->argc);
  if (strcmp(op->args[0], "-") != 0) {
    for (; count < op->argc; count++) {
      uint64_t gid;
      if (!parse_number(op->args[count], 10, UINT32_MAX - 1, &gid)) return fail(e, EINVAL, "group %s", op->args[count]);
      groups[count] = (gid_t)gid;
    }
  }
  return syscall(SYS_setgroups, count, groups) < 0 ? fail(e, errno, "set %d groups", count) : 0;
}

/* So that a process without privileges can open /dev/stdout, a link to its pipe or terminal. Files stay as they are. */
static void give_stdio(struct child *c, uid_t uid) {
  for (int i = 0; i < 4; i++) {
    struct stat st;
    int fd = i < 3 ? c->launch->child_fd[i] : c->terminal;
    bool ours = fd >= 0 && fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || fd == c->terminal);
    /* Not every kind of file system lets it (a terminal on a read-only mount, say); nothing depends on it then. */
    if (ours && fchown(fd, uid, (gid_t)-1) < 0) continue;
  }
}

int op_ids(struct child *c, const struct op *op, struct err *e) {
  uint64_t uid, gid;
  struct caps caps;
  if (!parse_number(op->args[0], 10, UINT32_MAX - 1, &uid) || !parse_number(op->args[1], 10, UINT32_MAX - 1, &gid)) {
    return fail(e, EINVAL, "ids %s %s", op->args[0], op->args[1]);
  }
  give_stdio(c, (uid_t)uid);
  /* Capabilities are for `caps` to settle, not for the change of the user id (capabilities(7)). */
  if (prctl(PR_SET_KEEPCAPS, 1) < 0) return fail(e, errno, "keep capabilities");
  if (syscall(SYS_setresgid, gid, gid, gid) < 0) return fail(e, errno, "set group %s", op->args[1]);
  if (syscall(SYS_setresuid, uid, uid, uid) < 0) return fail(e, errno, "set user %s", op->args[0]);
  if (read_caps(&caps) < 0) return fail(e, errno, "read capabilities");
  caps.effective = caps.permitted;
  if (write_caps(&caps) < 0) return fail(e, errno, "keep capabilities");
  /* The kernel makes a process dumpable again as the sysctl says when its ids change. */
  return prctl(PR_SET_DUMPABLE, 0) < 0 ? fail(e, errno, "stay non-dumpable") : 0;
}

int op_caps(struct child *c, const struct op *op, struct err *e) {
  uint64_t mask[5]; /* bounding, effective, permitted, inheritable, ambient */
  struct caps now;
  for (int i = 0; i < 5; i++) {
    if (!parse_number(op->args[i], 16, UINT64_MAX, &mask[i])) return fail(e, EINVAL, "caps %s", op->args[i]);
  }
  for (int cap = 0; cap < 64; cap++) {
    int bound = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
    if (bound == 1 && !(mask[0] >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
      return fail(e, errno, "drop capability %d from the bounding set", cap);
    }
  }
  if (read_caps(&now) < 0) return fail(e, errno, "read capabilities");
  uint64_t missing = mask[2] & ~now.permitted;
  if (missing) {
    struct err warning = {.op = e->op};
    fail(&warning, EPERM, "capabilities %llx are not ours to give", (unsigned long long)missing);
    if (child_warn(c, &warning) < 0) return fail(e, errno, "report");
  }
  struct caps set = {.permitted = mask[2] & now.permitted};
  set.effective = mask[1] & set.permitted;
  set.inheritable = mask[3] & set.permitted;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (write_caps(&set) < 0) return fail(e, errno, "set capabilities");
  for (int cap = 0; cap < 64; cap++) {
    uint64_t bit = 1ULL << cap;
    if (!(mask[4] & set.permitted & set.inheritable & bit)) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0) return fail(e, errno, "ambient capability %d", cap);
  }
  return 0;
}

static bool rlimit_value(const char *text, uint64_t *value) {
  if (strcmp(text, "unlimited") == 0) return *value = UINT64_MAX, true;
  return parse_number(text, 10, UINT64_MAX, value);
}

int op_rlimit(struct child *c, const struct op *op, struct err *e) {
  struct {
    uint64_t soft, hard;
  } set, now;
  uint64_t resource;
  if (!parse_number(op->args[0], 10, 63, &resource) || !rlimit_value(op->args[1], &set.soft) ||
      !rlimit_value(op->args[2], &set.hard)) {
    return fail(e, EINVAL, "rlimit %s %s %s", op->args[0], op->args[1], op->args[2]);
  }
  if (syscall(SYS_prlimit64, 0, resource, &set, NULL) == 0) return 0;
  if (errno != EPERM || syscall(SYS_prlimit64, 0, resource, NULL, &now) < 0) {
    return fail(e, errno, "rlimit %s %s %s", op->args[0], op->args[1], op->args[2]);
  }
  /* Only CAP_SYS_RESOURCE raises a hard limit, and a nested node may lack it. */
  struct err warning = {.op = e->op};
  fail(&warning, EPERM, "rlimit %s clamped to %llu", op->args[0], (unsigned long long)now.hard);
  if (set.hard > now.hard) set.hard = now.hard;
  if (set.soft > set.hard) set.soft = set.hard;
  if (syscall(SYS_prlimit64, 0, resource, &set, NULL) < 0) return fail(e, errno, "rlimit %s", op->args[0]);
  return child_warn(c, &warning);
}

int write_own(struct child *c, const char *path, const char *text) {
  int fd = openat(c->ctx->proc, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int result = write_text(fd, text), number = errno;
  close(fd);
  errno = number;
  return result;
}

int op_oom_score(struct child *c, const struct op *op, struct err *e) {
  if (write_own(c, "self/oom_score_adj", op->args[0]) == 0) return 0;
  if (errno != EACCES) return fail(e, errno, "oom-score %s", op->args[0]);
  struct err warning = {.op = e->op};
  fail(&warning, EACCES, "oom-score %s: stays as the shim's", op->args[0]);
  return child_warn(c, &warning);
}

int op_no_new_privs(struct child *c, const struct op *op, struct err *e) {
  (void)c, (void)op;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? fail(e, errno, "no-new-privs") : 0;
}

int op_seccomp(struct child *c, const struct op *op, struct err *e) {
  enum { SET_MODE_FILTER = 1, INSTRUCTION = 8, INSTRUCTIONS_MAX = 4096 };
  uint64_t flags;
  size_t length;
  /* A filter may forbid all that an exec does not need. */
  if (child_get_ready(c, e) < 0) return -1;
  unsigned char *bytes = plan_decode_hex(op->args[0], &length);
  if (!bytes || length % INSTRUCTION != 0 || length / INSTRUCTION > INSTRUCTIONS_MAX ||
      !parse_number(op->args[1], 10, UINT32_MAX, &flags)) {
    return fail(e, EINVAL, "seccomp: not a filter program");
  }
  struct {
    unsigned short length;
    void *filter;
  } program = {(unsigned short)(length / INSTRUCTION), bytes};
  return syscall(SYS_seccomp, SET_MODE_FILTER, flags, &program) < 0 ? fail(e, errno, "load seccomp filter") : 0;
}

int op_apparmor(struct child *c, const struct op *op, struct err *e) {
  char text[512];
  int length = snprintf(text, sizeof text, "exec %s", op->args[0]);
  if (length < 0 || (size_t)length >= sizeof text) return fail(e, ENAMETOOLONG, "apparmor profile %s", op->args[0]);
  int result = write_own(c, "self/attr/apparmor/exec", text);
  if (result < 0 && errno == ENOENT) result = write_own(c, "self/attr/exec", text);
  return result < 0 ? fail(e, errno, "apparmor profile %s", op->args[0]) : 0;
}
