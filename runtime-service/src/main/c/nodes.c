/* Directories, symlinks and devices made inside the container's root. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "child.h"
#include "kernel.h"

static bool owner(char **args, uid_t *uid, gid_t *gid) {
  uint64_t u, g;
  bool ok = parse_number(args[0], 10, UINT32_MAX - 1, &u) && parse_number(args[1], 10, UINT32_MAX - 1, &g);
  *uid = ok ? (uid_t)u : 0;
  *gid = ok ? (gid_t)g : 0;
  return ok;
}

int op_mkdir(struct child *c, const struct op *op, struct err *e) {
  uint64_t mode;
  uid_t uid;
  gid_t gid;
  const char *name;
  char *path = op->args[0];
  if (!parse_number(op->args[1], 8, 07777, &mode) || !owner(op->args + 2, &uid, &gid)) {
    return fail(e, EINVAL, "mkdir %s: mode or owner", path);
  }
  int there = c->root < 0 ? -1 : root_open(c, path, O_PATH | O_DIRECTORY);
  if (there >= 0) return close(there), 0;
  int parent = root_parent(c, path, &name, e);
  if (parent < 0) return -1;
  int result = mkdirat(parent, name, (mode_t)mode);
  if (result == 0) result = fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW);
  if (result == 0 && (mode & 07000)) result = fchmodat(parent, name, (mode_t)mode, 0);
  int number = errno;
  close(parent);
  return result < 0 ? fail(e, number, "mkdir %s", path) : 0;
}

int op_symlink(struct child *c, const struct op *op, struct err *e) {
  const char *name;
  int parent = root_parent(c, op->args[1], &name, e);
  if (parent < 0) return -1;
  int result = symlinkat(op->args[0], parent, name), number = errno;
  close(parent);
  return result < 0 && number != EEXIST ? fail(e, number, "symlink %s", op->args[1]) : 0;
}

/* A user namespace may not make devices: then the host's own is bound, if it is that device. */
static int bind_node(struct child *c, const char *path, mode_t type, dev_t device, struct err *e) {
  struct stat st;
  int tree = clone_tree(AT_FDCWD, path, false);
  if (tree < 0) return fail(e, errno, "bind device %s", path);
  if (fstat(tree, &st) < 0 || (st.st_mode & S_IFMT) != type || st.st_rdev != device) {
    close(tree);
    return fail(e, ENODEV, "bind device %s: another device on the host", path);
  }
  int at = root_make(c, path, MAKE_FILE, 0644, e);
  if (at < 0) return close(tree), -1;
  return bind_tree(tree, at, path, e);
}

int op_mknod(struct child *c, const struct op *op, struct err *e) {
  char *path = op->args[0];
  const char *name;
  uint64_t major, minor, mode;
  struct stat st;
  uid_t uid;
  gid_t gid;
  mode_t type = strcmp(op->args[1], "c") == 0 || strcmp(op->args[1], "u") == 0 ? S_IFCHR
                : strcmp(op->args[1], "b") == 0                                ? S_IFBLK
                : strcmp(op->args[1], "p") == 0                                ? S_IFIFO
                                                                               : 0;
  if (!type || !parse_number(op->args[2], 10, UINT32_MAX, &major) ||
      !parse_number(op->args[3], 10, UINT32_MAX, &minor) || !parse_number(op->args[4], 8, 07777, &mode) ||
      !owner(op->args + 5, &uid, &gid)) {
    return fail(e, EINVAL, "mknod %s: type, number, mode or owner", path);
  }
  dev_t device = type == S_IFIFO ? 0 : makedev((unsigned)major, (unsigned)minor);
  int parent = root_parent(c, path, &name, e);
  if (parent < 0) return -1;
  int result = mknodat(parent, name, type | (mode_t)mode, device), number = errno;
  if (result < 0 && number == EPERM) {
    close(parent);
    return bind_node(c, path, type, device, e);
  }
  if (result == 0 || number == EEXIST) {
    result = fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW);
    number = errno;
    if (result == 0 && ((st.st_mode & S_IFMT) != type || st.st_rdev != device)) result = -1, number = EEXIST;
    if (result == 0) result = fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW), number = errno;
    if (result == 0) result = fchmodat(parent, name, (mode_t)mode, 0), number = errno;
  }
  close(parent);
  return result < 0 ? fail(e, number, "mknod %s", path) : 0;
}
