/* The mounts of a container. Each is made detached and then attached to a descriptor of its target, so that no path is
 * resolved twice (fsopen(2), open_tree(2), move_mount(2), mount_setattr(2): kernel 5.12). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "child.h"
#include "kernel.h"

int clone_tree(int dir, const char *path, bool recursive) {
  return k_open_tree(dir, path, TREE_CLONE | TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? TREE_RECURSIVE : 0));
}

/* Attaches and closes both. */
int bind_tree(int tree, int target, const char *what, struct err *e) {
  int result = k_move_mount(tree, target), number = errno;
  close(tree);
  close(target);
  return result < 0 ? fail(e, number, "mount %s", what) : 0;
}

int op_private_root(struct child *c, const struct op *op, struct err *e) {
  const struct plan *plan = &c->launch->plan;
  (void)op;
  if (!(c->launch->made & CLONE_NEWNS)) return fail(e, EINVAL, "private-root without a new mount namespace");
  /* A tree cloned while its mount is still a peer of the host's stays one: this is what reaches the host later. */
  for (int i = c->launch->fork_at; i < plan->count; i++) {
    const struct op *bind = &plan->ops[i];
    const char *at;
    size_t length = 0;
    bool shared = false, recursive = false;
    if (strcmp(bind->name, "bind") != 0) continue;
    for (at = bind->args[2]; next_name(&at, &length);) {
      shared |= name_is(at, length, "shared");
      recursive |= name_is(at, length, "rec");
    }
    if (!shared) continue;
    c->early[i] = clone_tree(AT_FDCWD, bind->args[0], recursive);
    if (c->early[i] < 0 && errno != ENOENT) return fail(e, errno, "open %s", bind->args[0]);
  }
  if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) return fail(e, errno, "make / a slave of the host");
  c->isolated = true;
  return 0;
}

/* Without it what follows would be seen, and undone, on the host. */
static int must_be_isolated(struct child *c, const struct op *op, struct err *e) {
  return c->isolated ? 0 : fail(e, EINVAL, "%s before private-root", op->name);
}

int op_overlay(struct child *c, const struct op *op, struct err *e) {
  return must_be_isolated(c, op, e) < 0 ? -1 : mount_overlay(op, c->label, e);
}

static int is_null(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static bool is_mount(int fd) {
  struct { /* the head of struct statx */
    uint32_t mask, block_size;
    uint64_t attributes, rest[30];
  } st;
  enum { MOUNT_ROOT = 0x2000 }; /* STATX_ATTR_MOUNT_ROOT */
  return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0, &st) == 0 && (st.attributes & MOUNT_ROOT);
}

int op_root(struct child *c, const struct op *op, struct err *e) {
  const char *path = op->args[0];
  if (must_be_isolated(c, op, e) < 0) return -1;
  /* The mapped root may not pass what lies above: it has been put there before. */
  bool is_here = c->in_userns && c->entered && strcmp(c->entered, path) == 0;
  int fd = open(is_here ? "." : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(e, errno, "open root %s", path);
  /* Mounts that came from outside of a user namespace are locked: only a bind of its own can be the root. */
  if (c->in_userns || !is_mount(fd)) {
    int tree = clone_tree(fd, "", true);
    if (tree < 0) return fail(e, errno, "bind root %s", path);
    /* The descriptor of a tree that has been attached is one of the mount. */
    int attached = fcntl(tree, F_DUPFD_CLOEXEC, 3);
    if (attached < 0) return fail(e, errno, "open root %s", path);
    if (bind_tree(tree, fd, path, e) < 0) return -1;
    fd = attached;
  }
  c->root = fd;
  /* The host's, opened while no container can have put something else there (CVE-2025-31133). */
  c->null_tree = clone_tree(AT_FDCWD, "/dev/null", false);
  if (c->null_tree < 0) return fail(e, errno, "open /dev/null");
  return is_null(c->null_tree) ? 0 : fail(e, ENODEV, "/dev/null of the host is something else");
}

static const struct {
  const char *name;
  unsigned long flag;
  unsigned attribute;
} attributes[] = {
    {"ro", MS_RDONLY, ATTR_RDONLY},
    {"nosuid", MS_NOSUID, ATTR_NOSUID},
    {"nodev", MS_NODEV, ATTR_NODEV},
    {"noexec", MS_NOEXEC, ATTR_NOEXEC},
    {"noatime", MS_NOATIME, ATTR_NOATIME},
    {"nodiratime", MS_NODIRATIME, ATTR_NODIRATIME},
    {"strictatime", MS_STRICTATIME, ATTR_STRICTATIME},
    {"relatime", MS_RELATIME, 0},
};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

/* One `key` or `key=value`; a value may be quoted, as SELinux contexts with commas are. */
static int configure(int fs, const char *option, size_t length) {
  char copy[512];
  if (length >= sizeof copy) return errno = E2BIG, -1;
  memcpy(copy, option, length);
  copy[length] = 0;
  char *value = strchr(copy, '=');
  if (!value) return k_fsconfig(fs, FS_FLAG, copy, NULL);
  *value++ = 0;
  size_t n = strlen(value);
  if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
    value[n - 1] = 0;
    value++;
  }
  return k_fsconfig(fs, FS_STRING, copy, value);
}

static int configure_all(int fs, const char *data) {
  for (const char *at = data; *at;) {
    size_t length = 0;
    for (bool quoted = false; at[length] && (quoted || at[length] != ','); length++) quoted ^= at[length] == '"';
    if (length > 0 && configure(fs, at, length) < 0) return -1;
    at += length + (at[length] == ',');
  }
  return 0;
}

enum labelling { LABEL_NONE, LABEL_ALL, LABEL_ROOT };

/* The kernel labels the others by itself, by what a file is of (proc, sysfs), or has no labels there (cgroup). */
static enum labelling labelling(const char *type) {
  if (strcmp(type, "tmpfs") == 0 || strcmp(type, "devpts") == 0) return LABEL_ALL;
  return strcmp(type, "mqueue") == 0 ? LABEL_ROOT : LABEL_NONE;
}

static int new_filesystem(const char *type, const char *source, const char *data, unsigned attribute,
                          const char *label) {
  int tree = -1, fs = k_fsopen(type);
  if (fs < 0) return -1;
  if (k_fsconfig(fs, FS_STRING, "source", source) == 0 && configure_all(fs, data) == 0 &&
      label_filesystem(labelling(type) == LABEL_ALL ? label : NULL, fs) == 0 &&
      k_fsconfig(fs, FS_CREATE, NULL, NULL) == 0) {
    tree = k_fsmount(fs, attribute);
  }
  int number = errno;
  close(fs);
  errno = number;
  return tree;
}

int op_mount(struct child *c, const struct op *op, struct err *e) {
  const char *type = op->args[0], *source = op->args[1], *target = op->args[2], *data = op->args[4];
  uint64_t flags;
  unsigned attribute = 0;
  if (!parse_number(op->args[3], 10, UINT32_MAX, &flags)) return fail(e, EINVAL, "mount %s: flags", type);
  for (int i = 0; i < ATTRIBUTES; i++) {
    if (flags & attributes[i].flag) attribute |= attributes[i].attribute;
    flags &= ~(uint64_t)attributes[i].flag;
  }
  if (flags) return fail(e, EINVAL, "mount %s on %s: flags %llu", type, target, (unsigned long long)flags);
  int at = root_make(c, target, MAKE_DIR, 0755, e);
  if (at < 0) return -1;
  if (strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0) {
    /* Elsewhere than where it seems, the masks that follow would hide nothing (CVE-2019-19921). */
    int straight = k_openat2(c->root, target + strspn(target, "/"), O_PATH | O_DIRECTORY, 0, IN_ROOT | IN_NO_SYMLINKS);
    if (straight < 0) return fail(e, errno, "mount %s on %s: not a plain directory", type, target);
    close(at);
    at = straight;
  }
  int tree = new_filesystem(type, source, strcmp(data, "-") == 0 ? "" : data, attribute, c->label);
  if (tree < 0) return fail(e, errno, "mount %s on %s", type, target);
  if (labelling(type) == LABEL_ROOT && label_root(c->label, tree) < 0) return fail(e, errno, "label %s", target);
  return bind_tree(tree, at, target, e);
}

struct bind_options {
  struct mount_attributes attributes;
  bool recursive, read_only_tree, optional, shared, idmap;
  enum make make; /* MAKE_NOTHING: of the same kind as the source */
};

static int bind_options(const char *names, struct bind_options *o, struct err *e) {
  const char *at = names;
  size_t n = 0;
  *o = (struct bind_options){.make = MAKE_NOTHING};
  while (next_name(&at, &n)) {
    int i = 0;
    while (i < ATTRIBUTES && !name_is(at, n, attributes[i].name)) i++;
    if (i < ATTRIBUTES) {
      o->attributes.set |= attributes[i].attribute;
      if (attributes[i].flag & (MS_NOATIME | MS_STRICTATIME | MS_RELATIME)) o->attributes.clear |= ATTR_ATIME_MASK;
    } else if (name_is(at, n, "rec")) o->recursive = true;
    else if (name_is(at, n, "rro")) o->read_only_tree = true;
    else if (name_is(at, n, "private")) o->attributes.propagation = MS_PRIVATE;
    else if (name_is(at, n, "slave")) o->attributes.propagation = MS_SLAVE;
    else if (name_is(at, n, "shared")) o->shared = true;
    else if (name_is(at, n, "file")) o->make = MAKE_FILE;
    else if (name_is(at, n, "dir")) o->make = MAKE_DIR;
    else if (name_is(at, n, "optional")) o->optional = true;
    else if (name_is(at, n, "idmap")) o->idmap = true;
    else if (!name_is(at, n, "-")) return fail(e, EINVAL, "bind: option %.*s", (int)n, at);
  }
  if (o->shared) o->attributes.propagation = MS_SHARED;
  return 0;
}

static int adorn(int tree, struct bind_options *o) {
  uint64_t propagation = o->attributes.propagation;
  o->attributes.propagation = 0;
  if ((o->attributes.set || o->attributes.clear) && k_mount_setattr(tree, false, &o->attributes) < 0) return -1;
  if (o->read_only_tree) {
    struct mount_attributes all = {.set = ATTR_RDONLY};
    if (k_mount_setattr(tree, true, &all) < 0) return -1;
  }
  struct mount_attributes spread = {.propagation = propagation};
  return propagation && k_mount_setattr(tree, o->recursive, &spread) < 0 ? -1 : 0;
}

int op_bind(struct child *c, const struct op *op, struct err *e) {
  const char *source = op->args[0], *target = op->args[1];
  struct bind_options o;
  struct stat st;
  if (bind_options(op->args[2], &o, e) < 0) return -1;
  int *kept = &c->early[op - c->launch->plan.ops];
  if (o.idmap && c->in_userns && *kept < 0 && !o.optional) return fail(e, EINVAL, "bind %s: idmap too late", source);
  int tree = *kept >= 0 ? *kept : clone_tree(AT_FDCWD, source, o.recursive);
  *kept = -1;
  if (tree < 0 && errno == ENOENT && o.optional) return 0;
  if (tree < 0) return fail(e, errno, "bind %s: open", source);
  if (o.idmap && !c->in_userns && idmap_tree(c->ctx, tree) < 0) return fail(e, errno, "idmap %s", source);
  if (adorn(tree, &o) < 0) return fail(e, errno, "bind %s on %s with %s", source, target, op->args[2]);
  if (o.make == MAKE_NOTHING) o.make = fstat(tree, &st) == 0 && S_ISDIR(st.st_mode) ? MAKE_DIR : MAKE_FILE;
  int at = root_make(c, target, o.make, o.make == MAKE_FILE ? 0644 : 0755, e);
  return at < 0 ? -1 : bind_tree(tree, at, target, e);
}

int op_shm(struct child *c, const struct op *op, struct err *e) {
  if (c->shm < 0) return fail(e, EINVAL, "shm on %s: the pod has none", op->args[0]);
  int at = root_make(c, op->args[0], MAKE_DIR, 01777, e);
  if (at < 0) return -1;
  int tree = c->shm;
  c->shm = -1;
  return bind_tree(tree, at, op->args[0], e);
}

static int mask_tree(struct child *c, struct err *e) {
  if (c->mask_tree >= 0) return c->mask_tree;
  int tree = new_filesystem("tmpfs", "tmpfs", "nr_blocks=1,nr_inodes=1,mode=755",
                            ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC, c->label);
  if (tree < 0) return fail(e, errno, "make an empty filesystem");
  return c->mask_tree = tree;
}

int op_mask(struct child *c, const struct op *op, struct err *e) {
  const char *path = op->args[0];
  struct stat st;
  if (c->root < 0) return fail(e, EINVAL, "mask %s: no root yet", path);
  int at = root_open(c, path, O_PATH);
  if (at < 0) return errno == ENOENT ? 0 : fail(e, errno, "mask %s", path);
  if (fstat(at, &st) < 0) return fail(e, errno, "mask %s", path);
  int from = S_ISDIR(st.st_mode) ? mask_tree(c, e) : c->null_tree;
  if (from < 0) return -1;
  int *keeper = S_ISDIR(st.st_mode) ? &c->mask_tree : &c->null_tree;
  /* A detached tree cannot be cloned before 6.15; once attached it can, by the path where it is. */
  *keeper = -1;
  if (k_move_mount(from, at) < 0) return fail(e, errno, "mask %s", path);
  close(at);
  *keeper = clone_tree(from, "", false);
  close(from);
  if (*keeper < 0) return fail(e, errno, "mask %s: clone", path);
  return 0;
}

int op_readonly(struct child *c, const struct op *op, struct err *e) {
  const char *path = op->args[0];
  struct mount_attributes all = {.set = ATTR_RDONLY};
  if (c->root < 0) return fail(e, EINVAL, "readonly %s: no root yet", path);
  int at = root_open(c, path, O_PATH);
  if (at < 0) return errno == ENOENT ? 0 : fail(e, errno, "readonly %s", path);
  /* What is mounted there, as the cgroup hierarchies of version 1 are, needs no second mount over it. */
  if (k_mount_setattr(at, true, &all) == 0) {
    close(at);
    return 0;
  }
  if (errno != EINVAL) return fail(e, errno, "readonly %s", path);
  int tree = clone_tree(at, "", true);
  if (tree < 0 || k_mount_setattr(tree, true, &all) < 0) return fail(e, errno, "readonly %s", path);
  return bind_tree(tree, at, path, e);
}

/* A mount of its own, so that it can be written to when the root cannot. */
int op_volume(struct child *c, const struct op *op, struct err *e) {
  const char *path = op->args[0];
  const struct ctx *ctx = c->ctx;
  struct stat st;
  int at = root_make(c, path, MAKE_DIR, 0755, e);
  if (at < 0) return -1;
  /* With idmapped layers nothing else belongs to the host's root than what has just been made. */
  bool foreign = ctx->user_ns >= 0 && !c->in_userns && fstat(at, &st) == 0 && st.st_uid == 0 && st.st_gid == 0;
  if (foreign && fchownat(at, "", ctx->mapped_uid, ctx->mapped_gid, AT_EMPTY_PATH) < 0) {
    return fail(e, errno, "volume %s: change owner", path);
  }
  int tree = clone_tree(at, "", true);
  return tree < 0 ? fail(e, errno, "volume %s", path) : bind_tree(tree, at, path, e);
}

/* pivot_root(2) refuses a root that is shared, so this is kept until it is done. */
int op_root_propagation(struct child *c, const struct op *op, struct err *e) {
  bool ok = parse_number(op->args[0], 10, UINT32_MAX, &c->propagation);
  return ok ? 0 : fail(e, EINVAL, "root-propagation %s", op->args[0]);
}

static int spread_root(struct child *c, struct err *e) {
  struct mount_attributes spread = {.propagation = c->propagation & ~(uint64_t)MS_REC};
  if (c->propagation == 0) return 0;
  return k_mount_setattr(c->root, (c->propagation & MS_REC) != 0, &spread) < 0
             ? fail(e, errno, "root-propagation %llu", (unsigned long long)c->propagation)
             : 0;
}

int op_root_readonly(struct child *c, const struct op *op, struct err *e) {
  struct mount_attributes one = {.set = ATTR_RDONLY};
  (void)op;
  if (c->root < 0) return fail(e, EINVAL, "root-readonly: no root yet");
  return k_mount_setattr(c->root, false, &one) < 0 ? fail(e, errno, "make / read-only") : 0;
}

/* pivot_root(2), "pivot_root(".", ".")": the old root lies over the new one and is dropped with all its mounts. */
int op_pivot(struct child *c, const struct op *op, struct err *e) {
  if (c->root < 0) return fail(e, EINVAL, "pivot: no root yet");
  if (must_be_isolated(c, op, e) < 0) return -1;
  int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (old < 0 || fchdir(c->root) < 0) return fail(e, errno, "enter the new root");
  if (syscall(SYS_pivot_root, ".", ".") < 0) return fail(e, errno, "pivot_root");
  if (fchdir(old) < 0) return fail(e, errno, "enter the old root");
  close(old);
  /* Once more: a mount that is no slave would take the host's own with it. */
  if (mount(NULL, ".", NULL, MS_REC | MS_SLAVE, NULL) < 0) return fail(e, errno, "make the old root a slave");
  if (umount2(".", MNT_DETACH) < 0) return fail(e, errno, "detach the host's mounts");
  if (chdir("/") < 0) return fail(e, errno, "chdir /");
  c->pivoted = true;
  return spread_root(c, e);
}
