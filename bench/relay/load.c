/*
 * Load for a relay, and its other end.
 *
 *     load ntm|turn RELAY_PORT PATHS SENDER_PORT SINK_PORT RATE OCTETS WARM_UP_SECONDS SECONDS
 *
 * Path i (from 0) has its one end at 127.1.(i / 256).(i % 256):SENDER_PORT, its other at 127.0.0.1:SINK_PORT, and the
 * id i + 1. With ntm, datagrams have NTMobile's header; with turn, each sender makes an allocation and binds channel
 * 0x4000 to the sink, and datagrams are ChannelData. RATE datagrams a second go out, in turn over all paths, in a burst
 * each millisecond. Prints "measure" after the warm-up, waits for a line, and prints what was sent and received and
 * microseconds from the one end to the other.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 64
#define ROOM 2048
#define SAMPLES (1 << 20)
#define STAMP 16

static int sink;
static volatile int measuring;
static volatile long received;
static double samples[SAMPLES];
static long sampled;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int bound(const char *host, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;
  inet_pton(AF_INET, host, &a.sin_addr);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (bind(fd, (void *)&a, sizeof a)) fail("bind");
  return fd;
}

static void *take(void *unused) {
  static char data[SLOTS][ROOM];
  struct mmsghdr headers[SLOTS] = {0};
  struct iovec vectors[SLOTS];
  for (int i = 0; i < SLOTS; i++) {
    vectors[i] = (struct iovec){data[i], ROOM};
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  for (;;) {
    int count = recvmmsg(sink, headers, SLOTS, MSG_WAITFORONE, NULL);
    if (count < 0 || !measuring) continue;
    double at = now();
    for (int i = 0; i < count; i++) {
      double sent;
      memcpy(&sent, data[i] + STAMP, sizeof sent);
      if (sampled < SAMPLES) samples[sampled++] = (at - sent) * 1e6;
    }
    received += count;
  }
  return unused;
}

/* Asks until a success comes (RFC 8656 with no credentials). */
static void ask(int fd, uint8_t *request, int octets) {
  struct timeval wait = {.tv_usec = 300000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  for (int try = 0; try < 10; try++) {
    uint8_t answer[ROOM];
    send(fd, request, octets, 0);
    int length = recv(fd, answer, sizeof answer, 0);
    if (length < 20 || memcmp(answer + 8, request + 8, 12)) continue;
    if (answer[0] == 1 && answer[1] == request[1]) return;
    fprintf(stderr, "the TURN server refuses: type %02x%02x\n", answer[0], answer[1]);
    exit(1);
  }
  fprintf(stderr, "the TURN server does not answer\n");
  exit(1);
}

static void allocate(int fd, int path, int sink_port) {
  uint8_t request[40] = {0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42};
  memcpy(request + 8, &path, sizeof path);
  memcpy(request + 20, (uint8_t[]){0, 0x19, 0, 4, 17, 0, 0, 0}, 8);
  ask(fd, request, 28);
  uint8_t bind[40] = {0, 9, 0, 20, 0x21, 0x12, 0xa4, 0x42};
  memcpy(bind + 8, &path, sizeof path);
  bind[19] = 1;
  memcpy(bind + 20, (uint8_t[]){0, 0x0c, 0, 4, 0x40, 0, 0, 0, 0, 0x12, 0, 8, 0, 1}, 14);
  bind[34] = sink_port >> 8 ^ 0x21;
  bind[35] = (sink_port & 255) ^ 0x12;
  memcpy(bind + 36, (uint8_t[]){127 ^ 0x21, 0x12, 0xa4, 1 ^ 0x42}, 4);
  ask(fd, bind, 40);
}

static int paths, octets, turn, *senders;

static long offer(double rate, double seconds) {
  uint8_t packet[ROOM] = {0};
  long sent = 0;
  double start = now();
  for (double passed; (passed = now() - start) < seconds;) {
    for (; sent < passed * rate; sent++) {
      int path = sent % paths;
      double at = now();
      if (turn) {
        memcpy(packet, (uint8_t[]){0x40, 0, (octets - 4) >> 8, (octets - 4) & 255}, 4);
        memcpy(packet + 4 + STAMP, &at, sizeof at);
      } else {
        uint32_t id = htonl(path + 1);
        packet[0] = 1;
        packet[1] = 1;
        memcpy(packet + 4, &id, sizeof id);
        memcpy(packet + STAMP, &at, sizeof at);
      }
      send(senders[path], packet, octets, 0);
    }
    usleep(1000);
  }
  return sent;
}

static int ascending(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return x < y ? -1 : x > y;
}

int main(int count, char **given) {
  if (count != 10) return 2;
  turn = !strcmp(given[1], "turn");
  paths = atoi(given[3]);
  octets = atoi(given[7]);
  int sender_port = atoi(given[4]), sink_port = atoi(given[5]);
  double rate = atof(given[6]);
  if (paths < 1 || paths > 65536 || octets < 64 || octets > ROOM) return 2;
  sink = bound("127.0.0.1", sink_port);
  senders = calloc(paths, sizeof *senders);
  struct sockaddr_in relay = {.sin_family = AF_INET, .sin_port = htons(atoi(given[2]))};
  inet_pton(AF_INET, "127.0.0.1", &relay.sin_addr);
  for (int i = 0; i < paths; i++) {
    char host[32];
    sprintf(host, "127.1.%d.%d", i >> 8, i & 255);
    senders[i] = bound(host, sender_port);
    if (connect(senders[i], (void *)&relay, sizeof relay)) fail("connect");
    if (turn) allocate(senders[i], i, sink_port);
  }
  pthread_t thread;
  pthread_create(&thread, NULL, take, NULL);
  offer(rate, atof(given[8]));
  usleep(200000);
  printf("measure\n");
  fflush(stdout);
  if (getchar() == EOF) return 1;
  measuring = 1;
  long sent = offer(rate, atof(given[9]));
  usleep(200000);
  measuring = 0;
  qsort(samples, sampled, sizeof *samples, ascending);
  double p50 = sampled ? samples[sampled / 2] : 0, p99 = sampled ? samples[sampled * 99 / 100] : 0;
  printf("{\"sent\":%ld,\"received\":%ld,\"p50\":%.0f,\"p99\":%.0f}\n", sent, received, p50, p99);
  return 0;
}
