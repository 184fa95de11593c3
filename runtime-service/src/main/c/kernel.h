/* What the headers of an older libc do not declare: numbers and layouts of the kernel's interface. */
#ifndef GANTRY_KERNEL_H
#define GANTRY_KERNEL_H

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* System calls since 424 have one number on every architecture but alpha. */
enum {
  NR_PIDFD_SEND_SIGNAL = 424,
  NR_OPEN_TREE = 428,
  NR_MOVE_MOUNT = 429,
  NR_FSOPEN = 430,
  NR_FSCONFIG = 431,
  NR_FSMOUNT = 432,
  NR_PIDFD_OPEN = 434,
  NR_CLONE3 = 435,
  NR_CLOSE_RANGE = 436,
  NR_OPENAT2 = 437,
  NR_MOUNT_SETATTR = 442,
};

/* openat2(2) */
enum {
  IN_NO_MAGICLINKS = 0x02, /* RESOLVE_NO_MAGICLINKS */
  IN_NO_SYMLINKS = 0x04,   /* RESOLVE_NO_SYMLINKS */
  IN_ROOT = 0x10,          /* RESOLVE_IN_ROOT */
};

/* open_tree(2), move_mount(2), mount_setattr(2) */
enum {
  TREE_CLONE = 1,           /* OPEN_TREE_CLONE */
  TREE_CLOEXEC = O_CLOEXEC, /* OPEN_TREE_CLOEXEC */
  TREE_RECURSIVE = 0x8000,  /* AT_RECURSIVE */
  MOVE_FROM_FD = 0x04,      /* MOVE_MOUNT_F_EMPTY_PATH */
  MOVE_TO_FD = 0x40,        /* MOVE_MOUNT_T_EMPTY_PATH */
  ATTR_RDONLY = 0x01,
  ATTR_NOSUID = 0x02,
  ATTR_NODEV = 0x04,
  ATTR_NOEXEC = 0x08,
  ATTR_ATIME_MASK = 0x70,
  ATTR_NOATIME = 0x10,
  ATTR_STRICTATIME = 0x20,
  ATTR_NODIRATIME = 0x80,
};

struct mount_attributes {
  uint64_t set;
  uint64_t clear;
  uint64_t propagation;
  uint64_t userns;
};

/* fsconfig(2) */
enum { FS_FLAG = 0, FS_STRING = 1, FS_CREATE = 6, FS_CLOEXEC = 1 };

/* clone3(2) */
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#define CLONE_INTO_CGROUP_FD 0x200000000ULL

struct clone_arguments {
  uint64_t flags;
  uint64_t pidfd;
  uint64_t child_tid;
  uint64_t parent_tid;
  uint64_t exit_signal;
  uint64_t stack;
  uint64_t stack_size;
  uint64_t tls;
  uint64_t set_tid;
  uint64_t set_tid_size;
  uint64_t cgroup;
};

struct open_how_arguments {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

static inline int k_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how_arguments how = {flags | O_CLOEXEC, mode, resolve};
  return (int)syscall(NR_OPENAT2, dir, path, &how, sizeof how);
}

static inline int k_open_tree(int dir, const char *path, unsigned flags) {
  return (int)syscall(NR_OPEN_TREE, dir, path, flags);
}

static inline int k_move_mount(int from, int to) {
  return (int)syscall(NR_MOVE_MOUNT, from, "", to, "", MOVE_FROM_FD | MOVE_TO_FD);
}

static inline int k_mount_setattr(int tree, int recursive, struct mount_attributes *a) {
  return (int)syscall(NR_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH | (recursive ? TREE_RECURSIVE : 0), a, sizeof *a);
}

static inline int k_fsopen(const char *type) {
  return (int)syscall(NR_FSOPEN, type, FS_CLOEXEC);
}

static inline int k_fsconfig(int fs, unsigned command, const char *key, const char *value) {
  return (int)syscall(NR_FSCONFIG, fs, command, key, value, 0);
}

static inline int k_fsmount(int fs, unsigned attributes) {
  return (int)syscall(NR_FSMOUNT, fs, FS_CLOEXEC, attributes);
}

static inline pid_t k_clone3(struct clone_arguments *a) {
  return (pid_t)syscall(NR_CLONE3, a, sizeof *a);
}

static inline int k_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(NR_PIDFD_SEND_SIGNAL, pidfd, signal, NULL, 0);
}

static inline int k_pidfd_open(pid_t pid) {
  return (int)syscall(NR_PIDFD_OPEN, pid, 0);
}

/* keyctl(2), KEYCTL_JOIN_SESSION_KEYRING: a new one without a name */
static inline int join_session_keyring(void) {
  return (int)syscall(SYS_keyctl, 1, NULL);
}

static inline int k_close_range(unsigned first, unsigned last, unsigned flags) {
  return (int)syscall(NR_CLOSE_RANGE, first, last, flags);
}

#endif
