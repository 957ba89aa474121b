/*
 * A relay by path id as one would write it in C: recvmmsg, look up, check the source, sendmmsg.
 *
 *     relay PORT PATHS SENDER_PORT SINK_PORT      paths as load.c has them
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SLOTS 64
#define ROOM 2048
#define PLACES (1 << 17)

struct path {
  uint64_t id;
  struct sockaddr_in ends[2];
};

static struct path table[PLACES];

static struct path *place(uint64_t id) {
  uint32_t at = (id * 0x9e3779b97f4a7c15u) >> 47;
  while (table[at].id && table[at].id != id) at = (at + 1) % PLACES;
  return &table[at];
}

static int same(const struct sockaddr_in *a, const struct sockaddr_in *b) {
  return a->sin_port == b->sin_port && a->sin_addr.s_addr == b->sin_addr.s_addr;
}

int main(int count, char **given) {
  if (count != 5) return 2;
  int paths = atoi(given[2]), room = 4 << 20;
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(atoi(given[1]))};
  inet_pton(AF_INET, "127.0.0.1", &own.sin_addr);
  for (int i = 0; i < paths; i++) {
    struct path *path = place(i + 1);
    path->id = i + 1;
    path->ends[0] = path->ends[1] = own;
    path->ends[0].sin_addr.s_addr = htonl(0x7f010000 + i);
    path->ends[0].sin_port = htons(atoi(given[3]));
    path->ends[1].sin_port = htons(atoi(given[4]));
  }
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  if (bind(fd, (void *)&own, sizeof own)) {
    perror("bind");
    return 1;
  }
  static uint8_t data[SLOTS][ROOM];
  struct mmsghdr in[SLOTS] = {0}, out[SLOTS] = {0};
  struct iovec from[SLOTS], to[SLOTS];
  struct sockaddr_in names[SLOTS];
  for (int i = 0; i < SLOTS; i++) {
    from[i] = (struct iovec){data[i], ROOM};
    in[i].msg_hdr = (struct msghdr){.msg_name = &names[i], .msg_iov = &from[i], .msg_iovlen = 1};
    out[i].msg_hdr = (struct msghdr){.msg_namelen = sizeof own, .msg_iov = &to[i], .msg_iovlen = 1};
  }
  for (;;) {
    for (int i = 0; i < SLOTS; i++) in[i].msg_hdr.msg_namelen = sizeof own;
    int came = recvmmsg(fd, in, SLOTS, MSG_WAITFORONE, NULL), going = 0;
    for (int i = 0; i < came; i++) {
      if (in[i].msg_len < 32 || data[i][0] != 1) continue;
      uint64_t id = 0;
      for (int octet = 2; octet < 8; octet++) id = id << 8 | data[i][octet];
      struct path *path = place(id);
      if (!path->id) continue;
      int other = same(&names[i], &path->ends[0]) ? 1 : same(&names[i], &path->ends[1]) ? 0 : -1;
      if (other < 0) continue;
      to[going] = (struct iovec){data[i], in[i].msg_len};
      out[going++].msg_hdr.msg_name = &path->ends[other];
    }
    for (int sent = 0; sent < going;) {
      int done = sendmmsg(fd, out + sent, going - sent, 0);
      sent += done > 0 ? done : 1;
    }
  }
}
