/* The daemon's connection, and what each request does. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "kernel.h"
#include "requests.h"

static void put_exit(struct answer *a, const struct container *c) {
  answer_put(a, "%d", c->status);
  answer_put(a, "%d", c->oom ? 1 : 0);
  answer_put(a, "%llu", (unsigned long long)c->finished_ns);
}

void tell_exited(struct ctx *ctx, struct container *c) {
  struct answer a;
  answer_begin(&a, 0, "exited");
  answer_put(&a, "%s", c->id);
  put_exit(&a, c);
  answer_send(ctx, &a, NULL, 0);
}

static void tell_state(struct ctx *ctx, struct container *c) {
  struct answer a;
  answer_begin(&a, 0, "state");
  answer_put(&a, "%s", c->id);
  switch (c->process.state) {
    case STARTING:
      answer_put(&a, "starting");
      break;
    case RUNNING:
      answer_put(&a, "running");
      answer_put(&a, "%d", (int)c->process.pid);
      answer_put(&a, "%llu", (unsigned long long)c->process.start_ticks);
      break;
    case EXITED:
      answer_put(&a, "exited");
      put_exit(&a, c);
      break;
  }
  answer_send(ctx, &a, NULL, 0);
}

static int do_hello(struct request *r, struct err *e) {
  struct answer a;
  (void)e;
  answer_begin(&a, r->sequence, "hello");
  answer_put(&a, PROTOCOL_VERSION);
  answer_put(&a, "%d", (int)getpid());
  answer_send(r->ctx, &a, NULL, 0);
  for (struct container *c = r->ctx->containers; c; c = c->next) tell_state(r->ctx, c);
  answer_begin(&a, 0, "synced");
  answer_send(r->ctx, &a, NULL, 0);
  return 0;
}

static int do_sandbox(struct request *r, struct err *e) {
  struct ctx *ctx = r->ctx;
  struct answer a;
  struct plan plan;
  int fds[2] = {-1, -1}, count = 0;
  if (ctx->sandbox_failed) return fail(e, EINVAL, "sandbox: an earlier attempt failed, only shutdown is left");
  if (!ctx->sandboxed) {
    if (r->m->fds < 1) return fail(e, EINVAL, "sandbox: no plan");
    if (plan_map(&plan, r->m->fd[0], e) < 0) return -1;
    int result = sandbox_obey(ctx, &plan, e);
    plan_free(&plan);
    if (result < 0) {
      ctx->sandbox_failed = true;
      return -1;
    }
    ctx->sandboxed = true;
  }
  if (ctx->pod_new & CLONE_NEWNET) {
    fds[0] = openat(ctx->proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
    fds[1] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0); /* 0: NETLINK_ROUTE */
    count = 2;
    if (fds[0] < 0 || fds[1] < 0) {
      int number = errno;
      close_fd(&fds[0]);
      return fail(e, number, "open network namespace");
    }
  }
  answer_begin(&a, r->sequence, "sandbox");
  answer_put(&a, "%d", (int)ctx->pause_pid);
  answer_send(ctx, &a, fds, count);
  close_fd(&fds[0]);
  close_fd(&fds[1]);
  return 0;
}

static struct container *known(struct request *r, struct err *e) {
  struct container *c = find_container(r->ctx, r->arg[0]);
  if (!c) fail(e, ENOENT, "container %.*s is not known", ID_MAX, r->arg[0]);
  return c;
}

static bool signal_number(const char *text, int *signal) {
  uint64_t value;
  if (!parse_number(text, 10, 64, &value) || value == 0) return false;
  *signal = (int)value;
  return true;
}

static int do_signal(struct request *r, struct err *e) {
  struct container *c = known(r, e);
  int number;
  bool all = r->m->fields == 5 && strcmp(r->arg[2], "all") == 0;
  if (!c) return -1;
  if (!signal_number(r->arg[1], &number) || (r->m->fields == 5 && !all)) {
    return fail(e, EINVAL, "signal %s to %s", r->arg[1], c->id);
  }
  if (all && c->kill_dir[0] >= 0) {
    /* On v1 every directory lists the same processes: one is enough, and nobody gets a signal twice. */
    kill_directory(c->kill_dir[0], number);
  }
  /* Also with `all` SIGKILL: the process may be on its way into the cgroup. */
  if (!all || number == SIGKILL || c->kill_dir[0] < 0) {
    if (signal_process(&c->process, number) < 0) return fail(e, errno, "signal %d to %s", number, c->id);
  }
  answer_ok(r->ctx, r->sequence);
  return 0;
}

static int do_exec_signal(struct request *r, struct err *e) {
  struct container *c = find_container(r->ctx, r->arg[0]);
  struct exec *x = c ? find_exec(c, r->arg[1]) : NULL;
  int number;
  if (!signal_number(r->arg[2], &number)) return fail(e, EINVAL, "signal %s", r->arg[2]);
  if (x && signal_exec(r->ctx, &x->process, number) < 0) return fail(e, errno, "signal %d to exec %s", number, x->id);
  answer_ok(r->ctx, r->sequence);
  return 0;
}

static int do_reopen_log(struct request *r, struct err *e) {
  struct container *c = known(r, e);
  if (!c) return -1;
  if (r->m->fds < 1) return fail(e, EINVAL, "reopen-log %s: no file", c->id);
  if (c->process.state != EXITED) {
    close_fd(&c->log);
    c->log = message_take_fd(r->m, 0);
    c->log_errno = 0;
  }
  answer_ok(r->ctx, r->sequence);
  return 0;
}

static int do_attach(struct request *r, struct err *e) {
  struct container *c = known(r, e);
  struct answer a;
  int client;
  if (!c) return -1;
  if (c->process.state != RUNNING) return fail(e, ESRCH, "attach %s: not running", c->id);
  if (attach_session(r->ctx, c, r->arg[1], &client, e) < 0) return -1;
  answer_begin(&a, r->sequence, "attached");
  answer_send(r->ctx, &a, &client, 1);
  close(client);
  return 0;
}

static int do_resize(struct request *r, struct err *e) {
  struct container *c = known(r, e);
  if (!c) return -1;
  struct exec *x = *r->arg[1] ? find_exec(c, r->arg[1]) : NULL;
  if (*r->arg[1] && !x) return fail(e, ENOENT, "resize %s: exec is not known", c->id);
  if (resize_terminal(x ? x->process.tty : c->process.tty, r->arg[2], r->arg[3], e) < 0) return -1;
  answer_ok(r->ctx, r->sequence);
  return 0;
}

static int do_close_stdin(struct request *r, struct err *e) {
  struct container *c = known(r, e);
  if (!c) return -1;
  close_stdin(r->ctx, c);
  answer_ok(r->ctx, r->sequence);
  return 0;
}

static int do_forget(struct request *r, struct err *e) {
  struct container *c = find_container(r->ctx, r->arg[0]);
  char name[ID_MAX + 16];
  if (c && c->process.state != EXITED) return fail(e, EBUSY, "forget %s: it runs", c->id);
  if (c) {
    snprintf(name, sizeof name, "exit-%s", c->id);
    if (unlinkat(r->ctx->state_dir, name, 0) < 0 && errno != ENOENT) note("unlink %s: %s", name, strerror(errno));
    drop_container(r->ctx, c);
  }
  answer_ok(r->ctx, r->sequence);
  return 0;
}

static int do_shutdown(struct request *r, struct err *e) {
  (void)e;
  answer_ok(r->ctx, r->sequence);
  begin_ending(r->ctx);
  return 0;
}

static const struct {
  const char *verb;
  int min, max; /* arguments */
  int (*handle)(struct request *, struct err *);
} verbs[] = {
    {"hello", 1, 1, do_hello},
    {"sandbox", 0, 0, do_sandbox},
    {"start", 1, 1, do_start},
    {"signal", 2, 3, do_signal},
    {"exec", 2, 2, do_exec},
    {"exec-signal", 3, 3, do_exec_signal},
    {"reopen-log", 1, 1, do_reopen_log},
    {"attach", 2, 2, do_attach},
    {"resize", 4, 4, do_resize},
    {"close-stdin", 1, 1, do_close_stdin},
    {"forget", 1, 1, do_forget},
    {"dial", 2, 2, do_dial},
    {"sysctl", 1, 2, do_sysctl},
    {"shutdown", 0, 0, do_shutdown},
};

int request_name(int index, const char **name) {
  if ((size_t)index >= sizeof verbs / sizeof *verbs) return 0;
  *name = verbs[index].verb;
  return 1;
}

static void handle(struct ctx *ctx, struct message *m, struct err *e) {
  struct request r = {.ctx = ctx, .m = m, .arg = m->field + 2};
  int result = -1;
  if (m->fields < 2 || !parse_number(m->field[0], 10, UINT64_MAX, &r.sequence) || r.sequence == 0) {
    fail(e, EINVAL, "message without sequence and verb");
  } else {
    size_t i = 0, count = sizeof verbs / sizeof *verbs;
    while (i < count && strcmp(verbs[i].verb, m->field[1]) != 0) i++;
    if (i == count) fail(e, EINVAL, "no such request: %.64s", m->field[1]);
    else if (m->fields - 2 < verbs[i].min || m->fields - 2 > verbs[i].max)
      fail(e, EINVAL, "%s: arguments", m->field[1]);
    else result = verbs[i].handle(&r, e);
  }
  if (result < 0) answer_failed(ctx, r.sequence, e);
}

static void connection_ready(struct ctx *ctx, struct source *source) {
  struct message m;
  struct err e = {0};
  int result = message_receive(source->fd, &m, &e);
  if (result == 0) connection_close(ctx);
  else if (result < 0 && e.number != EAGAIN && e.number != EINTR) answer_failed(ctx, 0, &e);
  else if (result > 0) handle(ctx, &m, &e);
  message_close_fds(&m);
}

void connection_close(struct ctx *ctx) {
  unwatch(ctx, &ctx->connection);
  for (struct container *c = ctx->containers; c; c = c->next) {
    c->process.asked_by = 0;
    /* Whoever read the output of these is gone. */
    for (struct exec *x = c->execs; x; x = x->next) {
      x->process.asked_by = 0;
      signal_exec(ctx, &x->process, SIGKILL);
    }
  }
}

void connection_accept(struct ctx *ctx, struct source *listener) {
  struct err e;
  struct ucred peer;
  socklen_t length = sizeof peer;
  const struct timeval patience = {1, 0};
  int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || peer.uid != 0) {
    close(fd);
    return;
  }
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  connection_close(ctx);
  if (watch(ctx, &ctx->connection, fd, connection_ready, &e) < 0) close(fd);
}
