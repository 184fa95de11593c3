/* Messages on the daemon's socket: one datagram each, fields ended by NUL, descriptors beside them. */
#ifndef GANTRY_MESSAGE_H
#define GANTRY_MESSAGE_H

#include "shim.h"

enum { MESSAGE_BYTES = 8192, MESSAGE_FIELDS = 16, MESSAGE_FDS = 6 };

struct message {
  char bytes[MESSAGE_BYTES + 1];
  char *field[MESSAGE_FIELDS];
  int fields;
  int fd[MESSAGE_FDS];
  int fds;
};

/* 1 when one came, 0 at the end of the connection, -1 with e (m->fields is 0 when not even a sequence is known). */
int message_receive(int socket, struct message *m, struct err *e);
int message_split(struct message *m, size_t length, struct err *e);
void message_close_fds(struct message *m);
int message_take_fd(struct message *m, int index);

struct answer {
  char bytes[1536];
  size_t length;
};

void answer_begin(struct answer *a, uint64_t sequence, const char *verb);
void answer_put(struct answer *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* To the daemon, if there is one. A daemon that does not take it in time is disconnected. */
void answer_send(struct ctx *ctx, struct answer *a, const int *fds, int count);
void answer_failed(struct ctx *ctx, uint64_t sequence, const struct err *e);
void answer_ok(struct ctx *ctx, uint64_t sequence);

/* Sends bytes and descriptors on a SEQPACKET socket; -1 with errno. */
int send_datagram(int socket, const void *bytes, size_t length, const int *fds, int count, int flags);

/* requests.c */
int request_name(int index, const char **name);
void connection_accept(struct ctx *ctx, struct source *listener);
void connection_close(struct ctx *ctx);
void tell_exited(struct ctx *ctx, struct container *c);

#endif
