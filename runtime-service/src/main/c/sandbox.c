/* What a sandbox plan asks for, then the move into a small mount namespace of the shim's own. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kernel.h"
#include "shim.h"

struct sandbox {
  struct ctx *ctx;
  const char *label; /* of /dev/shm, or NULL */
  int shm_mount;     /* detached until the shim has a mount namespace of its own */
  bool pause;
};

static int op_cgroup(struct sandbox *s, const struct op *op, struct err *e) {
  return join_cgroup(s->ctx, op->args[0], e);
}

static int op_userns(struct sandbox *s, const struct op *op, struct err *e) {
  if (s->ctx->pod_new || s->ctx->user_ns >= 0) return fail(e, EINVAL, "userns: not the first of the namespaces");
  return userns_make(s->ctx, op->args[0], op->args[1], e);
}

static int op_unshare(struct sandbox *s, const struct op *op, struct err *e) {
  unsigned flags;
  if (namespace_flags(op->args[0], "net,uts,ipc", &flags, e) < 0) return -1;
  if (s->ctx->user_ns >= 0) {
    if (userns_unshare(s->ctx, flags, e) < 0) return -1;
  } else if (unshare((int)flags) < 0) {
    return fail(e, errno, "unshare %s", op->args[0]);
  }
  s->ctx->pod_new |= flags;
  return 0;
}

/* What changes a namespace must never change the host's. */
static int must_be_new(struct sandbox *s, unsigned flag, const struct op *op, struct err *e) {
  return s->ctx->pod_new & flag ? 0 : fail(e, EINVAL, "%s in a namespace of the host", op->name);
}

static int op_hostname(struct sandbox *s, const struct op *op, struct err *e) {
  if (must_be_new(s, CLONE_NEWUTS, op, e) < 0) return -1;
  if (sethostname(op->args[0], strlen(op->args[0])) < 0) return fail(e, errno, "set hostname %s", op->args[0]);
  return 0;
}

static int op_loopback_up(struct sandbox *s, const struct op *op, struct err *e) {
  return must_be_new(s, CLONE_NEWNET, op, e) < 0 ? -1 : loopback_up(e);
}

static int op_pin_netns(struct sandbox *s, const struct op *op, struct err *e) {
  const char *path = op->args[0];
  if (must_be_new(s, CLONE_NEWNET, op, e) < 0) return -1;
  int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (fd < 0) return fail(e, errno, "create %s", path);
  close(fd);
  if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0) {
    int number = errno;
    unlink(path);
    return fail(e, number, "pin network namespace at %s", path);
  }
  return 0;
}

static int op_sysctl(struct sandbox *s, const struct op *op, struct err *e) {
  unsigned needs = strncmp(op->args[0], "net/", 4) == 0            ? CLONE_NEWNET
                   : strcmp(op->args[0], "kernel/domainname") == 0 ? CLONE_NEWUTS
                                                                   : CLONE_NEWIPC;
  if (must_be_new(s, needs, op, e) < 0) return -1;
  return s->ctx->user_ns >= 0 ? userns_sysctl(s->ctx, op->args[0], op->args[1], e)
                              : write_sysctl(s->ctx->proc, op->args[0], op->args[1], e);
}

static int op_label(struct sandbox *s, const struct op *op, struct err *e) {
  if (!is_label(op->args[0])) return fail(e, EINVAL, "mount-label %s", op->args[0]);
  s->label = op->args[0];
  return 0;
}

static int op_shm(struct sandbox *s, const struct op *op, struct err *e) {
  uint64_t size;
  char uid[16], gid[16];
  if (!parse_number(op->args[0], 10, INT64_MAX, &size)) return fail(e, EINVAL, "shm of %s bytes", op->args[0]);
  int fs = k_fsopen("tmpfs");
  if (fs < 0) return fail(e, errno, "make /dev/shm: fsopen");
  snprintf(uid, sizeof uid, "%u", s->ctx->mapped_uid);
  snprintf(gid, sizeof gid, "%u", s->ctx->mapped_gid);
  if (k_fsconfig(fs, FS_STRING, "source", "shm") == 0 && k_fsconfig(fs, FS_STRING, "uid", uid) == 0 &&
      k_fsconfig(fs, FS_STRING, "gid", gid) == 0 && k_fsconfig(fs, FS_STRING, "size", op->args[0]) == 0 &&
      k_fsconfig(fs, FS_STRING, "mode", "1777") == 0 && label_filesystem(s->label, fs) == 0 &&
      k_fsconfig(fs, FS_CREATE, NULL, NULL) == 0) {
    s->shm_mount = k_fsmount(fs, ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC);
  }
  int number = errno;
  close(fs);
  return s->shm_mount < 0 ? fail(e, number, "make /dev/shm of %s bytes", op->args[0]) : 0;
}

static int op_pause(struct sandbox *s, const struct op *op, struct err *e) {
  (void)op;
  (void)e;
  s->pause = true; /* made at the end: its root must not be the host's */
  return 0;
}

static const struct {
  const char *name;
  int args;
  int (*obey)(struct sandbox *, const struct op *, struct err *);
} rules[] = {
    {"cgroup", 1, op_cgroup},     {"userns", 2, op_userns},           {"unshare", 1, op_unshare},
    {"hostname", 1, op_hostname}, {"loopback-up", 0, op_loopback_up}, {"pin-netns", 1, op_pin_netns},
    {"sysctl", 2, op_sysctl},     {"mount-label", 1, op_label},       {"shm", 1, op_shm},
    {"pause", 0, op_pause},
};
enum { RULES = sizeof rules / sizeof *rules };

int sandbox_rule_name(int index, const char **name) {
  if (index >= RULES) return 0;
  *name = rules[index].name;
  return 1;
}

static int find_rule(const struct op *op, struct err *e) {
  for (int i = 0; i < RULES; i++) {
    if (strcmp(rules[i].name, op->name) == 0) {
      return op->argc == rules[i].args ? i : fail(e, EINVAL, "%.64s: %d arguments", op->name, op->argc);
    }
  }
  return fail(e, EINVAL, "%.64s: no such operation in a sandbox plan", op->name);
}

/*
 * A tmpfs with nothing but /shm becomes the root. A copy of the host's mounts kept here would make every mount on the
 * host cost one more for each pod.
 */
static int leave_host_mounts(struct sandbox *s, struct err *e) {
  if (unshare(CLONE_NEWNS) < 0) return fail(e, errno, "unshare mount");
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return fail(e, errno, "make / private");
  if (mount("gantry-shim", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=700") < 0) {
    return fail(e, errno, "mount own root");
  }
  if (chdir("/proc") < 0 || mkdir("shm", 0700) < 0) return fail(e, errno, "make own root");
  if (s->shm_mount >= 0) {
    s->ctx->shm = open("shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->ctx->shm < 0 || k_move_mount(s->shm_mount, s->ctx->shm) < 0) return fail(e, errno, "attach /dev/shm");
    close_fd(&s->ctx->shm);
    s->ctx->shm = open("shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->ctx->shm < 0) return fail(e, errno, "open /dev/shm");
  }
  if (syscall(SYS_pivot_root, ".", ".") < 0) return fail(e, errno, "pivot_root");
  if (umount2(".", MNT_DETACH) < 0) return fail(e, errno, "detach the host's mounts");
  if (chdir("/") < 0) return fail(e, errno, "chdir /");
  return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0
             ? fail(e, errno, "make own root read-only")
             : 0;
}

/* Process 1 of a pod with a shared process namespace: waits for orphans, and holds nothing. */
static void __attribute__((noreturn)) be_pause(int ready) {
  sigset_t children;
  prctl(PR_SET_NAME, "gantry-pause");
  setsid();
  syscall(SYS_setgroups, 0, NULL);
  if (syscall(SYS_setresgid, 65535, 65535, 65535) < 0 || syscall(SYS_setresuid, 65535, 65535, 65535) < 0) _exit(1);
  /* Leaving user 0 drops capabilities, but whoever comes from outside of a user namespace is not its user 0. */
  if (drop_capabilities() < 0) _exit(1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0); /* a change of ids may have set it to the sysctl's default */
  if (write(ready, "x", 1) != 1) _exit(1);
  k_close_range(0, ~0U, 0);
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  while (true) {
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
    sigwaitinfo(&children, NULL); /* stays blocked from the shim; one that came meanwhile is pending */
  }
}

/* With a user namespace the process namespace is to belong to it, so the clone happens inside of it. */
static void __attribute__((noreturn)) clone_pause_inside(struct ctx *ctx, int ready) {
  struct clone_arguments a = {.flags = CLONE_NEWPID | CLONE_PARENT};
  if (setns(ctx->user_ns, CLONE_NEWUSER) < 0) _exit(1);
  pid_t pid = k_clone3(&a);
  if (pid == 0) be_pause(ready);
  _exit(pid < 0 || write(ready, &pid, sizeof pid) != sizeof pid);
}

static int start_pause(struct ctx *ctx, struct err *e) {
  int ready[2];
  char path[32];
  bool inside = ctx->user_ns >= 0;
  struct clone_arguments a = {.flags = inside ? 0 : CLONE_NEWPID, .exit_signal = SIGCHLD};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ready) < 0) return fail(e, errno, "make socket pair");
  pid_t pid = k_clone3(&a);
  int number = errno;
  if (pid == 0 && inside) clone_pause_inside(ctx, ready[1]);
  if (pid == 0) be_pause(ready[1]);
  close(ready[1]);
  /* No container may meet it before it has given up what it could do: it says `x` then. */
  bool is_ready = false, is_known = !inside;
  for (int said = 0; pid > 0 && said < 1 + inside; said++) {
    pid_t other;
    ssize_t n = recv(ready[0], &other, sizeof other, 0);
    if (n == 1) is_ready = true;
    else if (n == sizeof other) pid = other, is_known = true;
    else break;
  }
  close(ready[0]);
  if (pid < 0) return fail(e, number, "clone pause");
  ctx->pause_pid = pid;
  ctx->pause_pidfd = k_pidfd_open(pid);
  if (!is_ready || !is_known || ctx->pause_pidfd < 0) return fail(e, ECHILD, "start pause");
  snprintf(path, sizeof path, "%d/ns/pid", (int)pid);
  ctx->pod_pid_ns = openat(ctx->proc, path, O_RDONLY | O_CLOEXEC);
  return ctx->pod_pid_ns < 0 ? fail(e, errno, "open process namespace of the pod") : 0;
}

int sandbox_obey(struct ctx *ctx, const struct plan *plan, struct err *e) {
  struct sandbox s = {.ctx = ctx, .shm_mount = -1};
  for (e->op = 1; e->op <= plan->count; e->op++) {
    if (find_rule(&plan->ops[e->op - 1], e) < 0) return -1;
  }
  int result = 0;
  for (e->op = 1; result == 0 && e->op <= plan->count; e->op++) {
    const struct op *op = &plan->ops[e->op - 1];
    result = rules[find_rule(op, e)].obey(&s, op, e);
    if (result < 0) break;
  }
  if (result == 0) {
    e->op = 0;
    result = leave_host_mounts(&s, e);
  }
  close_fd(&s.shm_mount);
  if (result == 0 && s.pause) result = start_pause(ctx, e);
  return result;
}
