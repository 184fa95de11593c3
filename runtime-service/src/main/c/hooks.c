/*
 * OCI hooks: programs that take part in a start. Each gets the container's state as JSON on its standard input; what it
 * writes is told when it fails. Before `pivot` their paths are the node's, those of `inside` are the container's. Who
 * is inside of a user namespace has no way back to the host: a helper that stayed behind runs the host's hooks for him.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "child.h"
#include "kernel.h"
#include "message.h"

enum { WHERE, TIMEOUT, PATH, BEFORE_PID, AFTER_PID, ENV_COUNT, REST, ENV_MAX = 256, SAID_MAX = 240 };

/* What the helper is asked to do, and its answer. */
struct errand {
  int op;
  char pid[16];
};

/* The state in a file of memory: a pipe would fill up when the hook does not read it. */
static int state_file(char **args, const char *pid) {
  int fd = memfd_create("state", MFD_CLOEXEC);
  if (fd < 0) return -1;
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

/* Under a filter there may be no clone3(2), and no pidfd then. */
static pid_t clone_hook(int *pidfd) {
  struct clone_arguments a = {.flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)pidfd, .exit_signal = SIGCHLD};
  pid_t pid = k_clone3(&a);
  if (pid >= 0 || errno != ENOSYS) return pid;
  *pidfd = -1;
  return fork();
}

/* Without a pidfd: by looking again and again. */
static int await_ending(pid_t pid, int limit_ms) {
  const struct timespec pause = {0, 10000000};
  siginfo_t info;
  for (int waited = 0; limit_ms < 0 || waited < limit_ms; waited += 10) {
    info.si_pid = 0;
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return -1;
    if (info.si_pid == pid) return 1;
    nanosleep(&pause, NULL);
  }
  return 0;
}

/* Waits for the end of the hook; -1 when the time is over, and it has been killed. */
static int await(pid_t pid, int pidfd, int limit_ms, int *status) {
  struct pollfd ended = {.fd = pidfd, .events = POLLIN};
  int n = pidfd >= 0 ? poll(&ended, 1, limit_ms) : await_ending(pid, limit_ms);
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

static int run_hook(struct child *c, const struct op *op, const char *self, struct err *e) {
  char **args = op->args, *env[ENV_MAX + 1] = {NULL}, said[SAID_MAX + 1] = "";
  uint64_t seconds = 0, count;
  int pidfd = -1, status = 0;
  bool limited = strcmp(args[TIMEOUT], "-") != 0;
  if (limited && !parse_number(args[TIMEOUT], 10, INT_MAX / 1000, &seconds)) return fail(e, EINVAL, "hook: timeout");
  if (!parse_number(args[ENV_COUNT], 10, ENV_MAX, &count) || (uint64_t)op->argc <= REST + count) {
    return fail(e, EINVAL, "hook %s: environment", args[PATH]);
  }
  memcpy(env, args + REST, count * sizeof *env);
  int in = state_file(args, self), out = memfd_create("said", MFD_CLOEXEC);
  if (in < 0 || out < 0) return fail(e, errno, "hook %s: make its files", args[PATH]);
  pid_t pid = clone_hook(&pidfd);
  if (pid < 0) return fail(e, errno, "hook %s: clone", args[PATH]);
  if (pid == 0) run(c, args, args + REST + count, env, in, out);
  int waited = await(pid, pidfd, limited ? (int)seconds * 1000 : -1, &status);
  said_by(out, said);
  close(in);
  close(out);
  close_fd(&pidfd);
  if (waited < 0) return fail(e, ETIMEDOUT, "hook %s: not done after %d s", args[PATH], (int)seconds);
  if (status == 0) return 0;
  return fail(e, ECANCELED, "hook %s: %s %d: %s", args[PATH], WIFEXITED(status) ? "exit status" : "signal",
              WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), said);
}

static void help(struct child *c, int socket) {
  struct errand asked;
  close_fd(&c->report); /* its end means exec to the shim */
  while (recv(socket, &asked, sizeof asked, 0) == (ssize_t)sizeof asked) {
    struct err e = {.op = asked.op + 1};
    asked.pid[sizeof asked.pid - 1] = 0;
    if (run_hook(c, &c->launch->plan.ops[asked.op], asked.pid, &e) == 0) e.number = 0;
    if (send(socket, &e, sizeof e, MSG_NOSIGNAL) < 0) break;
  }
  _exit(0);
}

int hooks_stay_behind(struct child *c, int first, struct err *e) {
  const struct plan *plan = &c->launch->plan;
  struct clone_arguments a = {.exit_signal = SIGCHLD};
  int ends[2];
  while (first < plan->count &&
         (strcmp(plan->ops[first].name, "hook") != 0 || strcmp(plan->ops[first].args[WHERE], "host") != 0)) {
    first++;
  }
  if (first == plan->count) return 0;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return fail(e, errno, "make socket pair");
  pid_t pid = k_clone3(&a);
  if (pid == 0) {
    close(ends[0]);
    help(c, ends[1]);
  }
  int number = errno;
  close(ends[1]);
  c->hook_helper = ends[0];
  return pid < 0 ? fail(e, number, "clone a helper for hooks") : 0;
}

static int ask_helper(struct child *c, const struct op *op, const char *self, struct err *e) {
  struct errand asked = {.op = (int)(op - c->launch->plan.ops)};
  memcpy(asked.pid, self, strlen(self) + 1);
  if (c->hook_helper < 0) return fail(e, EINVAL, "hook %s: no way back to the host", op->args[PATH]);
  if (send(c->hook_helper, &asked, sizeof asked, MSG_NOSIGNAL) < 0 ||
      recv(c->hook_helper, e, sizeof *e, 0) != (ssize_t)sizeof *e) {
    return fail(e, ECANCELED, "hook %s: its helper is gone", op->args[PATH]);
  }
  return e->number ? -1 : 0;
}

int op_hook(struct child *c, const struct op *op, struct err *e) {
  const char *where = op->args[WHERE];
  bool inside = strcmp(where, "inside") == 0, host = strcmp(where, "host") == 0;
  char self[16];
  if (!inside && !host && strcmp(where, "container") != 0) return fail(e, EINVAL, "hook %s: where", op->args[PATH]);
  if (c->is_exec || c->pivoted != inside) {
    return fail(e, EINVAL, "hook %s: %s", op->args[PATH], inside ? "before pivot" : "not before pivot");
  }
  ssize_t n = readlinkat(c->ctx->proc, "self", self, sizeof self - 1);
  if (n <= 0) return fail(e, errno, "hook %s: read own number", op->args[PATH]);
  self[n] = 0;
  return host && c->in_userns ? ask_helper(c, op, self, e) : run_hook(c, op, self, e);
}
