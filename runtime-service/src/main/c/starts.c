/* Requests that make processes: containers, and what is executed in them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "requests.h"

/* Takes over what the launch opened for the container. */
static void adopt(struct container *c, struct launch *l) {
  c->log_max = (size_t)l->log_max;
  c->oom_fd = l->oom_fd;
  l->oom_fd = -1;
  for (int i = 0; i < KILL_DIRS; i++) {
    c->kill_dir[i] = l->kill_dir[i];
    l->kill_dir[i] = -1;
  }
}

static int begin(struct ctx *ctx, struct process *p, struct launch *l, struct err *e) {
  if (launch_clone(ctx, l, p, e) < 0) return -1;
  int report = l->report[0];
  l->report[0] = -1;
  if (process_watch(ctx, p, report, e) == 0) return 0;
  close(report);
  k_pidfd_send_signal(p->pidfd, SIGKILL);
  return -1;
}

int do_start(struct request *r, struct err *e) {
  struct ctx *ctx = r->ctx;
  struct launch l;
  struct container *c = find_container(ctx, r->arg[0]);
  if (c) {
    c->process.asked_by = r->sequence;
    if (c->process.state != STARTING) answer_started(ctx, &c->process);
    return 0;
  }
  if (!valid_id(r->arg[0])) return fail(e, EINVAL, "start: container id");
  if (!ctx->sandboxed || ctx->ending) return fail(e, EINVAL, "start %s: no sandbox", r->arg[0]);
  if (r->m->fds < 1) return fail(e, EINVAL, "start %s: no plan", r->arg[0]);
  if (launch_prepare(ctx, &l, r->m->fd[0], e) < 0) return -1;
  if (l.stdio == STDIO_FDS) {
    for (int i = 0; i < 3; i++) l.child_fd[i] = message_take_fd(r->m, i + 1);
  }
  c = new_container(ctx, r->arg[0]);
  int result = c ? begin(ctx, &c->process, &l, e) : fail(e, ENOMEM, "start %s", r->arg[0]);
  if (result == 0) {
    adopt(c, &l);
    if (l.stdio == STDIO_LOG || l.stdio == STDIO_TTY) c->log = message_take_fd(r->m, 1);
    c->stdin_open = l.stdin_open;
    result = stdio_watch(ctx, c, l.parent_fd, e);
    for (int i = 0; i < 3; i++) l.parent_fd[i] = -1;
    if (result < 0) signal_process(&c->process, SIGKILL);
  }
  launch_free(&l);
  if (result < 0) {
    if (c) drop_container(ctx, c);
    return -1;
  }
  c->process.asked_by = r->sequence;
  return 0;
}

int do_exec(struct request *r, struct err *e) {
  struct ctx *ctx = r->ctx;
  struct launch l;
  struct container *c = find_container(ctx, r->arg[0]);
  if (!c || c->process.state != RUNNING) return fail(e, ESRCH, "exec in %.*s: not running", ID_MAX, r->arg[0]);
  if (!valid_id(r->arg[1])) return fail(e, EINVAL, "exec in %s: exec id", c->id);
  struct exec *x = find_exec(c, r->arg[1]);
  if (x) {
    x->process.asked_by = r->sequence;
    if (x->process.state == RUNNING) answer_started(ctx, &x->process);
    return 0;
  }
  if (r->m->fds < 1) return fail(e, EINVAL, "exec in %s: no plan", c->id);
  if (launch_prepare(ctx, &l, r->m->fd[0], e) < 0) return -1;
  if (l.stdio == STDIO_LOG) {
    launch_free(&l);
    return fail(e, EINVAL, "exec in %s: stdio log", c->id);
  }
  if (l.stdio == STDIO_FDS) {
    for (int i = 0; i < 3; i++) l.child_fd[i] = message_take_fd(r->m, i + 1);
  }
  x = new_exec(c, r->arg[1]);
  int result = x ? begin(ctx, &x->process, &l, e) : fail(e, ENOMEM, "exec in %s", c->id);
  launch_free(&l);
  if (result < 0) {
    if (x) drop_exec(ctx, x);
    return -1;
  }
  x->process.asked_by = r->sequence;
  return 0;
}
