/* How processes begin and end: the child's report, reaping, the exit record, killing. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "launch.h"
#include "message.h"

void answer_started(struct ctx *ctx, struct process *p) {
  struct answer a;
  if (p->asked_by == 0) return;
  answer_begin(&a, p->asked_by, "started");
  answer_put(&a, "%d", (int)p->pid);
  answer_put(&a, "%llu", (unsigned long long)p->start_ticks);
  p->asked_by = 0;
  /* The terminal of an exec is the daemon's; that of a container stays here, for attach. */
  answer_send(ctx, &a, &p->tty, p->exec && p->tty >= 0 ? 1 : 0);
}

static void take_failure(struct process *p, const struct err *e) {
  p->failed = true;
  if (!p->failure) p->failure = malloc(sizeof *p->failure);
  if (p->failure) *p->failure = *e;
}

static void take_terminal(struct ctx *ctx, struct process *p, int master) {
  struct err e = {0};
  if (p->exec) p->tty = master;
  else if (stdio_terminal(ctx, p->container, master, &e) < 0) take_failure(p, &e);
}

/* The process that was cloned has cloned another, inside the pod's user namespace, and ends. */
static void take_over(struct ctx *ctx, struct process *p, pid_t pid, int pidfd) {
  close_fd(&p->pidfd);
  p->pid = pid;
  p->pidfd = pidfd;
  p->start_ticks = process_start_ticks(ctx, pid);
}

/* One report of a child that has not reached exec: 1, 0 when there will be no more, -1 when none is there yet. */
static int take_report(struct ctx *ctx, struct process *p) {
  struct report r;
  struct iovec data = {&r, sizeof r};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(p->report.fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN || errno == EINTR ? -1 : 0;
  if (n != (ssize_t)sizeof r) return 0;
  r.e.text[sizeof r.e.text - 1] = 0;
  struct cmsghdr *c = CMSG_FIRSTHDR(&header);
  int fd = -1;
  if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(c), sizeof fd);
  if (r.kind == 'E') take_failure(p, &r.e);
  else if (r.kind == 'W') note("%s: operation %d: %s", p->container->id, r.e.op, r.e.text);
  else if (r.kind == 'X') p->about_to_exec = true;
  else if (r.kind == 'P' && fd >= 0) take_over(ctx, p, r.pid, fd), fd = -1;
  else if (r.kind == 'T' && fd >= 0) take_terminal(ctx, p, fd), fd = -1;
  close_fd(&fd);
  return 1;
}

static void report_ends(struct ctx *ctx, struct process *p) {
  unwatch(ctx, &p->report);
  if (p->failed) return; /* answered when it is reaped: then nothing of it is left */
  if (!p->about_to_exec) {
    struct err e = {0};
    fail(&e, ESRCH, "killed before exec"); /* or it would have said why */
    take_failure(p, &e);
    return;
  }
  p->state = RUNNING;
  answer_started(ctx, p);
}

static void report_ready(struct ctx *ctx, struct source *source) {
  struct process *p = (struct process *)source;
  if (take_report(ctx, p) == 0) report_ends(ctx, p);
}

int process_watch(struct ctx *ctx, struct process *p, int report, struct err *e) {
  return watch(ctx, &p->report, report, report_ready, e);
}

int signal_process(const struct process *p, int signal) {
  if (p->state == EXITED || p->pidfd < 0) return 0;
  return k_pidfd_send_signal(p->pidfd, signal) < 0 && errno != ESRCH ? -1 : 0;
}

/* An exec and, for SIGKILL, all that it started. Its number cannot be another's while it has not been reaped. */
int signal_exec(struct ctx *ctx, const struct process *p, int signal) {
  if (signal == SIGKILL && p->pid > 1) {
    kill_descendants(ctx, p->pid);
    if (getpgid(p->pid) == p->pid) kill(-p->pid, SIGKILL); /* it leads a group when its plan made it a session */
  }
  return signal_process(p, signal);
}

/* One pass over cgroup.procs; how many were there, or -1. `which` gets a number that tells sets of them apart. */
static int signal_listed(int dir, int signal, uint64_t *which) {
  char text[4096];
  int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC), count = 0;
  *which = 0;
  if (fd < 0) return -1;
  uint64_t pid = 0;
  for (ssize_t n; (n = read(fd, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < n; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (uint64_t)(text[i] - '0');
      } else if (pid > 0) {
        count += kill((pid_t)pid, signal) == 0;
        *which += (pid * pid + 1) * 0x9e3779b97f4a7c15u;
        pid = 0;
      }
    }
  }
  close(fd);
  return count;
}

/*
 * Every process of a cgroup. For SIGKILL v2's cgroup.kill leaves no gap. On v1 the list is read again until it shows
 * none but those that had been killed before: who has a SIGKILL pending makes no more children. Nobody waits for them
 * to end.
 */
int kill_directory(int dir, int signal) {
  uint64_t before, which;
  if (signal == SIGKILL) {
    int fd = openat(dir, "cgroup.kill", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
      int result = write_text(fd, "1");
      close(fd);
      return result;
    }
  }
  int count = signal_listed(dir, signal, &which);
  for (int round = 0; signal == SIGKILL && count > 0 && round < 1000; round++) {
    before = which;
    count = signal_listed(dir, signal, &which);
    if (which == before) break;
  }
  return count < 0 ? -1 : 0;
}

static bool was_oom(const struct container *c) {
  char text[1024];
  ssize_t n = c->oom_fd < 0 ? -1 : pread(c->oom_fd, text, sizeof text - 1, 0);
  if (n < 0) return false;
  text[n] = 0;
  return keyed_number(text, "oom_kill") > 0;
}

/* By rename, so that a daemon that was away finds all of it or nothing. */
static void write_record(struct ctx *ctx, const struct container *c) {
  char name[ID_MAX + 16], temporary[ID_MAX + 16], line[96];
  snprintf(name, sizeof name, "exit-%s", c->id);
  snprintf(temporary, sizeof temporary, "exit-%s.new", c->id);
  snprintf(line, sizeof line, "%d %d %llu\n", c->status, c->oom ? 1 : 0, (unsigned long long)c->finished_ns);
  int fd = openat(ctx->state_dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write_text(fd, line) < 0 || renameat(ctx->state_dir, temporary, ctx->state_dir, name) < 0) {
    note("%s: exit record: %s", c->id, strerror(errno));
  }
  close_fd(&fd);
}

static void container_ended(struct ctx *ctx, struct container *c, int status) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  c->status = status;
  c->finished_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
  c->oom = was_oom(c);
  for (int i = 0; i < KILL_DIRS; i++) {
    if (c->kill_dir[i] >= 0) kill_directory(c->kill_dir[i], SIGKILL);
    close_fd(&c->kill_dir[i]);
  }
  close_fd(&c->oom_fd);
  stdio_drain(ctx, c);
  log_finish(ctx, c);
  stdio_close(ctx, c);
  close_fd(&c->log);
  c->process.state = EXITED;
  close_fd(&c->process.pidfd);
  write_record(ctx, c);
  tell_exited(ctx, c);
}

static void start_failed(struct ctx *ctx, struct process *p) {
  struct err nothing = {.number = ENOMEM, .text = "start"};
  uint64_t asked_by = p->asked_by;
  if (asked_by) answer_failed(ctx, asked_by, p->failure ? p->failure : &nothing);
  else if (p->failure) note("%s: start: %s: %s", p->container->id, p->failure->text, strerror(p->failure->number));
  if (p->exec) drop_exec(ctx, p->exec);
  else drop_container(ctx, p->container);
}

static void process_ended(struct ctx *ctx, struct process *p, int status) {
  struct answer a;
  if (p->state == STARTING && p->report.fd >= 0) {
    while (take_report(ctx, p) == 1) {}
    report_ends(ctx, p);
  }
  if (p->failed) {
    start_failed(ctx, p);
  } else if (p->exec) {
    answer_begin(&a, 0, "exec-exited");
    answer_put(&a, "%s", p->container->id);
    answer_put(&a, "%s", p->exec->id);
    answer_put(&a, "%d", status);
    drop_exec(ctx, p->exec);
    answer_send(ctx, &a, NULL, 0);
  } else {
    container_ended(ctx, p->container, status);
  }
}

static struct process *find_process(struct ctx *ctx, pid_t pid) {
  for (struct container *c = ctx->containers; c; c = c->next) {
    if (c->process.pid == pid && c->process.state != EXITED) return &c->process;
    for (struct exec *x = c->execs; x; x = x->next) {
      if (x->process.pid == pid) return &x->process;
    }
  }
  return NULL;
}

void reap_children(struct ctx *ctx) {
  int status;
  pid_t pid;
  /* First what processes said before they ended: one may have named another, that has ended too. */
  for (struct container *c = ctx->containers; c; c = c->next) {
    while (c->process.report.fd >= 0 && take_report(ctx, &c->process) == 1) {}
  }
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    struct process *p = find_process(ctx, pid);
    if (p) process_ended(ctx, p, status);
    else if (pid == ctx->pause_pid) {
      ctx->pause_pid = 0;
      close_fd(&ctx->pause_pidfd);
      if (!ctx->ending) {
        /* Nothing can be started in a PID namespace without its process 1: the pod ends, which the daemon sees. */
        note("process 1 of the pod ended with status %d: so does the pod", status);
        begin_ending(ctx);
      }
    }
  }
  if (ctx->ending && pid < 0 && errno == ECHILD) _exit(0);
}

void begin_ending(struct ctx *ctx) {
  ctx->ending = true;
  for (struct container *c = ctx->containers; c; c = c->next) {
    for (int i = 0; i < KILL_DIRS; i++) {
      if (c->kill_dir[i] >= 0) kill_directory(c->kill_dir[i], SIGKILL);
    }
    for (struct exec *x = c->execs; x; x = x->next) signal_exec(ctx, &x->process, SIGKILL);
    signal_process(&c->process, SIGKILL);
  }
  if (ctx->pause_pidfd >= 0) k_pidfd_send_signal(ctx->pause_pidfd, SIGKILL);
  alarm(10); /* what cannot be killed (D state) must not keep the shim */
  reap_children(ctx);
}
