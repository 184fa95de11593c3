/* The new process while it obeys its plan. Nothing here allocates memory. */
#ifndef GANTRY_CHILD_H
#define GANTRY_CHILD_H

#include "launch.h"

struct child {
  const struct ctx *ctx;
  struct launch *launch;
  int report;
  int root;      /* the container's root directory (O_PATH), or -1 before `root` */
  int shm;       /* a clone of the pod's /dev/shm, or -1 */
  int null_tree; /* the host's /dev/null as a detached mount */
  int mask_tree; /* an empty read-only tmpfs likewise, made when first needed */
  int *early;    /* trees of binds that had to be opened early, by operation; -1 where there is none */
  bool is_exec;  /* entered a container that runs */
  bool in_userns;
  bool pivoted;
  bool isolated;        /* mounts made from here on are not seen by the host */
  int terminal;         /* pty slave, or -1 */
  int hook_helper;      /* the way to who runs hooks on the host, or -1 */
  uint64_t propagation; /* of the root, once it is the root; 0: as it is */
  const char *label;    /* of the file systems that are made, or NULL */
  const char *entered;  /* where overlay-idmap mounted, and the working directory since */
  char **env;
  mode_t umask;
  bool ready; /* nothing but execve is left to do */
};

int child_warn(struct child *c, const struct err *e);
/* Does what must be done before exec, once: stdio in place, the rest close-on-exec, signals at their defaults. */
int child_get_ready(struct child *c, struct err *e);

/* rootpath.c: paths inside the container's root, resolved at the moment of use (openat2 RESOLVE_IN_ROOT). */
int root_open(struct child *c, const char *path, uint64_t flags);
enum make { MAKE_NOTHING, MAKE_DIR, MAKE_FILE };
int root_make(struct child *c, const char *path, enum make what, mode_t mode, struct err *e);
/* The directory that is to hold path, made when missing; *name is the last part of path. */
int root_parent(struct child *c, char *path, const char **name, struct err *e);
int root_reopen(struct child *c, int fd, int flags);

/* mounts.c */
int op_private_root(struct child *c, const struct op *op, struct err *e);
int op_overlay(struct child *c, const struct op *op, struct err *e);
int op_root(struct child *c, const struct op *op, struct err *e);
int op_mount(struct child *c, const struct op *op, struct err *e);
int op_bind(struct child *c, const struct op *op, struct err *e);
int op_shm(struct child *c, const struct op *op, struct err *e);
int op_mask(struct child *c, const struct op *op, struct err *e);
int op_volume(struct child *c, const struct op *op, struct err *e);
int op_readonly(struct child *c, const struct op *op, struct err *e);
int op_root_propagation(struct child *c, const struct op *op, struct err *e);
int op_root_readonly(struct child *c, const struct op *op, struct err *e);
int op_pivot(struct child *c, const struct op *op, struct err *e);
int bind_tree(int tree, int target, const char *what, struct err *e);
int clone_tree(int dir, const char *path, bool recursive);

/* overlay.c, nodes.c */
int mount_overlay(const struct op *op, const char *label, struct err *e);
int op_mkdir(struct child *c, const struct op *op, struct err *e);
int op_symlink(struct child *c, const struct op *op, struct err *e);
int op_mknod(struct child *c, const struct op *op, struct err *e);

/* userns.c */
int op_userns(struct child *c, const struct op *op, struct err *e);
int op_userns_file(struct child *c, const struct op *op, struct err *e);
int op_overlay_idmap(struct child *c, const struct op *op, struct err *e);
void userns_own_stdio(struct child *c);
/* With the host's rights: ids as in the pod's user namespace. */
int idmap_tree(const struct ctx *ctx, int tree);

/* hooks.c */
int op_hook(struct child *c, const struct op *op, struct err *e);
/* Before entering the user namespace, if there is a hook of the host in the plan from `first` on. */
int hooks_stay_behind(struct child *c, int first, struct err *e);

/* runtime.c */
int op_oci(struct child *c, const struct op *op, struct err *e);

/* terminal.c */
int op_session(struct child *c, const struct op *op, struct err *e);

/* credentials.c */
int op_groups(struct child *c, const struct op *op, struct err *e);
int op_ids(struct child *c, const struct op *op, struct err *e);
int op_caps(struct child *c, const struct op *op, struct err *e);
int op_rlimit(struct child *c, const struct op *op, struct err *e);
int op_oom_score(struct child *c, const struct op *op, struct err *e);
int op_no_new_privs(struct child *c, const struct op *op, struct err *e);
int op_seccomp(struct child *c, const struct op *op, struct err *e);
int op_apparmor(struct child *c, const struct op *op, struct err *e);
/* A file of /proc that is about the process itself. */
int write_own(struct child *c, const char *path, const char *text);

/* selinux.c */
int op_selinux(struct child *c, const struct op *op, struct err *e);
int op_mount_label(struct child *c, const struct op *op, struct err *e);
/* For those that are not made anew with each mount. */
int label_root(const char *label, int tree);

#endif
