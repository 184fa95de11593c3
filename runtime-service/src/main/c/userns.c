/*
 * User namespaces. The pod has one; its other namespaces belong to it. A container begins with the host's rights, which
 * it needs to idmap layers and volumes (mount_setattr(2), user_namespaces(7)), and at `userns` goes on as a second
 * process that is inside: process, mount and cgroup namespaces made from there on belong to the user namespace too.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "child.h"
#include "kernel.h"
#include "message.h"

enum { ATTR_IDMAP = 0x100000, MAP_BYTES = 4096 };

/* `INSIDE:OUTSIDE:COUNT,...` as the lines of uid_map; *root is where 0 is outside. */
static int map_lines(const char *map, char *lines, uint64_t *root, struct err *e) {
  const char *at = map;
  size_t length = 0, used = 0;
  bool has_root = false;
  while (next_name(&at, &length)) {
    char entry[64], *outside, *count;
    uint64_t from, to, n;
    if (length >= sizeof entry || used + length + 2 > MAP_BYTES) return fail(e, EINVAL, "userns: map %s", map);
    memcpy(entry, at, length);
    entry[length] = 0;
    outside = strchr(entry, ':');
    count = outside ? strchr(outside + 1, ':') : NULL;
    if (!count) return fail(e, EINVAL, "userns: map %s", map);
    *outside++ = *count++ = 0;
    if (!parse_number(entry, 10, UINT32_MAX, &from) || !parse_number(outside, 10, UINT32_MAX, &to) ||
        !parse_number(count, 10, UINT32_MAX, &n)) {
      return fail(e, EINVAL, "userns: map %s", map);
    }
    if (from == 0) {
      *root = to;
      has_root = true;
    }
    used += (size_t)snprintf(lines + used, MAP_BYTES - used, "%s %s %s\n", entry, outside, count);
  }
  return has_root ? 0 : fail(e, EINVAL, "userns: map %s has no 0", map);
}

/* A process that does nothing but hold what it was cloned or told to hold, until it is killed. */
static pid_t start_holder(int user_ns, uint64_t clone_flags, unsigned unshare_flags, struct err *e) {
  int ready[2];
  char byte;
  struct clone_arguments a = {.flags = clone_flags, .exit_signal = SIGCHLD};
  if (pipe2(ready, O_CLOEXEC) < 0) return fail(e, errno, "make pipe");
  pid_t pid = k_clone3(&a);
  int number = errno;
  if (pid == 0) {
    if (user_ns >= 0 && setns(user_ns, CLONE_NEWUSER) < 0) _exit(1);
    if (unshare_flags && unshare((int)unshare_flags) < 0) _exit(1);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    while (true) pause();
  }
  close(ready[1]);
  bool is_ready = pid > 0 && read(ready[0], &byte, 1) == 1;
  close(ready[0]);
  if (pid < 0) return fail(e, number, "clone into a user namespace");
  if (is_ready) return pid;
  waitpid(pid, NULL, 0);
  return fail(e, EPERM, "make namespaces in the user namespace");
}

static void end_holder(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

static int write_map(struct ctx *ctx, pid_t pid, const char *name, const char *lines, struct err *e) {
  char path[48];
  snprintf(path, sizeof path, "%d/%s", (int)pid, name);
  int fd = openat(ctx->proc, path, O_WRONLY | O_CLOEXEC);
  int result = fd < 0 ? -1 : write_text(fd, lines), number = errno;
  close_fd(&fd);
  return result < 0 ? fail(e, number, "userns: write %s", name) : 0;
}

static int open_ns(struct ctx *ctx, pid_t pid, const char *name, struct err *e) {
  char path[48];
  snprintf(path, sizeof path, "%d/ns/%s", (int)pid, name);
  int fd = openat(ctx->proc, path, O_RDONLY | O_CLOEXEC);
  return fd < 0 ? fail(e, errno, "open namespace %s", name) : fd;
}

int userns_make(struct ctx *ctx, const char *uids, const char *gids, struct err *e) {
  char uid_lines[MAP_BYTES] = "", gid_lines[MAP_BYTES] = "";
  uint64_t uid, gid;
  if (map_lines(uids, uid_lines, &uid, e) < 0 || map_lines(gids, gid_lines, &gid, e) < 0) return -1;
  pid_t pid = start_holder(-1, CLONE_NEWUSER, 0, e);
  if (pid < 0) return -1;
  int result = write_map(ctx, pid, "uid_map", uid_lines, e);
  if (result == 0) result = write_map(ctx, pid, "gid_map", gid_lines, e);
  if (result == 0) {
    ctx->user_ns = open_ns(ctx, pid, "user", e);
    result = ctx->user_ns < 0 ? -1 : 0;
  }
  end_holder(pid);
  ctx->mapped_uid = (uid_t)uid;
  ctx->mapped_gid = (gid_t)gid;
  return result;
}

/* The shim enters them and keeps its rights: it stays outside of the user namespace that owns them. */
int userns_unshare(struct ctx *ctx, unsigned flags, struct err *e) {
  pid_t pid = start_holder(ctx->user_ns, 0, flags, e);
  int result = pid < 0 ? -1 : 0;
  for (int i = 0; result == 0 && i < 3; i++) {
    if (!(flags & pod_namespaces[i].flag)) continue;
    int fd = open_ns(ctx, pid, pod_namespaces[i].name, e);
    if (fd < 0) result = -1;
    else if (setns(fd, (int)pod_namespaces[i].flag) < 0) result = fail(e, errno, "enter %s", pod_namespaces[i].name);
    close_fd(&fd);
  }
  if (pid > 0) end_holder(pid);
  return result;
}

/* By its root: a sysctl of an IPC namespace asks who writes, not what capabilities he has. */
int userns_sysctl(struct ctx *ctx, const char *name, const char *value, struct err *e) {
  struct clone_arguments a = {.exit_signal = SIGCHLD};
  int status = 0;
  pid_t pid = k_clone3(&a);
  if (pid == 0) {
    if (setns(ctx->user_ns, CLONE_NEWUSER) < 0) _exit(errno);
    if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0) _exit(errno);
    _exit(write_sysctl(ctx->proc, name, value, e) < 0 ? e->number : 0);
  }
  if (pid < 0 || waitpid(pid, &status, 0) < 0) return fail(e, errno, "sysctl %s=%s", name, value);
  int number = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
  return number ? fail(e, number, "sysctl %s=%s", name, value) : 0;
}

/*
 * Clones with flags from inside the user namespace; the new process is a child of the caller's parent, and goes on only
 * when `tell` has been called for it. In the new process this returns 0, in the caller it does not return.
 */
static int clone_inside(struct child *c, uint64_t flags, struct err *e) {
  int go[2], pidfd = -1;
  char byte;
  struct report r = {.kind = 'P'};
  struct clone_arguments a = {.flags = flags | CLONE_PARENT | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd};
  if (pipe2(go, O_CLOEXEC) < 0) return fail(e, errno, "make pipe");
  pid_t pid = k_clone3(&a);
  if (pid < 0) return fail(e, errno, "clone inside the user namespace");
  if (pid == 0) {
    close(go[1]);
    if (read(go[0], &byte, 1) != 1) _exit(127);
    close(go[0]);
    return 0;
  }
  r.pid = pid;
  bool told = send_datagram(c->report, &r, sizeof r, &pidfd, 1, 0) == 0 && write(go[1], "x", 1) == 1;
  _exit(told ? 0 : 127);
}

int idmap_tree(const struct ctx *ctx, int tree) {
  struct mount_attributes a = {.set = ATTR_IDMAP, .userns = (uint64_t)ctx->user_ns};
  return ctx->user_ns < 0 ? (errno = EINVAL, -1) : k_mount_setattr(tree, true, &a);
}

/* Opens the sources of all binds that follow, while the host's rights are there, with their idmap. */
static int open_sources(struct child *c, int first, struct err *e) {
  const struct plan *plan = &c->launch->plan;
  for (int i = first; i < plan->count; i++) {
    const struct op *op = &plan->ops[i];
    bool recursive = false, mapped = false, optional = false;
    size_t length = 0;
    if (strcmp(op->name, "bind") != 0) continue;
    for (const char *at = op->args[2]; next_name(&at, &length);) {
      recursive |= name_is(at, length, "rec");
      mapped |= name_is(at, length, "idmap");
      optional |= name_is(at, length, "optional");
    }
    if (c->early[i] < 0) c->early[i] = clone_tree(AT_FDCWD, op->args[0], recursive);
    if (c->early[i] < 0 && errno == ENOENT && optional) continue;
    if (c->early[i] < 0) return fail(e, errno, "bind %s: open", op->args[0]);
    if (mapped && idmap_tree(c->ctx, c->early[i]) < 0) return fail(e, errno, "idmap %s", op->args[0]);
  }
  return 0;
}

int op_userns(struct child *c, const struct op *op, struct err *e) {
  const struct ctx *ctx = c->ctx;
  struct launch *l = c->launch;
  if (ctx->user_ns < 0) return fail(e, EINVAL, "userns: the pod has none");
  if (!c->isolated) return fail(e, EINVAL, "userns before private-root");
  if (open_sources(c, (int)(op - l->plan.ops) + 1, e) < 0) return -1;
  if (hooks_stay_behind(c, (int)(op - l->plan.ops) + 1, e) < 0) return -1;
  userns_own_stdio(c);
  if (setns(ctx->user_ns, CLONE_NEWUSER) < 0) return fail(e, errno, "enter the user namespace");
  if (unshare(CLONE_NEWNS) < 0) return fail(e, errno, "unshare mount in the user namespace");
  if (l->join & CLONE_NEWPID && setns(ctx->pod_pid_ns, CLONE_NEWPID) < 0)
    return fail(e, errno, "join process namespace");
  if (clone_inside(c, l->made & ~(unsigned)(CLONE_NEWNS | CLONE_NEWCGROUP), e) < 0) return -1;
  c->in_userns = true;
  /* Until `ids`, to be the root of the namespace and no longer the host's. */
  if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0) {
    return fail(e, errno, "become root of the user namespace");
  }
  return prctl(PR_SET_DUMPABLE, 0) < 0 ? fail(e, errno, "stay non-dumpable") : 0;
}

/* For runtimes that are told by a path. Only seen where the mounts are the container's own. */
int op_userns_file(struct child *c, const struct op *op, struct err *e) {
  const char *path = op->args[0];
  if (c->ctx->user_ns < 0) return fail(e, EINVAL, "userns-file: the pod has no user namespace");
  if (!c->isolated) return fail(e, EINVAL, "userns-file before private-root");
  int at = root_make(c, path, MAKE_FILE, 0600, e);
  if (at < 0) return -1;
  int tree = clone_tree(c->ctx->user_ns, "", false);
  return tree < 0 ? fail(e, errno, "bind the user namespace on %s", path) : bind_tree(tree, at, path, e);
}

/* So that the links of /dev/std* open: from inside nobody could give the pipes away. */
void userns_own_stdio(struct child *c) {
  for (int i = 0; i < 3; i++) {
    int fd = c->launch->child_fd[i];
    if (fd >= 0 && fchown(fd, c->ctx->mapped_uid, c->ctx->mapped_gid) < 0) continue;
  }
}

static int attach_mapped(struct child *c, const char *source, int directory, const char *name) {
  int tree = clone_tree(AT_FDCWD, source, false);
  int result = tree < 0 ? -1 : idmap_tree(c->ctx, tree);
  if (result == 0) result = mkdirat(directory, name, 0700);
  int at = result < 0 ? -1 : openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (result == 0) result = at < 0 ? -1 : k_move_mount(tree, at);
  int number = errno;
  close_fd(&tree);
  close_fd(&at);
  errno = number;
  return result;
}

/*
 * overlayfs cannot be idmapped itself, but the layers below can (kernel 5.19): they are attached, each with its idmap,
 * in a tmpfs over TARGET, and the overlay over that. The upper layer cannot, since overlayfs makes files there as the
 * host's root, who is nobody in an idmap: it keeps files with the ids they have outside, and its top belongs to the
 * mapped root.
 */
int op_overlay_idmap(struct child *c, const struct op *op, struct err *e) {
  char options[4096], name[16];
  const char *target = op->args[0], *upper = op->args[1];
  const struct ctx *ctx = c->ctx;
  if (!c->isolated || ctx->user_ns < 0) return fail(e, EINVAL, "overlay-idmap before private-root or without userns");
  if (chown(upper, ctx->mapped_uid, ctx->mapped_gid) < 0) return fail(e, errno, "change owner of %s", upper);
  if (mount("layers", target, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=700") < 0) {
    return fail(e, errno, "mount tmpfs on %s", target);
  }
  int directory = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || fchdir(directory) < 0) return fail(e, errno, "enter %s", target);
  int used = snprintf(options, sizeof options, "upperdir=%s,workdir=%s,lowerdir=", upper, op->args[2]);
  for (int i = 3; i < op->argc && used < (int)sizeof options; i++) {
    snprintf(name, sizeof name, "%d", i);
    if (attach_mapped(c, op->args[i], directory, name) < 0) return fail(e, errno, "idmap %s", op->args[i]);
    used += snprintf(options + used, sizeof options - (size_t)used, "%s%s", i > 3 ? ":" : "", name);
  }
  if (c->label && used < (int)sizeof options) {
    used += snprintf(options + used, sizeof options - (size_t)used, ",context=\"%s\"", c->label);
  }
  if (used >= (int)sizeof options) return fail(e, E2BIG, "overlay-idmap: %d layers", op->argc - 3);
  int result = mount("overlay", target, "overlay", 0, options), number = errno;
  close(directory);
  /* `userns` takes the working directory along into its copy of the mounts. */
  if (chdir(target) < 0) return fail(e, errno, "enter %s", target);
  c->entered = target;
  return result < 0 ? fail(e, number, "mount overlay of %d idmapped layers on %s", op->argc - 3, target) : 0;
}
