/*
 * An OCI runtime in the place of `exec` (runtime-spec, runtime.md; the command line that runc, crun and youki share).
 * It makes the process and ends; the process is an orphan then, and goes from here to the shim, which reaps it like any
 * other.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "child.h"
#include "kernel.h"
#include "message.h"

enum { DIRECTORY, PID_FILE, SOCKET, COUNT, REST, WORDS_MAX = 64 };

struct command {
  pid_t pid;
  int pidfd;
};

static void execute(struct child *c, char **words, bool streams) {
  sigset_t none;
  int null = fcntl(0, F_DUPFD_CLOEXEC, 3);
  bool ready = null >= 0;
  for (int i = 0; i < 3; i++) {
    int fd = streams ? c->launch->child_fd[i] : -1;
    ready &= dup2(fd < 0 ? null : fd, i) >= 0;
  }
  ready &= k_close_range(3, ~0U, 4) == 0; /* CLOSE_RANGE_CLOEXEC */
  ready &= prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
  for (int s = 1; s < 65; s++) signal(s, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (ready) execve(words[0], words, c->env);
  dprintf(2, "%s: %s\n", words[0], strerror(errno));
  _exit(127);
}

static int begin(struct child *c, char **words, bool streams, struct command *command, struct err *e) {
  struct clone_arguments a = {
      .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&command->pidfd, .exit_signal = SIGCHLD};
  command->pid = k_clone3(&a);
  if (command->pid < 0) return fail(e, errno, "run %s: clone", words[0]);
  if (command->pid == 0) execute(c, words, streams);
  return 0;
}

/* The words behind the options say what it was to do; the runtime's own log says why it did not. */
static int end(char **words, struct command *command, struct err *e) {
  int status = 0;
  pid_t ended = waitpid(command->pid, &status, 0);
  close(command->pidfd);
  if (ended != command->pid) return fail(e, errno, "wait for %s", words[0]);
  if (status == 0) return 0;
  return fail(e, ECANCELED, "%s: %s %d", words[0], WIFEXITED(status) ? "exit status" : "signal",
              WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

/* Where the runtime sends the master of the terminal that it makes. */
static int listen_at(const char *path, struct err *e) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int length = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if (length < 0 || (size_t)length >= sizeof address.sun_path) return fail(e, ENAMETOOLONG, "listen at %s", path);
  int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0) return fail(e, errno, "listen at %s", path);
  if (unlink(path) == 0 || errno == ENOENT) {
    if (bind(s, (struct sockaddr *)&address, sizeof address) == 0 && listen(s, 1) == 0) return s;
  }
  int number = errno;
  close(s);
  return fail(e, number, "listen at %s", path);
}

static int receive_terminal(int listener) {
  char name[256];
  struct iovec data = {name, sizeof name};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  int terminal = -1, s = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (s < 0) return -1;
  if (recvmsg(s, &header, MSG_CMSG_CLOEXEC) >= 0) {
    struct cmsghdr *m = CMSG_FIRSTHDR(&header);
    if (m && m->cmsg_level == SOL_SOCKET && m->cmsg_type == SCM_RIGHTS)
      memcpy(&terminal, CMSG_DATA(m), sizeof terminal);
  }
  close(s);
  return terminal;
}

/* Until the terminal is here or the runtime has ended without having sent one. */
static int take_terminal(struct child *c, int listener, int pidfd, struct err *e) {
  struct report r = {.kind = 'T'};
  struct pollfd waits[2] = {{.fd = listener, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
  if (poll(waits, 2, -1) < 0) return fail(e, errno, "wait for a terminal");
  if (!(waits[0].revents & POLLIN)) return 0;
  int terminal = receive_terminal(listener);
  if (terminal < 0) return fail(e, EPROTO, "no terminal came from the runtime");
  int sent = send_datagram(c->report, &r, sizeof r, &terminal, 1, 0), number = errno;
  close(terminal);
  return sent < 0 ? fail(e, number, "report") : 0;
}

static int create(struct child *c, char **args, char **words, struct err *e) {
  struct command command;
  bool tty = c->launch->stdio == STDIO_TTY;
  int listener = -1;
  if (tty && (listener = listen_at(args[SOCKET], e)) < 0) return -1;
  int result = begin(c, words, !tty, &command, e);
  if (result == 0) {
    struct err unused;
    result = tty ? take_terminal(c, listener, command.pidfd, e) : 0;
    if (result < 0) k_pidfd_send_signal(command.pidfd, SIGKILL);
    if (end(words, &command, result < 0 ? &unused : e) < 0) result = -1;
  }
  close_fd(&listener);
  if (tty) unlink(args[SOCKET]);
  return result;
}

/* Its process, which cannot be another's: as an orphan of the runtime it is our child, and nobody has reaped it. */
static int made_process(const char *file, pid_t *pid, struct err *e) {
  char text[32];
  uint64_t number;
  ssize_t n = read_small(AT_FDCWD, file, text, sizeof text);
  if (n < 0) return fail(e, EPROTO, "read %s: %s", file, strerror(errno));
  while (n > 0 && text[n - 1] == '\n') text[--n] = 0;
  if (!parse_number(text, 10, INT32_MAX, &number) || number < 2) return fail(e, EPROTO, "read %s: no process", file);
  *pid = (pid_t)number;
  int pidfd = k_pidfd_open(*pid);
  return pidfd < 0 ? fail(e, errno, "open process %d", (int)*pid) : pidfd;
}

static int start(struct child *c, char **words, int pidfd, struct err *e) {
  struct command command;
  if (begin(c, words, false, &command, e) == 0 && end(words, &command, e) == 0) return 0;
  k_pidfd_send_signal(pidfd, SIGKILL); /* the answer waits for its end */
  return -1;
}

int op_oci(struct child *c, const struct op *op, struct err *e) {
  char **args = op->args, *words[WORDS_MAX + 1] = {NULL};
  struct report made = {.kind = 'P'}, ready = {.kind = 'X'};
  uint64_t count;
  if (!parse_number(args[COUNT], 10, WORDS_MAX, &count) || count == 0 || (uint64_t)op->argc < REST + count) {
    return fail(e, EINVAL, "oci: words of the command");
  }
  if (c->is_exec || c->in_userns || c->pivoted) return fail(e, EINVAL, "oci: not on the host");
  memcpy(words, args + REST, count * sizeof *words);
  if (chdir(args[DIRECTORY]) < 0) return fail(e, errno, "enter %s", args[DIRECTORY]);
  /* The process must have a parent who waits for it at any time: from the runtime to here, from here to the shim. */
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return fail(e, errno, "become a subreaper");
  if (create(c, args, words, e) < 0) return -1;
  int pidfd = made_process(args[PID_FILE], &made.pid, e);
  if (pidfd < 0) return -1;
  if (send_datagram(c->report, &made, sizeof made, &pidfd, 1, 0) < 0) return fail(e, errno, "report");
  if ((uint64_t)op->argc > REST + count && start(c, args + REST + count, pidfd, e) < 0) return -1;
  if (send_datagram(c->report, &ready, sizeof ready, NULL, 0, 0) < 0) return fail(e, errno, "report");
  _exit(0);
}
