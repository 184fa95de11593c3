/*
 * gantry-shim: one process per pod that owns what must outlive the daemon. It decides nothing: it obeys plans
 * (docs/shim.md). The order of reading is main.c, message.c, requests.c, sandbox.c, launch.c, child.c, exits.c.
 */
#ifndef GANTRY_SHIM_H
#define GANTRY_SHIM_H

#include <sys/types.h>
#include <time.h>

#include "plan.h"
#include "text.h"

#define PROTOCOL_VERSION "1"

enum { FD_LISTENER = 3, FD_STATE_DIR = 4, ID_MAX = 128, KILL_DIRS = 16 };

struct ctx;
struct container;

/* Something the loop waits for. Embedded as the first member of what `ready` is about. */
struct source {
  int fd;
  void (*ready)(struct ctx *ctx, struct source *source);
};

/* A child of the shim from clone to reaping: a container's init or an exec. */
struct process {
  struct source report; /* the child's way to say why it failed; closes on exec */
  struct container *container;
  struct exec *exec; /* NULL for the init process */
  pid_t pid;
  int pidfd;
  uint64_t start_ticks;
  enum { STARTING, RUNNING, EXITED } state;
  bool about_to_exec;
  bool failed;
  struct err *failure; /* while STARTING, when the child reported one */
  uint64_t asked_by;   /* sequence of the request that wants to know; 0 when its connection is gone */
  int tty;             /* pty master, or -1 */
};

/* One end of what a container writes. `carry` holds the begun line and exists only while there is one. */
struct stream {
  struct source source;
  struct container *container;
  const char *name; /* stdout, stderr */
  char *carry;
  size_t carried;
};

struct exec {
  struct exec *next;
  struct container *container;
  struct process process;
  char id[ID_MAX + 1];
};

/* One attached client: a SEQPACKET end on which datagrams `i`, `o`, `e` + bytes pass. */
struct session {
  struct source source;
  struct session *next;
  struct container *container; /* NULL when it has ended and output is pending */
  bool want_in, want_out, want_err;
  char *pending; /* datagrams that the client has no room for yet, each behind its length */
  size_t pending_at, pending_length;
  time_t stalled_since;
};

struct container {
  struct container *next;
  struct process process;
  struct exec *execs;
  struct session *sessions;
  struct stream out, err;
  struct source in; /* write end of stdin; the loop waits for room in it only while `input` holds something */
  bool in_ends;     /* to be closed when `input` is written */
  bool stdin_open;
  char *input;
  size_t input_at, input_length;
  bool output_paused; /* until a slow client has room */
  int log;
  size_t log_max;
  int log_errno; /* the last one said; 0 after a write that succeeded */
  uint64_t log_lost;
  int oom_fd;
  int kill_dir[KILL_DIRS];
  int status;
  bool oom;
  uint64_t finished_ns;
  char id[ID_MAX + 1];
};

/* The only state of the program. */
struct ctx {
  int epoll;
  struct source listener, signals, connection;
  int state_dir;
  int proc;      /* the host's /proc, opened before any container existed */
  int host_root; /* the host's /, O_PATH */
  int host_mnt;  /* the host's mount namespace */
  int own_pid_ns;
  int host_ns[3];   /* net, uts, ipc of the host, in the order of pod_namespaces */
  int pod_pid_ns;   /* -1 without shared process namespace */
  int user_ns;      /* the pod's, which the shim never enters; -1 without */
  uid_t mapped_uid; /* who its root is outside */
  gid_t mapped_gid;
  int shm;          /* the pod's /dev/shm as an O_PATH directory in the shim's own mount namespace, or -1 */
  unsigned pod_new; /* CLONE_NEW* flags of the namespaces that the pod has of its own; the shim lives in them */
  bool sandboxed, sandbox_failed;
  char oom_score[16]; /* what oom_score_adj was before the shim's own was lowered */
  pid_t pause_pid;
  int pause_pidfd;
  struct container *containers;
  struct session *lingering; /* of containers that have ended */
  bool ending;
};

/* main.c */
int watch(struct ctx *ctx, struct source *source, int fd, void (*ready)(struct ctx *, struct source *), struct err *e);
int watch_for_room(struct ctx *ctx, struct source *source, void (*ready)(struct ctx *, struct source *));
void pause_source(struct ctx *ctx, struct source *source, bool paused);
void unwatch(struct ctx *ctx, struct source *source);
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* namespaces.c */
struct namespace_kind {
  const char *name;
  unsigned flag;
};
extern const struct namespace_kind pod_namespaces[3];
int namespace_flags(const char *names, const char *allowed, unsigned *flags, struct err *e);
int loopback_up(struct err *e);
int write_sysctl(int proc, const char *name, const char *value, struct err *e);
int read_sysctl(int proc, const char *name, char *value, size_t size, struct err *e);

/* userns.c */
int userns_make(struct ctx *ctx, const char *uids, const char *gids, struct err *e);
int userns_sysctl(struct ctx *ctx, const char *name, const char *value, struct err *e);
int userns_unshare(struct ctx *ctx, unsigned flags, struct err *e);

/* sandbox.c */
/* Names of the operations and requests that exist, for the test against docs/shim.md; 0 beyond the last. */
int sandbox_rule_name(int index, const char **name);
int sandbox_obey(struct ctx *ctx, const struct plan *plan, struct err *e);

/* child.c */
/* Moves the caller into a cgroup of version 1, by its directory on the host. */
int join_cgroup(const struct ctx *ctx, const char *directory, struct err *e);

/* credentials.c */
int drop_capabilities(void);

/* containers.c: the table */
struct container *find_container(struct ctx *ctx, const char *id);
struct container *new_container(struct ctx *ctx, const char *id);
void drop_container(struct ctx *ctx, struct container *c);
struct exec *find_exec(struct container *c, const char *id);
struct exec *new_exec(struct container *c, const char *id);
void drop_exec(struct ctx *ctx, struct exec *x);
bool valid_id(const char *id);

/* exits.c */
int process_watch(struct ctx *ctx, struct process *p, int report, struct err *e);
void answer_started(struct ctx *ctx, struct process *p);
void reap_children(struct ctx *ctx);
int kill_directory(int dir, int signal);
int signal_process(const struct process *p, int signal);
int signal_exec(struct ctx *ctx, const struct process *p, int signal);
void begin_ending(struct ctx *ctx);

/* descendants.c */
void kill_descendants(struct ctx *ctx, pid_t root);

/* log.c */
int log_pump(struct ctx *ctx, struct stream *s);
void log_finish(struct ctx *ctx, struct container *c);

/* stdio.c */
int stdio_watch(struct ctx *ctx, struct container *c, const int ends[3], struct err *e);
int stdio_terminal(struct ctx *ctx, struct container *c, int master, struct err *e);
void stdio_drain(struct ctx *ctx, struct container *c);
void stdio_close(struct ctx *ctx, struct container *c);
int resize_terminal(int tty, const char *rows, const char *columns, struct err *e);

/* attach.c */
int attach_session(struct ctx *ctx, struct container *c, const char *streams, int *client, struct err *e);
void copy_to_sessions(struct ctx *ctx, struct container *c, const char *stream, const char *bytes, size_t length);
void close_stdin(struct ctx *ctx, struct container *c);
void drop_late_sessions(struct ctx *ctx);
void end_sessions(struct ctx *ctx, struct container *c);

/* selinux.c; a label of NULL is none */
enum { LABEL_BYTES = 256 };
bool is_label(const char *label);
/* All files of a file system that is about to be made, while it can still be configured. */
int label_filesystem(const char *label, int fs);

#endif
