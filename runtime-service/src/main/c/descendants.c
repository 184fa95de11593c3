/* What an exec started, down to what left its session. An exec is the subreaper of its descendants (child.c), so as
 * long as it is there all of them are below it, also those whose own parents have ended. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "shim.h"

enum { MOST = 4096, ROUNDS = 50 };

struct tree {
  pid_t pid[MOST];
  int count;
};

static void add_children(struct tree *t, int dir, const char *thread) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "%.20s/children", thread);
  int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
  pid_t pid = 0;
  for (ssize_t n; fd >= 0 && (n = read(fd, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < n; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        if (t->count < MOST) t->pid[t->count++] = pid;
        pid = 0;
      }
    }
  }
  close_fd(&fd);
}

/* The children of a process are those of its threads. */
static void add_children_of(struct ctx *ctx, struct tree *t, pid_t parent) {
  char path[32];
  snprintf(path, sizeof path, "%d/task", (int)parent);
  int fd = openat(ctx->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *threads = fd < 0 ? NULL : fdopendir(fd);
  if (!threads) {
    close_fd(&fd);
    return;
  }
  for (struct dirent *d; (d = readdir(threads));) {
    if (d->d_name[0] != '.') add_children(t, dirfd(threads), d->d_name);
  }
  closedir(threads);
}

static bool lives(struct ctx *ctx, pid_t pid) {
  char path[32], stat[1024];
  snprintf(path, sizeof path, "%d/stat", (int)pid);
  if (read_small(ctx->proc, path, stat, sizeof stat) < 0) return false;
  const char *name_end = strrchr(stat, ')');
  return name_end && name_end[1] && name_end[2] != 'Z' && name_end[2] != 'X';
}

/*
 * The root is stopped meanwhile: it starts nothing more and reaps nobody, so no number of its children becomes
 * another's. Those that are killed hand their children to it, for the next round.
 */
void kill_descendants(struct ctx *ctx, pid_t root) {
  const struct timespec pause = {0, 1000000};
  struct tree *t = malloc(sizeof *t);
  if (!t || kill(root, SIGSTOP) < 0) {
    free(t);
    return;
  }
  for (int round = 0, killed = 1; killed > 0 && round < ROUNDS; round++) {
    if (round > 0) nanosleep(&pause, NULL);
    killed = t->count = 0;
    add_children_of(ctx, t, root);
    for (int i = 0; i < t->count; i++) {
      add_children_of(ctx, t, t->pid[i]);
      if (lives(ctx, t->pid[i])) killed += kill(t->pid[i], SIGKILL) == 0;
    }
  }
  free(t);
}
