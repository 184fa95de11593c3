#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "message.h"

static void splits(void) {
  struct message m = {0};
  struct err e;
  memcpy(m.bytes, "7\0resize\0c\0\00030\00080", 18);
  CHECK(message_split(&m, 18, &e) == 0 && m.fields == 6);
  CHECK_TEXT(m.field[3], "");
  CHECK_TEXT(m.field[5], "80");
  CHECK(message_split(&m, 17, &e) == -1);
  CHECK(message_split(&m, 0, &e) == -1);
  memset(m.bytes, 0, 64);
  CHECK(message_split(&m, 64, &e) == -1 && e.number == EINVAL);
}

static void carries_descriptors(void) {
  int ends[2], sent[2];
  struct message m;
  struct err e;
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
  CHECK(pipe(sent) == 0);
  CHECK(send_datagram(ends[0], "1\0go", 5, sent, 2, 0) == 0);
  CHECK(message_receive(ends[1], &m, &e) == 1 && m.fields == 2 && m.fds == 2);
  CHECK(write(m.fd[1], "x", 1) == 1);
  int taken = message_take_fd(&m, 0);
  CHECK(taken >= 0 && m.fd[0] == -1);
  CHECK(message_take_fd(&m, 5) == -1);
  message_close_fds(&m);
  close(taken);
  CHECK(message_receive(ends[1], &m, &e) == -1 && e.number == EAGAIN);
  static char large[MESSAGE_BYTES + 1];
  CHECK(send_datagram(ends[0], large, sizeof large, sent, 1, 0) == 0);
  CHECK(message_receive(ends[1], &m, &e) == -1 && e.number == EMSGSIZE);
  message_close_fds(&m);
  close(ends[0]);
  CHECK(message_receive(ends[1], &m, &e) == 0);
  close(ends[1]);
  close(sent[0]);
  close(sent[1]);
}

static void cuts_long_answers(void) {
  struct answer a;
  char longest[4096];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  answer_begin(&a, 1, "failed");
  answer_put(&a, "%s", longest);
  answer_put(&a, "more");
  CHECK(a.length == sizeof a.bytes && a.bytes[a.length - 1] == 0);
}

void test_message(void) {
  splits();
  carries_descriptors();
  cuts_long_answers();
}
