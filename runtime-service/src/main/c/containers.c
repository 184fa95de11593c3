/* The table of containers and execs. */
#include <stdlib.h>
#include <string.h>

#include "shim.h"

bool valid_id(const char *id) {
  size_t length = strlen(id);
  if (length == 0 || length > ID_MAX) return false;
  for (const char *c = id; *c; c++) {
    bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
    if (!plain && !(c != id && (*c == '-' || *c == '_' || *c == '.'))) return false;
  }
  return true;
}

static void process_init(struct process *p, struct container *c, struct exec *x) {
  *p = (struct process){.container = c, .exec = x, .pidfd = -1, .tty = -1};
  p->report.fd = -1;
}

static void process_end(struct ctx *ctx, struct process *p) {
  unwatch(ctx, &p->report);
  close_fd(&p->pidfd);
  close_fd(&p->tty);
  free(p->failure);
  p->failure = NULL;
}

struct container *find_container(struct ctx *ctx, const char *id) {
  struct container *c = ctx->containers;
  while (c && strcmp(c->id, id) != 0) c = c->next;
  return c;
}

struct container *new_container(struct ctx *ctx, const char *id) {
  struct container *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  process_init(&c->process, c, NULL);
  c->out = (struct stream){.source.fd = -1, .container = c, .name = "stdout"};
  c->err = (struct stream){.source.fd = -1, .container = c, .name = "stderr"};
  c->in.fd = c->log = c->oom_fd = -1;
  for (int i = 0; i < KILL_DIRS; i++) c->kill_dir[i] = -1;
  memcpy(c->id, id, strlen(id) + 1);
  c->next = ctx->containers;
  ctx->containers = c;
  return c;
}

void drop_container(struct ctx *ctx, struct container *c) {
  struct container **at = &ctx->containers;
  while (*at != c) at = &(*at)->next;
  *at = c->next;
  while (c->execs) drop_exec(ctx, c->execs);
  stdio_close(ctx, c);
  process_end(ctx, &c->process);
  close_fd(&c->log);
  close_fd(&c->oom_fd);
  for (int i = 0; i < KILL_DIRS; i++) close_fd(&c->kill_dir[i]);
  free(c);
}

struct exec *find_exec(struct container *c, const char *id) {
  struct exec *x = c->execs;
  while (x && strcmp(x->id, id) != 0) x = x->next;
  return x;
}

struct exec *new_exec(struct container *c, const char *id) {
  struct exec *x = calloc(1, sizeof *x);
  if (!x) return NULL;
  process_init(&x->process, c, x);
  x->container = c;
  memcpy(x->id, id, strlen(id) + 1);
  x->next = c->execs;
  c->execs = x;
  return x;
}

void drop_exec(struct ctx *ctx, struct exec *x) {
  struct exec **at = &x->container->execs;
  while (*at != x) at = &(*at)->next;
  *at = x->next;
  process_end(ctx, &x->process);
  free(x);
}
