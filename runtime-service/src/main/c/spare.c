/*
 * A shim that was started before there is a pod for it, so that no pod waits for it. Descriptor 3 is its end of a
 * SEQPACKET pair until then, 4 keeps a place.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "kernel.h"
#include "message.h"

enum { LOG, LISTENER, STATE_DIR, POD_FDS };

static int take_descriptors(struct message *m, struct err *e) {
  static const int places[POD_FDS] = {[LOG] = 2, [LISTENER] = FD_LISTENER, [STATE_DIR] = FD_STATE_DIR};
  for (int i = 0; i < POD_FDS; i++) {
    if (dup2(m->fd[i], places[i]) < 0) return fail(e, errno, "take descriptor %d of the pod", places[i]);
  }
  message_close_fds(m);
  return 0;
}

/*
 * Until the daemon says whose shim this is: one message, the pod's id, with its log, listening socket and state
 * directory. Then `id` and `role`, words of the command line, say what those of an ordinary shim say. A daemon that
 * ends has no use for a spare, which ends too.
 */
int spare_await_pod(char *id, char *role, struct err *e) {
  struct message m;
  struct pollfd daemon = {.fd = FD_LISTENER, .events = POLLIN};
  while (poll(&daemon, 1, -1) < 0) {
    if (errno != EINTR) return fail(e, errno, "wait for a pod");
  }
  int got = message_receive(FD_LISTENER, &m, e);
  if (got == 0) _exit(0);
  if (got < 0) return -1;
  if (m.fields != 1 || m.fds != POD_FDS || strlen(m.field[0]) != strlen(id)) {
    message_close_fds(&m);
    return fail(e, EINVAL, "not a pod's id with %d descriptors", POD_FDS);
  }
  memcpy(id, m.field[0], strlen(id));
  memset(role, 0, strlen(role));
  return take_descriptors(&m, e);
}
