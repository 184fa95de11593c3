/* A request of the daemon, between the modules that answer some of them. */
#ifndef GANTRY_REQUESTS_H
#define GANTRY_REQUESTS_H

#include "launch.h"
#include "message.h"

/* A handler answers by itself and returns 0, or fails with e and is answered for. */
struct request {
  struct ctx *ctx;
  struct message *m;
  uint64_t sequence;
  char **arg; /* the fields after the verb */
};

/* starts.c */
int do_start(struct request *r, struct err *e);
int do_exec(struct request *r, struct err *e);

/* network.c */
int do_dial(struct request *r, struct err *e);
int do_sysctl(struct request *r, struct err *e);

#endif
