/* The part of a plan that the shim itself obeys, and clone. */
#include "launch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel.h"

static int open_host_path(struct ctx *ctx, const char *path, int flags, struct err *e) {
  int fd = k_openat2(ctx->host_root, path, (uint64_t)flags, 0, IN_ROOT);
  return fd < 0 ? fail(e, errno, "open %s", path) : fd;
}

static int op_cgroup_fd(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  close_fd(&l->cgroup);
  l->cgroup = open_host_path(ctx, op->args[0], O_RDONLY | O_DIRECTORY, e);
  return l->cgroup < 0 ? -1 : 0;
}

static int op_new(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  (void)ctx;
  return namespace_flags(op->args[0], "pid,mount,cgroup,ipc,uts,net", &l->made, e);
}

static int op_join(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  if (namespace_flags(op->args[0], "net,uts,ipc,pid", &l->join, e) < 0) return -1;
  unsigned has = ctx->pod_new | (ctx->pod_pid_ns >= 0 ? CLONE_NEWPID : 0);
  return l->join & ~has ? fail(e, EINVAL, "join %s: the pod has no such namespace", op->args[0]) : 0;
}

static int op_enter(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  uint64_t pid;
  if (!parse_number(op->args[0], 10, INT32_MAX, &pid)) return fail(e, EINVAL, "enter process %s", op->args[0]);
  for (struct container *c = ctx->containers; c; c = c->next) {
    /* By its pidfd, so that it cannot be another process that got the number since. */
    if (c->process.pid == (pid_t)pid && c->process.state == RUNNING) l->enter_pidfd = c->process.pidfd;
  }
  if (l->enter_pidfd < 0) return fail(e, ESRCH, "enter process %s: not a running container of this pod", op->args[0]);
  return namespace_flags(op->args[1], "net,uts,ipc,pid,mount,cgroup,user", &l->enter, e);
}

static int op_host_mounts(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  (void)ctx, (void)op, (void)e;
  l->host_mounts = true;
  return 0;
}

static int op_stdio(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  static const char *const modes[] = {"null", "log", "tty", "fds"};
  (void)ctx;
  for (int i = 0; i < 4; i++) {
    if (strcmp(op->args[0], modes[i]) == 0) {
      l->stdio = (enum stdio_mode)i;
      return 0;
    }
  }
  return fail(e, EINVAL, "stdio %s", op->args[0]);
}

static int op_stdin(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  (void)ctx;
  l->stdin_open = strcmp(op->args[0], "open") == 0;
  return l->stdin_open || strcmp(op->args[0], "null") == 0 ? 0 : fail(e, EINVAL, "stdin %s", op->args[0]);
}

static int op_log_max(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  (void)ctx;
  bool ok = parse_number(op->args[0], 10, 1 << 20, &l->log_max) && l->log_max >= 64;
  return ok ? 0 : fail(e, EINVAL, "log-max %s", op->args[0]);
}

static int op_oom_events(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  close_fd(&l->oom_fd);
  l->oom_fd = open_host_path(ctx, op->args[0], O_RDONLY, e);
  return l->oom_fd < 0 ? -1 : 0;
}

static int op_kill_cgroup(struct ctx *ctx, struct launch *l, const struct op *op, struct err *e) {
  for (int i = 0; i < op->argc; i++) {
    int slot = 0;
    while (slot < KILL_DIRS && l->kill_dir[slot] >= 0) slot++;
    if (slot == KILL_DIRS) return fail(e, EINVAL, "kill-cgroup: more than %d", KILL_DIRS);
    l->kill_dir[slot] = open_host_path(ctx, op->args[i], O_RDONLY | O_DIRECTORY, e);
    if (l->kill_dir[slot] < 0) return -1;
  }
  return 0;
}

static const struct {
  const char *name;
  int min, max;
  int (*obey)(struct ctx *, struct launch *, const struct op *, struct err *);
} rules[] = {
    {"cgroup-fd", 1, 1, op_cgroup_fd},
    {"new", 1, 1, op_new},
    {"join", 1, 1, op_join},
    {"enter", 2, 2, op_enter},
    {"host-mounts", 0, 0, op_host_mounts},
    {"stdio", 1, 1, op_stdio},
    {"stdin", 1, 1, op_stdin},
    {"log-max", 1, 1, op_log_max},
    {"oom-events", 1, 1, op_oom_events},
    {"kill-cgroup", 1, KILL_DIRS, op_kill_cgroup},
};
enum { RULES = sizeof rules / sizeof *rules };

int launch_rule_name(int index, const char **name) {
  if (index > RULES) return 0;
  *name = index == RULES ? "fork" : rules[index].name;
  return 1;
}

static int find_rule(const struct op *op, struct err *e) {
  for (int i = 0; i < RULES; i++) {
    if (strcmp(rules[i].name, op->name) == 0) {
      bool fits = op->argc >= rules[i].min && op->argc <= rules[i].max;
      return fits ? i : fail(e, EINVAL, "%.64s: %d arguments", op->name, op->argc);
    }
  }
  return fail(e, EINVAL, "%.64s: no such operation before fork", op->name);
}

/* The whole plan, before anything of it is obeyed: a version skew must not leave half a container. */
int launch_check(struct launch *l, struct err *e) {
  const struct plan *plan = &l->plan;
  l->fork_at = -1;
  for (int i = 0; i < plan->count; i++) {
    const struct op *op = &plan->ops[i];
    e->op = i + 1;
    if (l->fork_at < 0 && strcmp(op->name, "fork") == 0) {
      l->fork_at = i;
      if (op->argc != 0) return fail(e, EINVAL, "fork: %d arguments", op->argc);
    } else if (l->fork_at >= 0 && strcmp(op->name, "userns") == 0) {
      l->userns = true;
      if (child_check(op, e) < 0) return -1;
    } else if ((l->fork_at < 0 ? find_rule(op, e) : child_check(op, e)) < 0) {
      return -1;
    }
  }
  const char *last = plan->count > 0 ? plan->ops[plan->count - 1].name : "";
  bool ends = l->fork_at >= 0 && (strcmp(last, "exec") == 0 || strcmp(last, "oci") == 0);
  return ends ? 0 : fail(e, EINVAL, "plan: ends without exec");
}

static void open_nothing(struct launch *l) {
  *l = (struct launch){.enter_pidfd = -1, .log_max = 16384, .cgroup = -1, .oom_fd = -1};
  for (int i = 0; i < KILL_DIRS; i++) l->kill_dir[i] = -1;
  for (int i = 0; i < 3; i++) l->child_fd[i] = l->parent_fd[i] = -1;
  l->report[0] = l->report[1] = -1;
}

void launch_free(struct launch *l) {
  plan_free(&l->plan);
  close_fd(&l->cgroup);
  close_fd(&l->oom_fd);
  for (int i = 0; i < KILL_DIRS; i++) close_fd(&l->kill_dir[i]);
  for (int i = 0; i < 3; i++) {
    close_fd(&l->child_fd[i]);
    close_fd(&l->parent_fd[i]);
  }
  close_fd(&l->report[0]);
  close_fd(&l->report[1]);
}

static int open_pipes(struct launch *l, struct err *e) {
  for (int i = 0; i < 3; i++) {
    int ends[2];
    bool wanted = i == 0 ? l->stdin_open && l->stdio != STDIO_TTY && l->stdio != STDIO_FDS : l->stdio == STDIO_LOG;
    if (!wanted) continue;
    if (pipe2(ends, O_CLOEXEC) < 0) return fail(e, errno, "make pipe");
    l->child_fd[i] = ends[i == 0 ? 0 : 1];
    l->parent_fd[i] = ends[i == 0 ? 1 : 0];
    if (fcntl(l->parent_fd[i], F_SETFL, O_NONBLOCK) < 0) return fail(e, errno, "make pipe non-blocking");
  }
  return 0;
}

static int prepare(struct ctx *ctx, struct launch *l, int plan_fd, struct err *e) {
  if (plan_map(&l->plan, plan_fd, e) < 0 || launch_check(l, e) < 0) return -1;
  for (int i = 0; i < l->fork_at; i++) {
    const struct op *op = &l->plan.ops[i];
    e->op = i + 1;
    if (rules[find_rule(op, e)].obey(ctx, l, op, e) < 0) return -1;
  }
  e->op = l->fork_at + 1;
  if (open_pipes(l, e) < 0) return -1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, l->report) < 0) return fail(e, errno, "make socket pair");
  return 0;
}

int launch_prepare(struct ctx *ctx, struct launch *l, int plan_fd, struct err *e) {
  open_nothing(l);
  e->op = 0;
  if (prepare(ctx, l, plan_fd, e) == 0) return 0;
  launch_free(l);
  return -1;
}

uint64_t process_start_ticks(struct ctx *ctx, pid_t pid) {
  char path[32], stat[1024];
  snprintf(path, sizeof path, "%d/stat", (int)pid);
  if (read_small(ctx->proc, path, stat, sizeof stat) < 0) return 0;
  char *at = strrchr(stat, ')'); /* the name of a process may hold anything, also blanks */
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  uint64_t ticks = 0;
  for (at = at ? at + 1 : stat; *at >= '0' && *at <= '9'; at++) ticks = ticks * 10 + (uint64_t)(*at - '0');
  return ticks;
}

int launch_clone(struct ctx *ctx, struct launch *l, struct process *p, struct err *e) {
  /* Mount and cgroup namespaces are made in the child: after entering the host's mounts, after joining a cgroup. With a
   * user namespace all are, see userns.c. */
  uint64_t made = l->userns ? 0 : l->made & ~(unsigned)(CLONE_NEWNS | CLONE_NEWCGROUP);
  struct clone_arguments a = {
      .flags = CLONE_PIDFD | made, .pidfd = (uint64_t)(uintptr_t)&p->pidfd, .exit_signal = SIGCHLD};
  if (l->cgroup >= 0) {
    a.flags |= CLONE_INTO_CGROUP_FD;
    a.cgroup = (uint64_t)l->cgroup;
  }
  /* Only children are born into the namespace; the shim itself stays where it is and turns back at once. */
  bool elsewhere = true;
  int joined = 0;
  if (l->enter & CLONE_NEWPID) joined = setns(l->enter_pidfd, CLONE_NEWPID);
  else if (l->join & CLONE_NEWPID && !l->userns) joined = setns(ctx->pod_pid_ns, CLONE_NEWPID);
  else elsewhere = false;
  if (joined < 0) return fail(e, errno, "join process namespace");
  pid_t pid = k_clone3(&a);
  int number = errno;
  if (pid == 0) child_run(ctx, l);
  if (elsewhere && setns(ctx->own_pid_ns, CLONE_NEWPID) < 0) {
    note("cannot return to own process namespace: %s", strerror(errno));
    _exit(1);
  }
  if (pid < 0) return fail(e, number, "clone");
  p->pid = pid;
  p->start_ticks = process_start_ticks(ctx, pid);
  close_fd(&l->report[1]);
  for (int i = 0; i < 3; i++) close_fd(&l->child_fd[i]);
  return 0;
}
