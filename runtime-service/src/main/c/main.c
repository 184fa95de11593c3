/* Start, and the loop. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "kernel.h"
#include "message.h"

/* A line in the pod's shim.log, for the engineer who looks for what the daemon could not be told. */
void note(const char *format, ...) {
  char line[640];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  if (n < 0) return;
  size_t length = (size_t)n < sizeof line - 1 ? (size_t)n : sizeof line - 2;
  line[length++] = '\n';
  if (write(2, line, length) < 0) return; /* nowhere else to say it */
}

int watch(struct ctx *ctx, struct source *source, int fd, void (*ready)(struct ctx *, struct source *), struct err *e) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
  if (epoll_ctl(ctx->epoll, EPOLL_CTL_ADD, fd, &event) < 0) return fail(e, errno, "watch descriptor");
  source->fd = fd;
  source->ready = ready;
  return 0;
}

int watch_for_room(struct ctx *ctx, struct source *source, void (*ready)(struct ctx *, struct source *)) {
  struct epoll_event event = {.events = EPOLLOUT, .data.ptr = source};
  source->ready = ready;
  return epoll_ctl(ctx->epoll, EPOLL_CTL_ADD, source->fd, &event);
}

void pause_source(struct ctx *ctx, struct source *source, bool paused) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
  if (source->fd >= 0) epoll_ctl(ctx->epoll, paused ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, source->fd, &event);
}

void unwatch(struct ctx *ctx, struct source *source) {
  if (source->fd < 0) return;
  epoll_ctl(ctx->epoll, EPOLL_CTL_DEL, source->fd, NULL);
  close_fd(&source->fd);
}

static void take_signals(struct ctx *ctx, struct source *source) {
  struct signalfd_siginfo info;
  while (read(source->fd, &info, sizeof info) == (ssize_t)sizeof info) {
    if (info.ssi_signo == SIGALRM && ctx->ending) _exit(0);
    if (info.ssi_signo == SIGALRM) drop_late_sessions(ctx);
  }
  reap_children(ctx);
}

/*
 * The daemon must not be this process's parent: the parent of a shim is the same before and after a restart of it. The
 * first process ends when the second, in which this returns, says through the descriptor that it serves, or has failed.
 */
static int leave_parent(void) {
  int ready[2];
  char byte;
  if (pipe2(ready, O_CLOEXEC) < 0) {
    note("make pipe: %s", strerror(errno));
    _exit(1);
  }
  pid_t child = fork();
  if (child < 0) {
    note("fork: %s", strerror(errno));
    _exit(1);
  }
  if (child > 0) {
    close(ready[1]);
    _exit(read(ready[0], &byte, 1) == 1 ? 0 : 1);
  }
  close(ready[0]);
  setsid();
  return ready[1];
}

static int open_host(struct ctx *ctx, struct err *e) {
  static const char *const names[3] = {"self/ns/net", "self/ns/uts", "self/ns/ipc"};
  ctx->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ctx->host_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (ctx->proc < 0 || ctx->host_root < 0) return fail(e, errno, "open /proc and /");
  ctx->host_mnt = openat(ctx->proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
  ctx->own_pid_ns = openat(ctx->proc, "self/ns/pid", O_RDONLY | O_CLOEXEC);
  if (ctx->host_mnt < 0 || ctx->own_pid_ns < 0) return fail(e, errno, "open own namespaces");
  for (int i = 0; i < 3; i++) {
    ctx->host_ns[i] = openat(ctx->proc, names[i], O_RDONLY | O_CLOEXEC);
    if (ctx->host_ns[i] < 0) return fail(e, errno, "open %s", names[i]);
  }
  return 0;
}

static int prepare(struct ctx *ctx, struct err *e) {
  sigset_t all;
  prctl(PR_SET_NAME, "gantry-shim");
  /* Before any container exists: none may look into this process through /proc (CVE-2016-9962, CVE-2019-5736). */
  if (prctl(PR_SET_DUMPABLE, 0) < 0) return fail(e, errno, "become non-dumpable");
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return fail(e, errno, "become subreaper");
  if (open_host(ctx, e) < 0) return -1;
  if (read_small(ctx->proc, "self/oom_score_adj", ctx->oom_score, sizeof ctx->oom_score) < 0) ctx->oom_score[0] = 0;
  int score = openat(ctx->proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    if (write_text(score, "-999") < 0) note("oom_score_adj stays: %s", strerror(errno));
    close(score);
  }
  if (join_session_keyring() < 0 && errno != ENOSYS) note("session keyring stays the daemon's: %s", strerror(errno));
  umask(0);
  for (int s = 1; s < 32; s++) signal(s, SIG_DFL);
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  ctx->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (signals < 0 || ctx->epoll < 0) return fail(e, errno, "make signalfd and epoll");
  if (fcntl(FD_LISTENER, F_SETFD, FD_CLOEXEC) < 0) return fail(e, errno, "listening socket (fd 3)");
  if (fcntl(FD_STATE_DIR, F_SETFD, FD_CLOEXEC) < 0) return fail(e, errno, "state directory (fd 4)");
  if (watch(ctx, &ctx->signals, signals, take_signals, e) < 0) return -1;
  return watch(ctx, &ctx->listener, FD_LISTENER, connection_accept, e);
}

int main(int argc, char **argv) {
  struct err e;
  struct ctx ctx = {.state_dir = FD_STATE_DIR, .pod_pid_ns = -1, .user_ns = -1, .shm = -1, .pause_pidfd = -1};
  ctx.connection.fd = -1;
  if (argc != 3 || strcmp(argv[2], PROTOCOL_VERSION) != 0) {
    note("usage: gantry-shim POD-ID " PROTOCOL_VERSION);
    return 2;
  }
  k_close_range(FD_STATE_DIR + 1, ~0U, 0);
  int ready = leave_parent();
  if (prepare(&ctx, &e) < 0 || (write(ready, "x", 1) != 1 && fail(&e, errno, "report") < 0)) {
    note("start: %s: %s", e.text, strerror(e.number));
    return 1;
  }
  close(ready);
  while (true) {
    /* One event at a time: what it does may free what the next one is about. */
    struct epoll_event event;
    int n = epoll_wait(ctx.epoll, &event, 1, -1);
    if (n == 1) {
      struct source *source = event.data.ptr;
      source->ready(&ctx, source);
    } else if (n < 0 && errno != EINTR) {
      note("wait: %s", strerror(errno));
      return 1;
    }
  }
}
