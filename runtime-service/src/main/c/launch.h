/* From a plan to a new process: what is prepared before clone, and what the child knows. */
#ifndef GANTRY_LAUNCH_H
#define GANTRY_LAUNCH_H

#include "message.h"

enum stdio_mode { STDIO_NULL, STDIO_LOG, STDIO_TTY, STDIO_FDS };

/* What the operations up to `fork` add up to. */
struct launch {
  struct plan plan;
  int fork_at;     /* index of `fork` in the plan */
  unsigned made;   /* CLONE_NEW* for the child */
  unsigned join;   /* CLONE_NEW* of the pod's namespaces to be in */
  unsigned enter;  /* CLONE_NEW* of the process below to be in */
  int enter_pidfd; /* borrowed, or -1 */
  bool host_mounts;
  bool userns; /* the plan goes on in the pod's user namespace at some point */
  enum stdio_mode stdio;
  bool stdin_open;
  uint64_t log_max;
  int cgroup;
  int oom_fd;
  int kill_dir[KILL_DIRS];
  int child_fd[3];  /* become 0, 1, 2; -1: /dev/null */
  int parent_fd[3]; /* the other ends of those that are pipes, or -1 */
  int report[2];    /* shim's end, child's end */
};

/* What a child says on its report socket. `T` carries the pty master. */
struct report {
  char kind; /* E: failed, W: warning, T: terminal, P: another process goes on, X: about to exec */
  pid_t pid; /* P: with its pidfd */
  struct err e;
};

/* Parses the plan and obeys it up to `fork`. On failure everything is released. */
int launch_prepare(struct ctx *ctx, struct launch *l, int plan_fd, struct err *e);

/* Knows every operation of the plan, and finds `fork`. */
int launch_check(struct launch *l, struct err *e);

/* Clones; in the child this does not return. Fills pid, pidfd, start_ticks and the report socket of p. */
int launch_clone(struct ctx *ctx, struct launch *l, struct process *p, struct err *e);
/* Field 22 of proc_pid_stat(5); 0 when there is no such process. */
uint64_t process_start_ticks(struct ctx *ctx, pid_t pid);
void launch_free(struct launch *l);

int launch_rule_name(int index, const char **name);

/* child.c: obeys the plan after `fork`, up to `exec`. */
void child_run(const struct ctx *ctx, struct launch *l) __attribute__((noreturn));
int child_rule_name(int index, const char **name);
int child_check(const struct op *op, struct err *e);

#endif
