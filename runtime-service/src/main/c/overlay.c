/* overlayfs for the rootfs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "child.h"
#include "kernel.h"

enum { OPTIONS_MAX = 4095 }; /* mount(2) takes one page; some kernels only page minus one */

struct text {
  char bytes[OPTIONS_MAX + 1];
  size_t length;
  bool full;
};

static void add(struct text *t, const char *piece) {
  size_t n = strlen(piece);
  if (t->length + n > OPTIONS_MAX) {
    t->full = true;
    return;
  }
  memcpy(t->bytes + t->length, piece, n + 1);
  t->length += n;
}

static bool has_upper(const struct op *op) {
  return strcmp(op->args[1], "-") != 0;
}

/* The options of mount(2), each lower path without its first `cut` bytes. */
static bool write_options(const struct op *op, const char *label, size_t cut, struct text *t) {
  t->length = 0;
  t->full = false;
  add(t, "lowerdir=");
  for (char **lower = op->args + 3; *lower; lower++) {
    if (lower != op->args + 3) add(t, ":");
    add(t, *lower + cut);
  }
  if (has_upper(op)) {
    add(t, ",upperdir=");
    add(t, op->args[1]);
    add(t, ",workdir=");
    add(t, op->args[2]);
  }
  if (label) {
    add(t, ",context=\"");
    add(t, label);
    add(t, "\"");
  }
  return !t->full;
}

/* Length of the directory, with its slash, that all lower paths share. */
static size_t common_directory(const struct op *op) {
  const char *first = op->args[3];
  size_t common = strlen(first);
  for (char **lower = op->args + 4; *lower; lower++) {
    size_t n = 0;
    while (n < common && (*lower)[n] == first[n]) n++;
    common = n;
  }
  while (common > 0 && first[common - 1] != '/') common--;
  return common;
}

/* Layer by layer, without any limit of a page: kernel 6.8. */
static int by_fsconfig(const struct op *op, const char *label, const char *target) {
  int tree = -1, result = 0, fs = k_fsopen("overlay");
  if (fs < 0) return -1;
  result = k_fsconfig(fs, FS_STRING, "source", "overlay");
  for (char **lower = op->args + 3; result == 0 && *lower; lower++) {
    result = k_fsconfig(fs, FS_STRING, "lowerdir+", *lower);
  }
  if (result == 0 && has_upper(op)) {
    result = k_fsconfig(fs, FS_STRING, "upperdir", op->args[1]);
    if (result == 0) result = k_fsconfig(fs, FS_STRING, "workdir", op->args[2]);
  }
  if (result == 0) result = label_filesystem(label, fs);
  if (result == 0) result = k_fsconfig(fs, FS_CREATE, NULL, NULL);
  if (result == 0) tree = k_fsmount(fs, 0);
  int number = errno;
  close(fs);
  errno = number;
  if (tree < 0) return -1;
  int at = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
  result = at < 0 ? -1 : k_move_mount(tree, at);
  number = errno;
  close(tree);
  close_fd(&at);
  errno = number;
  return result;
}

static int from_directory(const struct op *op, const char *label, const char *target, struct text *options) {
  char directory[PATH_MAX];
  size_t common = common_directory(op);
  if (common == 0 || common >= sizeof directory || !write_options(op, label, common, options)) return errno = E2BIG, -1;
  memcpy(directory, op->args[3], common);
  directory[common] = 0;
  if (chdir(directory) < 0) return -1;
  int result = mount("overlay", target, "overlay", 0, options->bytes), number = errno;
  if (chdir("/") < 0) return -1;
  errno = number;
  return result;
}

int mount_overlay(const struct op *op, const char *label, struct err *e) {
  const char *target = op->args[0];
  struct text options;
  int result;
  for (int i = 1; i < op->argc; i++) {
    if (strpbrk(op->args[i], ":,\\") || (op->args[i][0] != '/' && i > 2)) {
      return fail(e, EINVAL, "mount overlay on %s: path %s", target, op->args[i]);
    }
  }
  if (!has_upper(op) && op->argc == 4) {
    /* overlayfs wants two layers; one read-only layer is a bind mount. */
    struct mount_attributes read_only = {.set = ATTR_RDONLY};
    int tree = clone_tree(AT_FDCWD, op->args[3], false);
    if (tree < 0 || k_mount_setattr(tree, false, &read_only) < 0) return fail(e, errno, "bind %s", op->args[3]);
    int at = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return at < 0 ? fail(e, errno, "open %s", target) : bind_tree(tree, at, target, e);
  }
  if (write_options(op, label, 0, &options)) {
    result = mount("overlay", target, "overlay", 0, options.bytes);
  } else {
    result = by_fsconfig(op, label, target);
    if (result < 0) result = from_directory(op, label, target, &options);
  }
  return result < 0 ? fail(e, errno, "mount overlay of %d layers on %s", op->argc - 3, target) : 0;
}
