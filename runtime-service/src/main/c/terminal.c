/* The session, and a terminal out of the container's own devpts. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "child.h"
#include "kernel.h"
#include "message.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

/* The container may have put anything at that path, so it is looked at before it is opened (CVE-2025-52565). */
static int open_master(struct child *c, struct err *e) {
  struct statfs fs;
  struct stat st;
  int unlock = 0;
  enum { DEVPTS_MAGIC = 0x1cd1 };
  int found = k_openat2(c->root, "dev/pts/ptmx", O_PATH, 0, IN_ROOT | IN_NO_SYMLINKS);
  if (found < 0) return fail(e, errno, "open /dev/pts/ptmx in the container");
  if (fstatfs(found, &fs) < 0 || fstat(found, &st) < 0) return fail(e, errno, "stat /dev/pts/ptmx in the container");
  if (fs.f_type != DEVPTS_MAGIC || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2)) {
    return fail(e, ENODEV, "/dev/pts/ptmx in the container is no terminal multiplexer");
  }
  int master = root_reopen(c, found, O_RDWR | O_NOCTTY);
  int number = errno;
  close(found);
  if (master < 0) return fail(e, number, "open terminal");
  if (ioctl(master, TIOCSPTLCK, &unlock) < 0) return fail(e, errno, "unlock terminal");
  return master;
}

static int bind_console(struct child *c, struct err *e) {
  int tree = clone_tree(c->terminal, "", false);
  if (tree < 0) return fail(e, errno, "bind terminal on /dev/console");
  int at = root_make(c, "/dev/console", MAKE_FILE, 0600, e);
  return at < 0 ? -1 : bind_tree(tree, at, "/dev/console", e);
}

int op_session(struct child *c, const struct op *op, struct err *e) {
  struct report r = {.kind = 'T'};
  (void)op;
  if (setsid() < 0 && errno != EPERM) return fail(e, errno, "setsid");
  /* Keys are for one container alone; when the quota of keys is used up, its pod's (see main.c). */
  if (join_session_keyring() < 0 && errno != ENOSYS) {
    struct err warning = {.op = e->op};
    fail(&warning, errno, "session keyring stays the pod's: %s", strerror(errno));
    if (child_warn(c, &warning) < 0) return fail(e, errno, "report");
  }
  if (c->launch->stdio != STDIO_TTY) return 0;
  if (c->root < 0) return fail(e, EINVAL, "session with a terminal: no root yet");
  int master = open_master(c, e);
  if (master < 0) return -1;
  c->terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (c->terminal < 0) return fail(e, errno, "open terminal");
  if (ioctl(c->terminal, TIOCSCTTY, 0) < 0) return fail(e, errno, "make terminal controlling");
  if (!c->is_exec && bind_console(c, e) < 0) return -1;
  if (send_datagram(c->report, &r, sizeof r, &master, 1, 0) < 0) return fail(e, errno, "hand over terminal");
  close(master);
  return 0;
}
