/* Paths inside the container's root. The image made them, so none is trusted: the kernel resolves each at the moment of
 * use, with the root as the end of every `..` and of every absolute symlink, and through no magic link. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "kernel.h"

int root_open(struct child *c, const char *path, uint64_t flags) {
  while (*path == '/') path++;
  return k_openat2(c->root, *path ? path : ".", flags, 0, IN_ROOT | IN_NO_MAGICLINKS);
}

/* Opens what an O_PATH descriptor is about; through the host's /proc, never the container's. */
int root_reopen(struct child *c, int fd, int flags) {
  char link[32];
  snprintf(link, sizeof link, "self/fd/%d", fd);
  return openat(c->ctx->proc, link, flags | O_CLOEXEC);
}

/*
 * Puts the target of the symlink path[0..end) in its place, in front of the rest. A dangling link such as
 * /etc/resolv.conf -> /run/x is followed to where it points inside the root and the target made there.
 */
static int follow(char *path, size_t start, size_t end, int parent, const char *name) {
  char link[PATH_MAX], rest[PATH_MAX];
  ssize_t length = readlinkat(parent, name, link, sizeof link - 1);
  if (length < 0) return 0;
  link[length] = 0;
  size_t keep = link[0] == '/' ? 0 : start;
  size_t rest_length = strlen(path + end);
  if (keep + (size_t)length + rest_length + 1 > PATH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(rest, path + end, rest_length + 1);
  memcpy(path + keep, link, (size_t)length);
  memcpy(path + keep + length, rest, rest_length + 1);
  return 1;
}

/* One missing part: path[0..start) exists and is a directory, path[start..end) does not resolve. 1 when a link was
 * followed. */
static int make_part(struct child *c, char *path, size_t start, size_t end, enum make what, mode_t mode) {
  char name[NAME_MAX + 1];
  char saved = path[start];
  if (end - start > NAME_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(name, path + start, end - start);
  name[end - start] = 0;
  path[start] = 0;
  int parent = root_open(c, path, O_PATH | O_DIRECTORY);
  path[start] = saved;
  if (parent < 0) return -1;
  int result = follow(path, start, end, parent, name);
  if (result == 0 && what == MAKE_DIR) result = mkdirat(parent, name, mode);
  if (result == 0 && what == MAKE_FILE) {
    int file = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    result = file < 0 ? -1 : 0;
    close_fd(&file);
  }
  int number = errno;
  close(parent);
  errno = number;
  return result < 0 && number == EEXIST ? 0 : result;
}

static int make_missing(struct child *c, char *path, enum make what, mode_t mode) {
  for (int links = 0; links < 40; links++) {
    bool followed = false;
    for (size_t start = strspn(path, "/"); path[start] && !followed;) {
      size_t end = start + strcspn(path + start, "/"), next = end + strspn(path + end, "/");
      char saved = path[end];
      path[end] = 0;
      int fd = root_open(c, path, O_PATH);
      int number = errno;
      path[end] = saved;
      bool last = path[next] == 0;
      if (fd < 0) {
        if (number != ENOENT) return errno = number, -1;
        int made = make_part(c, path, start, end, last ? what : MAKE_DIR, last ? mode : 0755);
        if (made < 0) return -1;
        followed = made == 1;
      }
      close_fd(&fd);
      start = next;
    }
    if (!followed) return 0;
  }
  errno = ELOOP;
  return -1;
}

int root_make(struct child *c, const char *path, enum make what, mode_t mode, struct err *e) {
  char buffer[PATH_MAX];
  if (c->root < 0) return fail(e, EINVAL, "%s: no root yet", path);
  int fd = root_open(c, path, O_PATH);
  if (fd >= 0) return fd;
  if (errno != ENOENT || what == MAKE_NOTHING) return fail(e, errno, "open %s in the container", path);
  if (strlen(path) >= sizeof buffer) return fail(e, ENAMETOOLONG, "make %s in the container", path);
  memcpy(buffer, path, strlen(path) + 1);
  if (make_missing(c, buffer, what, mode) < 0) return fail(e, errno, "make %s in the container", path);
  fd = root_open(c, path, O_PATH);
  return fd < 0 ? fail(e, errno, "open %s in the container", path) : fd;
}

int root_parent(struct child *c, char *path, const char **name, struct err *e) {
  char *slash = strrchr(path, '/');
  *name = slash ? slash + 1 : path;
  if (**name == 0 || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) return fail(e, EINVAL, "make %s", path);
  if (!slash) return root_make(c, "/", MAKE_NOTHING, 0, e);
  *slash = 0;
  int fd = root_make(c, path[0] ? path : "/", MAKE_DIR, 0755, e);
  *slash = '/';
  return fd;
}
