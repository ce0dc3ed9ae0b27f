/*
 * Holds thousands of streams open, posts to the same server, and tells how long it took until the last reader had it.
 *
 *   cc -O2 -o streams streams.c
 *   streams --port 5000 --readers 2000 --posters 16 --body '{"text":"#"}' --seconds 4
 *
 * Both are done by one thread, so that one clock tells both times. A post is numbered: each `#` in its body becomes `#`
 * and its number, by which it is known again in the streams. Each `*` in what is asked for becomes the topic (reader and
 * post n are of topic n modulo --topics), each `~` a number from 0 to --below, scattered. It prints a line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "samples.h"
#include "options.h"

enum { MOST_TEXT = 1 << 16, MOST_READ = 1 << 18 };

struct connection {
  int fd, number;
  bool is_poster, is_open, is_live;
  int comments; /* lines that begin with a colon */
  long events;
  char *rest; /* the part of a line (of an answer) that has come so far */
  size_t rest_length;
  long post; /* a poster's, under way; -1: none */
};

struct post {
  double sent;
  int missing; /* readers who have yet to get it */
};

static struct connection *connections;
static struct post *posts;
static long posted, answered, most_posts, delivered, events;
static int epoll, opened, connecting, live, cut;
static struct connection **idle;
static int idle_count;
static double counts_from, counts_until;

static struct samples answer_times, reader_times;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool counts(double sent) { return sent >= counts_from && sent < counts_until; }

/* Copies a template, and puts in what stands there for each. */
static size_t fill(char *to, const char *from, long number, int topic) {
  char *end = to;
  for (; *from; from++) {
    if (end - to > MOST_TEXT - 64) fail("request", "is too long");
    if (*from == '#') end += sprintf(end, "#%ld", number);
    else if (*from == '*') end += sprintf(end, "%d", topic);
    else if (*from == '~') end += sprintf(end, "%ld", (long)((uint64_t)number * 2654435761 % (uint64_t)options.below));
    else *end++ = *from;
  }
  *end = 0;
  return (size_t)(end - to);
}

static void send_whole(struct connection *c, const char *text, size_t length) {
  ssize_t sent = write(c->fd, text, length);
  if (sent != (ssize_t)length) fail("a request cannot be sent", sent < 0 ? strerror(errno) : "it is too long");
}

static void ask(struct connection *c) {
  static char path[MOST_TEXT], request[2 * MOST_TEXT];
  fill(path, options.get, c->number, c->number % options.topics);
  int length = sprintf(request, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, options.get_headers);
  send_whole(c, request, (size_t)length);
}

static void post(struct connection *c, double due) {
  static char line[MOST_TEXT], body[MOST_TEXT], request[3 * MOST_TEXT];
  if (posted == most_posts) {
    most_posts = most_posts * 2 + 4096;
    posts = resized(posts, (size_t)most_posts * sizeof *posts);
  }
  int topic = (int)(posted % options.topics);
  int readers = options.readers / options.topics + (topic < options.readers % options.topics);
  posts[posted] = (struct post){.sent = due, .missing = readers};
  fill(line, options.request, posted, topic);
  size_t body_length = options.body ? fill(body, options.body, posted, topic) : 0;
  int length = sprintf(request, "%s HTTP/1.1\r\nHost: localhost\r\n%s", line, options.request_headers);
  if (options.body) {
    const char *form = "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s";
    length += sprintf(request + length, form, body_length, body);
  } else {
    length += sprintf(request + length, "\r\n");
  }
  c->post = posted++;
  send_whole(c, request, (size_t)length);
}

static void take_event(struct connection *c, const char *line, const char *end, double time) {
  const char *mark = memchr(line, '#', (size_t)(end - line));
  if (!mark) return;
  c->events++;
  events++;
  long number = 0;
  for (const char *digit = mark + 1; digit < end && *digit >= '0' && *digit <= '9'; digit++) {
    number = number * 10 + *digit - '0';
  }
  if (number >= posted || posts[number].missing == 0 || --posts[number].missing > 0) return;
  if (time >= counts_from && time < counts_until) delivered++;
  if (counts(posts[number].sent)) add_sample(&reader_times, time - posts[number].sent);
}

/* Takes whole lines, and returns where the last one, which is not whole, begins. */
static const char *take_lines(struct connection *c, const char *line, const char *end, double time) {
  for (const char *next; (next = memchr(line, '\n', (size_t)(end - line))); line = next + 1) {
    if (*line == 'd' || *line == '{') take_event(c, line, next, time);
    else if (*line == ':') c->comments++;
    else if (*line == 'H' && strncmp(line, "HTTP/1.1 200", 12)) {
      fail("a stream was refused", strndup(line, (size_t)(next - line)));
    }
  }
  if (!c->is_live && c->comments >= options.comments) {
    c->is_live = true;
    connecting--;
    live++;
  }
  return line;
}

/* Takes an answer once it has come as a whole, and returns where the next one begins. */
static const char *take_answer(struct connection *c, const char *text, const char *end, double time) {
  const char *head_end = memmem(text, (size_t)(end - text), "\r\n\r\n", 4);
  if (!head_end) return text;
  if (strncmp(text, "HTTP/1.1 ", 9) || strncmp(text + 9, options.status, strlen(options.status)))
    fail("a request was refused", strndup(text, (size_t)(end - text)));
  const char *length = strcasestr(text, "content-length:");
  if (!length || length > head_end) fail("an answer has no length", strndup(text, (size_t)(head_end - text)));
  const char *answer_end = head_end + 4 + atol(length + 15);
  if (answer_end > end) return text;
  if (counts(posts[c->post].sent)) add_sample(&answer_times, time - posts[c->post].sent);
  answered++;
  c->post = -1;
  idle[idle_count++] = c;
  return answer_end;
}

static void close_connection(struct connection *c) {
  if (c->is_poster) fail("a poster's connection", "was closed");
  if (!c->is_live) fail("a reader's connection", "was closed before it was live");
  close(c->fd);
  c->is_open = false;
  cut++;
}

static void take(struct connection *c) {
  static char buffer[2 * MOST_READ + 1];
  memcpy(buffer, c->rest, c->rest_length);
  ssize_t got = read(c->fd, buffer + c->rest_length, MOST_READ);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    close_connection(c);
    return;
  }
  const char *end = buffer + c->rest_length + got;
  buffer[c->rest_length + (size_t)got] = 0;
  const char *rest = (c->is_poster ? take_answer : take_lines)(c, buffer, end, now());
  c->rest_length = (size_t)(end - rest);
  if (c->rest_length > MOST_READ) fail("a line", "is too long");
  c->rest = resized(c->rest, c->rest_length + 1);
  memcpy(c->rest, rest, c->rest_length);
}

static void open_next(void) {
  struct connection *c = &connections[opened];
  *c = (struct connection){.number = opened, .is_poster = opened >= options.readers, .is_open = true, .post = -1};
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)options.port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) fail("socket", strerror(errno));
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
    fail("connect", strerror(errno));
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  /* Told once that it is connected, then of whatever comes. */
  struct epoll_event interest = {.events = EPOLLOUT, .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &interest)) fail("epoll_ctl", strerror(errno));
  opened++;
  if (!c->is_poster) connecting++;
}

static void connected(struct connection *c) {
  int error = 0;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error});
  if (error) fail("connect", strerror(error));
  struct epoll_event interest = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &interest);
  if (c->is_poster) idle[idle_count++] = c;
  else ask(c);
}

/* Waits for what comes, at most so many seconds, and takes it. */
static void turn(double wait) {
  struct epoll_event ready[512];
  struct timespec most = {.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
  int count = epoll_pwait2(epoll, ready, 512, &most, NULL);
  if (count < 0 && errno != EINTR) fail("epoll", strerror(errno));
  for (int i = 0; i < count; i++) {
    struct connection *c = ready[i].data.ptr;
    if (ready[i].events & EPOLLOUT) connected(c);
    else if (c->is_open) take(c);
  }
}

static long fewest_events(void) {
  long fewest = options.readers > 0 ? connections[0].events : 0;
  for (int i = 0; i < options.readers; i++) {
    if (connections[i].events < fewest) fewest = connections[i].events;
  }
  return fewest;
}

static bool all_have_enough(void) {
  if (options.events == 0 || events < options.events * options.readers) return false;
  return fewest_events() >= options.events;
}

/* Posts for the time that is asked for, or until every reader has enough. */
static void run(void) {
  double start = now();
  counts_from = start + options.warm_up;
  counts_until = counts_from + options.seconds;
  for (double time = start; time < counts_until && !all_have_enough(); time = now()) {
    double due = time;
    while (idle_count > 0) {
      if (options.rate > 0) due = start + (double)posted / options.rate;
      if (due > time) break;
      post(idle[--idle_count], due);
    }
    turn(due > time ? due - time : 0.001);
  }
}

/* What was posted before the end is answered and told, unless somebody who waits for it was cut off. */
static void drain(void) {
  long told = 0;
  for (double until = now() + options.patience; now() < until; turn(0.001)) {
    while (told < posted && posts[told].missing == 0) told++;
    if (answered == posted && (told == posted || options.readers == 0 || cut > 0)) return;
  }
  fail("the last requests", "were not answered, or not told to all readers");
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int all = options.readers + options.posters;
  connections = resized(NULL, (size_t)(all + 1) * sizeof *connections);
  idle = resized(NULL, (size_t)(all + 1) * sizeof *idle);
  epoll = epoll_create1(0);

  double start = now();
  while (opened < all || live < options.readers || idle_count < options.posters) {
    while (opened < all && connecting < options.at_once) open_next();
    turn(1);
  }
  double live_after = now() - start;
  if (options.hold) {
    printf("{\"liveMs\": %.1f}\n", live_after * 1000);
    fflush(stdout);
    while (getchar() != EOF) {}
    return 0;
  }

  double begin = now();
  run();
  double took = now() - begin;
  drain();
  printf("{\"liveMs\": %.1f, \"tookMs\": %.1f, \"posted\": %ld, \"answered\": %ld, \"delivered\": %ld, ",
         live_after * 1000, took * 1000, posted, answered, delivered);
  printf("\"events\": %ld, \"fewestEvents\": %ld, \"cut\": %d", events, fewest_events(), cut);
  print_samples("answerMs", &answer_times);
  print_samples("lastReaderMs", &reader_times);
  printf("}\n");
  return 0;
}
