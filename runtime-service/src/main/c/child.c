/* The new process, from clone to exec. */
#include "child.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel.h"
#include "message.h"

int child_warn(struct child *c, const struct err *e) {
  struct report r = {.kind = 'W', .e = *e};
  return send_datagram(c->report, &r, sizeof r, NULL, 0, 0);
}

/* A host path by the host's root: an exec has entered the container's mounts by now, and those lie. */
static int write_host(const struct ctx *ctx, const char *path, const char *text) {
  int fd = k_openat2(ctx->host_root, path, O_WRONLY, 0, IN_ROOT);
  if (fd < 0) return -1;
  int result = write_text(fd, text), number = errno;
  close(fd);
  errno = number;
  return result;
}

/*
 * By `tasks`, not cgroup.procs: for a thread that moves itself the kernel does not stop all others, which waits for a
 * grace period of RCU, 6 ms on an idle machine. Who comes here has one thread, so it is the whole process.
 */
int join_cgroup(const struct ctx *ctx, const char *directory, struct err *e) {
  char path[PATH_MAX];
  int length = snprintf(path, sizeof path, "%s/tasks", directory);
  if (length < 0 || (size_t)length >= sizeof path) return fail(e, ENAMETOOLONG, "join cgroup %s", directory);
  return write_host(ctx, path, "0") < 0 ? fail(e, errno, "join cgroup %s", directory) : 0;
}

static int op_cgroup(struct child *c, const struct op *op, struct err *e) {
  return join_cgroup(c->ctx, op->args[0], e);
}

static int op_unshare_cgroup(struct child *c, const struct op *op, struct err *e) {
  (void)c, (void)op;
  return unshare(CLONE_NEWCGROUP) < 0 ? fail(e, errno, "unshare cgroup") : 0;
}

static int op_write(struct child *c, const struct op *op, struct err *e) {
  return write_host(c->ctx, op->args[0], op->args[1]) < 0 ? fail(e, errno, "write %s", op->args[0]) : 0;
}

static int must_be_new(struct child *c, unsigned flag, const struct op *op, struct err *e) {
  return c->launch->made & flag ? 0 : fail(e, EINVAL, "%s in a namespace that is not new", op->name);
}

static int op_hostname(struct child *c, const struct op *op, struct err *e) {
  if (must_be_new(c, CLONE_NEWUTS, op, e) < 0) return -1;
  return sethostname(op->args[0], strlen(op->args[0])) < 0 ? fail(e, errno, "set hostname %s", op->args[0]) : 0;
}

static int op_sysctl(struct child *c, const struct op *op, struct err *e) {
  unsigned needs = strncmp(op->args[0], "net/", 4) == 0 ? CLONE_NEWNET : CLONE_NEWIPC;
  return must_be_new(c, needs, op, e) < 0 ? -1 : write_sysctl(c->ctx->proc, op->args[0], op->args[1], e);
}

static int op_loopback_up(struct child *c, const struct op *op, struct err *e) {
  return must_be_new(c, CLONE_NEWNET, op, e) < 0 ? -1 : loopback_up(e);
}

/* A directory outside of the root would be the way out of it (CVE-2024-21626); getcwd(2) tells. */
static int op_cwd(struct child *c, const struct op *op, struct err *e) {
  const char *path = op->args[0];
  char real[PATH_MAX];
  struct stat st;
  uint64_t uid = 0, gid = 0;
  if (path[0] != '/') return fail(e, EINVAL, "cwd %s: not absolute", path);
  if (op->argc == 3 &&
      (!parse_number(op->args[1], 10, UINT32_MAX - 1, &uid) || !parse_number(op->args[2], 10, UINT32_MAX - 1, &gid))) {
    return fail(e, EINVAL, "cwd %s: owner", path);
  }
  if (c->root < 0) return fail(e, EINVAL, "cwd %s: no root yet", path);
  int fd = root_open(c, path, O_PATH | O_DIRECTORY);
  if (fd < 0 && errno == ENOENT && !c->is_exec) {
    fd = root_make(c, path, MAKE_DIR, 0755, e);
    if (fd < 0) return -1;
    if (op->argc == 3 && fchownat(fd, "", (uid_t)uid, (gid_t)gid, AT_EMPTY_PATH) < 0) {
      return fail(e, errno, "cwd %s: change owner", path);
    }
  }
  if (fd < 0 || fstat(fd, &st) < 0) return fail(e, errno, "cwd %s", path);
  if (!S_ISDIR(st.st_mode)) return fail(e, ENOTDIR, "cwd %s", path);
  if (fchdir(fd) < 0) return fail(e, errno, "cwd %s", path);
  close(fd);
  if (syscall(SYS_getcwd, real, sizeof real) < 0) return fail(e, errno, "cwd %s", path);
  return real[0] == '/' ? 0 : fail(e, EXDEV, "cwd %s: outside of the container", path);
}

static int op_umask(struct child *c, const struct op *op, struct err *e) {
  uint64_t mode;
  if (!parse_number(op->args[0], 8, 0777, &mode)) return fail(e, EINVAL, "umask %s", op->args[0]);
  c->umask = (mode_t)mode;
  return 0;
}

static int op_env(struct child *c, const struct op *op, struct err *e) {
  (void)e;
  c->env = op->args;
  return 0;
}

/* The container's own /dev/null where there is a true one, so that no descriptor of the host's /dev is left in it. */
static int null_device(struct child *c) {
  struct stat st;
  int found = c->root < 0 ? -1 : root_open(c, "/dev/null", O_PATH | O_NOFOLLOW);
  if (found >= 0 && fstat(found, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)) {
    int fd = root_reopen(c, found, O_RDWR);
    close(found);
    if (fd >= 0) return fd;
  }
  return fcntl(0, F_DUPFD_CLOEXEC, 3); /* the shim's */
}

static int place_stdio(struct child *c, struct err *e) {
  int null = -1;
  if (c->launch->stdio == STDIO_TTY && c->terminal < 0) return fail(e, EINVAL, "terminal without session");
  for (int i = 0; i < 3; i++) {
    int fd = c->launch->stdio == STDIO_TTY ? c->terminal : c->launch->child_fd[i];
    if (fd < 0 && null < 0) null = null_device(c);
    if (dup2(fd < 0 ? null : fd, i) < 0) return fail(e, errno, "place descriptor %d", i);
  }
  return 0;
}

static const char *search_path(struct child *c) {
  for (char **v = c->env; *v; v++) {
    if (strncmp(*v, "PATH=", 5) == 0) return *v + 5;
  }
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* As execvpe(3) searches: what may not be executed does not hide what may, further on. */
static void exec_by_name(struct child *c, char **args) {
  char path[PATH_MAX];
  int number = ENOENT;
  for (const char *at = search_path(c);; at++) {
    size_t length = strcspn(at, ":");
    int n = length == 0 ? snprintf(path, sizeof path, "./%s", args[0])
                        : snprintf(path, sizeof path, "%.*s/%s", (int)length, at, args[0]);
    if (n > 0 && (size_t)n < sizeof path) {
      execve(path, args, c->env);
      if (errno == EACCES) number = EACCES;
      else if (errno != ENOENT && errno != ENOTDIR) return;
    }
    at += length;
    if (*at == 0) break;
  }
  errno = number;
}

int child_get_ready(struct child *c, struct err *e) {
  struct report ready = {.kind = 'X'};
  sigset_t none;
  if (c->ready) return 0;
  if (place_stdio(c, e) < 0) return -1;
  umask(c->umask);
  if (k_close_range(3, ~0U, 4) < 0) return fail(e, errno, "mark descriptors"); /* CLOSE_RANGE_CLOEXEC */
  for (int s = 1; s < 65; s++) signal(s, SIG_DFL);
  sigemptyset(&none);
  if (send_datagram(c->report, &ready, sizeof ready, NULL, 0, 0) < 0) return fail(e, errno, "report");
  sigprocmask(SIG_SETMASK, &none, NULL);
  c->ready = true;
  return 0;
}

static int op_exec(struct child *c, const struct op *op, struct err *e) {
  if (child_get_ready(c, e) < 0) return -1;
  if (strchr(op->args[0], '/')) execve(op->args[0], op->args, c->env);
  else if (op->args[0][0] != 0) exec_by_name(c, op->args);
  else errno = ENOENT;
  return fail(e, errno, "exec \"%s\"", op->args[0]);
}

enum { ANY = PLAN_MAX_BYTES };
static const struct rule {
  const char *name;
  int min, max;
  int (*obey)(struct child *, const struct op *, struct err *);
} rules[] = {
    {"cgroup", 1, 1, op_cgroup},
    {"unshare-cgroup", 0, 0, op_unshare_cgroup},
    {"private-root", 0, 0, op_private_root},
    {"mount-label", 1, 1, op_mount_label},
    {"overlay", 4, ANY, op_overlay},
    {"root", 1, 1, op_root},
    {"mount", 5, 5, op_mount},
    {"overlay-idmap", 4, ANY, op_overlay_idmap},
    {"userns", 0, 0, op_userns},
    {"userns-file", 1, 1, op_userns_file},
    {"bind", 3, 3, op_bind},
    {"shm", 1, 1, op_shm},
    {"mkdir", 4, 4, op_mkdir},
    {"symlink", 2, 2, op_symlink},
    {"mknod", 7, 7, op_mknod},
    {"mask", 1, 1, op_mask},
    {"volume", 1, 1, op_volume},
    {"readonly", 1, 1, op_readonly},
    {"write", 2, 2, op_write},
    {"root-propagation", 1, 1, op_root_propagation},
    {"hook", 7, ANY, op_hook},
    {"pivot", 0, 0, op_pivot},
    {"root-readonly", 0, 0, op_root_readonly},
    {"sysctl", 2, 2, op_sysctl},
    {"hostname", 1, 1, op_hostname},
    {"loopback-up", 0, 0, op_loopback_up},
    {"oom-score", 1, 1, op_oom_score},
    {"rlimit", 3, 3, op_rlimit},
    {"session", 0, 0, op_session},
    {"cwd", 1, 3, op_cwd},
    {"no-new-privs", 0, 0, op_no_new_privs},
    {"groups", 1, ANY, op_groups},
    {"ids", 2, 2, op_ids},
    {"umask", 1, 1, op_umask},
    {"caps", 5, 5, op_caps},
    {"apparmor", 1, 1, op_apparmor},
    {"selinux", 1, 1, op_selinux},
    {"seccomp", 2, 2, op_seccomp},
    {"env", 0, ANY, op_env},
    {"exec", 1, ANY, op_exec},
    {"oci", 5, ANY, op_oci},
};

int child_rule_name(int index, const char **name) {
  if ((size_t)index >= sizeof rules / sizeof *rules) return 0;
  *name = rules[index].name;
  return 1;
}

static const struct rule *find_rule(const char *name) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    if (strcmp(rules[i].name, name) == 0) return &rules[i];
  }
  return NULL;
}

int child_check(const struct op *op, struct err *e) {
  const struct rule *rule = find_rule(op->name);
  if (!rule) return fail(e, EINVAL, "%.64s: no such operation after fork", op->name);
  if (op->argc < rule->min || op->argc > rule->max) return fail(e, EINVAL, "%s: %d arguments", op->name, op->argc);
  return 0;
}

/* The namespaces that already exist, in an order in which each step still has the right to the next. */
static int enter_namespaces(struct child *c, struct err *e) {
  const struct ctx *ctx = c->ctx;
  struct launch *l = c->launch;
  if (l->enter & CLONE_NEWUSER && ctx->user_ns >= 0) userns_own_stdio(c);
  if (l->enter & ~(unsigned)CLONE_NEWPID && setns(l->enter_pidfd, (int)(l->enter & ~(unsigned)CLONE_NEWPID)) < 0) {
    return fail(e, errno, "enter namespaces of the container");
  }
  for (int i = 0; i < 3; i++) {
    unsigned flag = pod_namespaces[i].flag;
    bool stay = !(ctx->pod_new & flag) || ((l->join | l->made | l->enter) & flag);
    /* The shim lives in the pod's: who does not join them belongs to the host's. */
    if (!stay && setns(ctx->host_ns[i], (int)flag) < 0)
      return fail(e, errno, "return to the host's %s", pod_namespaces[i].name);
  }
  if (ctx->shm >= 0 && l->made & CLONE_NEWNS) {
    c->shm = clone_tree(ctx->shm, "", false); /* before leaving the namespace that it is mounted in */
    if (c->shm < 0) return fail(e, errno, "take /dev/shm of the pod");
  }
  if (l->host_mounts && setns(ctx->host_mnt, CLONE_NEWNS) < 0) return fail(e, errno, "enter the host's mounts");
  if (l->made & CLONE_NEWNS && unshare(CLONE_NEWNS) < 0) return fail(e, errno, "unshare mount");
  if (l->enter & CLONE_NEWNS) {
    c->is_exec = true;
    /* What outlives its parent stays below the exec instead of going to the container's init: see descendants.c. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return fail(e, errno, "become a subreaper");
    c->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (c->root < 0) return fail(e, errno, "open / of the container");
  }
  return 0;
}

static int obey(struct child *c, struct err *e) {
  const struct plan *plan = &c->launch->plan;
  e->op = c->launch->fork_at + 1;
  /* The shim is spared by the OOM killer; what it starts is not, unless `oom-score` says so. */
  int score = openat(c->ctx->proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0 && write_text(score, c->ctx->oom_score) < 0 && c->ctx->oom_score[0]) {
    return fail(e, errno, "reset oom_score_adj");
  }
  close_fd(&score);
  if (enter_namespaces(c, e) < 0) return -1;
  for (int i = c->launch->fork_at + 1; i < plan->count; i++) {
    e->op = i + 1;
    if (find_rule(plan->ops[i].name)->obey(c, &plan->ops[i], e) < 0) return -1;
  }
  return -1;
}

void child_run(const struct ctx *ctx, struct launch *l) {
  int early[PLAN_MAX_OPS];
  char *no_env[] = {NULL};
  struct child c = {.ctx = ctx,
                    .launch = l,
                    .report = l->report[1],
                    .root = -1,
                    .shm = -1,
                    .null_tree = -1,
                    .mask_tree = -1,
                    .early = early,
                    .terminal = -1,
                    .hook_helper = -1,
                    .env = no_env,
                    .umask = 022};
  struct report r = {.kind = 'E'};
  for (int i = 0; i < l->plan.count; i++) early[i] = -1;
  prctl(PR_SET_NAME, "gantry-init");
  obey(&c, &r.e);
  send_datagram(c.report, &r, sizeof r, NULL, 0, 0);
  _exit(127);
}
