/* SELinux: the label of the process to be executed, and that of the file systems made for it (selinuxfs, proc(5)
 * attr). Written for policies, so nothing here knows what a label means. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "child.h"
#include "kernel.h"

bool is_label(const char *label) {
  return strlen(label) < LABEL_BYTES && !strpbrk(label, "\"\\\n");
}

int op_mount_label(struct child *c, const struct op *op, struct err *e) {
  if (!is_label(op->args[0])) return fail(e, EINVAL, "mount-label %s", op->args[0]);
  c->label = op->args[0];
  return 0;
}

/* Of keys too: a session keyring with the label of who made it could not be searched. */
int op_selinux(struct child *c, const struct op *op, struct err *e) {
  if (write_own(c, "self/attr/exec", op->args[0]) < 0) return fail(e, errno, "selinux label %s", op->args[0]);
  return write_own(c, "self/attr/keycreate", op->args[0]) < 0 ? fail(e, errno, "selinux label %s of keys", op->args[0])
                                                              : 0;
}

int label_filesystem(const char *label, int fs) {
  return label ? k_fsconfig(fs, FS_STRING, "context", label) : 0;
}

int label_root(const char *label, int tree) {
  if (!label) return 0;
  int root = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result = root < 0 ? -1 : fsetxattr(root, "security.selinux", label, strlen(label), 0), number = errno;
  close_fd(&root);
  errno = number;
  return result;
}
