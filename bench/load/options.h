/* What streams.c is asked for. */
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct {
  int port;
  int readers, at_once, comments;  /* how many connect at once; a reader is live after so many comments */
  int posters, topics;
  long events, below;              /* ends once each reader has so many events; 0: after the time */
  double rate, seconds, warm_up;   /* requests a second; 0: as fast as they are answered */
  double patience;                 /* how long to wait for the last answers and events */
  const char *get, *request, *body, *status;
  char get_headers[4096], request_headers[4096];
  bool hold;                       /* until stdin ends */
} options = {.at_once = 256, .comments = 1, .topics = 1, .below = 1, .seconds = 4, .patience = 60,
             .get = "/stream", .request = "POST /message", .status = "2"};

static void add_header(char *to, const char *header) {
  size_t length = strlen(to);
  if (length + strlen(header) + 3 > sizeof options.get_headers) fail("headers", "are too long");
  sprintf(to + length, "%s\r\n", header);
}

static void read_options(int argc, char **argv) {
  static const struct option known[] = {
    {"port", 1, 0, 'p'},   {"readers", 1, 0, 'r'}, {"at-once", 1, 0, 'a'}, {"comments", 1, 0, 'c'},
    {"posters", 1, 0, 'P'}, {"topics", 1, 0, 't'},  {"events", 1, 0, 'e'},  {"below", 1, 0, 'l'},
    {"rate", 1, 0, 'R'},   {"seconds", 1, 0, 's'}, {"warm-up", 1, 0, 'w'}, {"get", 1, 0, 'g'},
    {"request", 1, 0, 'q'}, {"body", 1, 0, 'b'},    {"status", 1, 0, 'S'},  {"get-header", 1, 0, 'G'},
    {"request-header", 1, 0, 'Q'}, {"patience", 1, 0, 'd'}, {"hold", 0, 0, 'h'}, {0, 0, 0, 0}};

  for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (option) {
      case 'p': options.port = atoi(optarg); break;
      case 'r': options.readers = atoi(optarg); break;
      case 'a': options.at_once = atoi(optarg); break;
      case 'c': options.comments = atoi(optarg); break;
      case 'P': options.posters = atoi(optarg); break;
      case 't': options.topics = atoi(optarg); break;
      case 'e': options.events = atol(optarg); break;
      case 'l': options.below = atol(optarg); break;
      case 'R': options.rate = atof(optarg); break;
      case 's': options.seconds = atof(optarg); break;
      case 'd': options.patience = atof(optarg); break;
      case 'w': options.warm_up = atof(optarg); break;
      case 'g': options.get = optarg; break;
      case 'q': options.request = optarg; break;
      case 'b': options.body = optarg; break;
      case 'S': options.status = optarg; break;
      case 'G': add_header(options.get_headers, optarg); break;
      case 'Q': add_header(options.request_headers, optarg); break;
      case 'h': options.hold = true; break;
      default: exit(2);
    }
  }
}
