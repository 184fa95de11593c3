/* Requests about the pod's network, which the shim lives in. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel.h"
#include "requests.h"

/* The shim lives in the pod's network, so its socket is one of the pod: port-forward without entering anything. */
int do_dial(struct request *r, struct err *e) {
  struct sockaddr_in v4 = {.sin_family = AF_INET};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  bool six = strcmp(r->arg[0], "6") == 0;
  uint64_t port;
  struct answer a;
  if ((!six && strcmp(r->arg[0], "4") != 0) || !parse_number(r->arg[1], 10, 65535, &port) || port == 0) {
    return fail(e, EINVAL, "dial %s %s", r->arg[0], r->arg[1]);
  }
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  v4.sin_port = v6.sin6_port = htons((uint16_t)port);
  int s = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (s < 0) return fail(e, errno, "dial port %s: socket", r->arg[1]);
  /* What is forwarded has been collected into packets once already. */
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  const struct sockaddr *to = six ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
  if (connect(s, to, six ? sizeof v6 : sizeof v4) < 0 && errno != EINPROGRESS) {
    int number = errno;
    close(s);
    return fail(e, number, "dial port %s", r->arg[1]);
  }
  answer_begin(&a, r->sequence, "dialled");
  answer_send(r->ctx, &a, &s, 1);
  close(s);
  return 0;
}

/* Settings of the pod's network, for plugins: the kernel shows them only to those who live in it. */
int do_sysctl(struct request *r, struct err *e) {
  struct ctx *ctx = r->ctx;
  char value[1024];
  struct answer a;
  if (!(ctx->pod_new & CLONE_NEWNET) || strncmp(r->arg[0], "net/", 4) != 0 || strstr(r->arg[0], "..")) {
    return fail(e, EINVAL, "sysctl %s: not of the pod's network", r->arg[0]);
  }
  if (r->m->fields == 4 && write_sysctl(ctx->proc, r->arg[0], r->arg[1], e) < 0) return -1;
  if (read_sysctl(ctx->proc, r->arg[0], value, sizeof value, e) < 0) return -1;
  answer_begin(&a, r->sequence, "sysctl");
  answer_put(&a, "%s", value);
  answer_send(ctx, &a, NULL, 0);
  return 0;
}
