#include "shim.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel.h"

const struct namespace_kind pod_namespaces[3] = {{"net", CLONE_NEWNET}, {"uts", CLONE_NEWUTS}, {"ipc", CLONE_NEWIPC}};

static const struct namespace_kind all_namespaces[] = {
    {"net", CLONE_NEWNET},  {"uts", CLONE_NEWUTS},       {"ipc", CLONE_NEWIPC},  {"pid", CLONE_NEWPID},
    {"mount", CLONE_NEWNS}, {"cgroup", CLONE_NEWCGROUP}, {"user", CLONE_NEWUSER}};

static bool listed(const char *names, const char *name, size_t length) {
  const char *at = names;
  size_t n = 0;
  while (next_name(&at, &n)) {
    if (n == length && memcmp(at, name, n) == 0) return true;
  }
  return false;
}

int namespace_flags(const char *names, const char *allowed, unsigned *flags, struct err *e) {
  const char *at = names;
  size_t length = 0, count = sizeof all_namespaces / sizeof *all_namespaces;
  *flags = 0;
  while (next_name(&at, &length)) {
    size_t i = 0;
    while (i < count && !name_is(at, length, all_namespaces[i].name)) i++;
    if (i == count || !listed(allowed, at, length)) {
      return fail(e, EINVAL, "namespace %.*s", (int)length, at);
    }
    *flags |= all_namespaces[i].flag;
  }
  return 0;
}

int loopback_up(struct err *e) {
  struct ifreq request = {0};
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s < 0) return fail(e, errno, "bring lo up: socket");
  memcpy(request.ifr_name, "lo", 3);
  int result = ioctl(s, SIOCGIFFLAGS, &request);
  if (result == 0) {
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP | IFF_RUNNING);
    result = ioctl(s, SIOCSIFFLAGS, &request);
  }
  int number = errno;
  close(s);
  return result < 0 ? fail(e, number, "bring lo up") : 0;
}

/*
 * Through the descriptor of the host's /proc: the sysctls of namespaces show there as those of whoever writes. Nothing
 * of a container's own /proc is opened, so no path of its making can lead the write elsewhere (CVE-2025-52881).
 */
static int open_sysctl(int proc, const char *name, int flags, struct err *e) {
  char path[256];
  int length = snprintf(path, sizeof path, "sys/%s", name);
  if (length < 0 || (size_t)length >= sizeof path) return fail(e, ENAMETOOLONG, "sysctl %s", name);
  int fd = k_openat2(proc, path, flags, 0, IN_ROOT | IN_NO_SYMLINKS);
  return fd < 0 ? fail(e, errno, "sysctl %s", name) : fd;
}

int write_sysctl(int proc, const char *name, const char *value, struct err *e) {
  int fd = open_sysctl(proc, name, O_WRONLY, e);
  if (fd < 0) return -1;
  int result = write_text(fd, value), number = errno;
  close(fd);
  return result < 0 ? fail(e, number, "sysctl %s=%s", name, value) : 0;
}

/* The value without the end of its line; one that does not fit is an error. */
int read_sysctl(int proc, const char *name, char *value, size_t size, struct err *e) {
  int fd = open_sysctl(proc, name, O_RDONLY, e);
  if (fd < 0) return -1;
  ssize_t got = read(fd, value, size);
  int number = errno;
  close(fd);
  if (got < 0) return fail(e, number, "read sysctl %s", name);
  if ((size_t)got == size) return fail(e, EMSGSIZE, "read sysctl %s", name);
  if (got > 0 && value[got - 1] == '\n') got--;
  value[got] = 0;
  return 0;
}
