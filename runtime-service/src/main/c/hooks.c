/*
 * OCI hooks: programs of the node that take part in a start. Each gets the container's state as JSON on its standard
 * input; what it writes is told when it fails. They run before `pivot`, so their paths are the node's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "child.h"
#include "kernel.h"

enum { WHERE, TIMEOUT, PATH, BEFORE_PID, AFTER_PID, ENV_COUNT, REST, ENV_MAX = 256, SAID_MAX = 240 };

/* The state in a file of memory: a pipe would fill up when the hook does not read it. */
static int state_file(struct child *c, char **args) {
  char pid[16];
  ssize_t n = readlinkat(c->ctx->proc, "self", pid, sizeof pid - 1);
  int fd = memfd_create("state", MFD_CLOEXEC);
  if (n <= 0 || fd < 0) return -1;
  pid[n] = 0;
  bool written = write_text(fd, args[BEFORE_PID]) == 0 && write_text(fd, pid) == 0 &&
                 write_text(fd, args[AFTER_PID]) == 0 && lseek(fd, 0, SEEK_SET) == 0;
  return written ? fd : -1;
}

static int return_to_host(const struct ctx *ctx) {
  for (int i = 0; i < 3; i++) {
    if (setns(ctx->host_ns[i], (int)pod_namespaces[i].flag) < 0) return -1;
  }
  return setns(ctx->host_mnt, CLONE_NEWNS);
}

static void run(struct child *c, char **args, char **argv, char **env, int in, int out) {
  sigset_t none;
  if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
  bool ready = (strcmp(args[WHERE], "host") != 0 || return_to_host(c->ctx) == 0) && chdir("/") == 0 &&
               k_close_range(3, ~0U, 4) == 0; /* CLOSE_RANGE_CLOEXEC */
  for (int s = 1; s < 65; s++) signal(s, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (ready) execve(args[PATH], argv, env);
  dprintf(2, "%s", strerror(errno));
  _exit(127);
}

/* Waits for the end of the hook; -1 when the time is over, and it has been killed. */
static int await(pid_t pid, int pidfd, int limit_ms, int *status) {
  struct pollfd ended = {.fd = pidfd, .events = POLLIN};
  int n = poll(&ended, 1, limit_ms);
  if (n <= 0) kill(pid, SIGKILL);
  return waitpid(pid, status, 0) == pid && n > 0 ? 0 : -1;
}

/* The end of what the hook wrote, in one line. */
static void said_by(int out, char *said) {
  off_t length = lseek(out, 0, SEEK_END);
  off_t from = length > SAID_MAX ? length - SAID_MAX : 0;
  ssize_t n = pread(out, said, SAID_MAX, from);
  said[n < 0 ? 0 : n] = 0;
  for (char *at = said; *at; at++) {
    if ((unsigned char)*at < ' ') *at = at[1] ? ' ' : 0;
  }
}

int op_hook(struct child *c, const struct op *op, struct err *e) {
  char **args = op->args, *env[ENV_MAX + 1] = {NULL}, said[SAID_MAX + 1] = "";
  uint64_t seconds = 0, count;
  int pidfd = -1, status = 0;
  bool limited = strcmp(args[TIMEOUT], "-") != 0;
  if (limited && !parse_number(args[TIMEOUT], 10, INT_MAX / 1000, &seconds)) return fail(e, EINVAL, "hook: timeout");
  if (!parse_number(args[ENV_COUNT], 10, ENV_MAX, &count) || (uint64_t)op->argc <= REST + count) {
    return fail(e, EINVAL, "hook %s: environment", args[PATH]);
  }
  if (c->is_exec || c->in_userns || c->pivoted) return fail(e, EINVAL, "hook %s: not before pivot", args[PATH]);
  memcpy(env, args + REST, count * sizeof *env);
  int in = state_file(c, args), out = memfd_create("said", MFD_CLOEXEC);
  if (in < 0 || out < 0) return fail(e, errno, "hook %s: make its files", args[PATH]);
  struct clone_arguments a = {.flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
  pid_t pid = k_clone3(&a);
  if (pid < 0) return fail(e, errno, "hook %s: clone", args[PATH]);
  if (pid == 0) run(c, args, args + REST + count, env, in, out);
  int waited = await(pid, pidfd, limited ? (int)seconds * 1000 : -1, &status);
  said_by(out, said);
  close(in);
  close(out);
  close(pidfd);
  if (waited < 0) return fail(e, ETIMEDOUT, "hook %s: not done after %d s", args[PATH], (int)seconds);
  if (status == 0) return 0;
  return fail(e, ECANCELED, "hook %s: %s %d: %s", args[PATH], WIFEXITED(status) ? "exit status" : "signal",
              WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), said);
}
