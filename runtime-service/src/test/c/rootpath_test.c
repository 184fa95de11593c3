#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "child.h"

static struct child c;
static struct err e;

static void makes(const char *path, enum make what, const char *appears) {
  struct stat st, other;
  int fd = root_make(&c, path, what, what == MAKE_DIR ? 0755 : 0644, &e);
  CHECK(fd >= 0);
  if (fd < 0) {
    fprintf(stderr, "%s: %s\n", e.text, strerror(e.number));
    return;
  }
  CHECK(fstat(fd, &st) == 0 && fstatat(c.root, appears, &other, AT_SYMLINK_NOFOLLOW) == 0);
  CHECK(st.st_ino == other.st_ino);
  CHECK(what == MAKE_DIR ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode));
  close(fd);
}

static void refuses(const char *path, enum make what, int number) {
  int fd = root_make(&c, path, what, 0755, &e);
  CHECK(fd == -1 && e.number == number);
  close_fd(&fd);
}

void test_rootpath(void) {
  char base[] = "/tmp/gantry-root-test-XXXXXX", command[128];
  CHECK(mkdtemp(base) != NULL && chdir(base) == 0);
  CHECK(mkdir("root", 0755) == 0 && mkdir("root/etc", 0755) == 0 && mkdir("outside", 0755) == 0);
  CHECK(symlink("/run/systemd/resolv.conf", "root/etc/resolv.conf") == 0);
  CHECK(symlink("../../../../outside", "root/up") == 0);
  CHECK(symlink("/etc", "root/abs") == 0);
  CHECK(symlink("loop2", "root/loop1") == 0 && symlink("loop1", "root/loop2") == 0);
  CHECK(symlink("/proc/self/root", "root/magic") == 0);
  CHECK(symlink("gone/deep", "root/etc/dangle") == 0);
  c.root = open("root", O_PATH | O_DIRECTORY);
  makes("/a/b/c", MAKE_DIR, "a/b/c");
  makes("//a///b/file", MAKE_FILE, "a/b/file");
  makes("/a/b/file", MAKE_FILE, "a/b/file");
  makes("/", MAKE_DIR, ".");
  makes("/../../x", MAKE_DIR, "x");
  makes("/abs/made", MAKE_FILE, "etc/made");
  makes("/etc/resolv.conf", MAKE_FILE, "run/systemd/resolv.conf");
  makes("/etc/dangle/er", MAKE_DIR, "etc/gone/deep/er");
  makes("/up/in", MAKE_DIR, "outside/in");
  CHECK(access("outside/in", F_OK) == -1);
  refuses("/loop1", MAKE_DIR, ELOOP);
  refuses("/loop1/x", MAKE_DIR, ELOOP);
  refuses("/a/b/file/x", MAKE_DIR, ENOTDIR);
  refuses("/nothing", MAKE_NOTHING, ENOENT);
  char path[32] = "/dev/new";
  const char *name;
  int fd = root_parent(&c, path, &name, &e);
  CHECK(fd >= 0);
  CHECK_TEXT(name, "new");
  CHECK_TEXT(path, "/dev/new");
  close_fd(&fd);
  strcpy(path, "/dev/..");
  CHECK(root_parent(&c, path, &name, &e) == -1 && e.number == EINVAL);
  close(c.root);
  CHECK(chdir("/") == 0);
  snprintf(command, sizeof command, "rm -rf %s", base);
  CHECK(system(command) == 0);
}
