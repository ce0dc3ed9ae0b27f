/* Times, and the figures that are made of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *why) {
  fprintf(stderr, "streams: %s: %s\n", what, why);
  exit(1);
}

/* realloc() that ends the program rather than fail. */
static void *resized(void *memory, size_t size) {
  memory = realloc(memory, size);
  if (!memory) fail("memory", strerror(errno));
  return memory;
}

struct samples {
  double *values;
  long length, size;
};

static void add_sample(struct samples *to, double value) {
  if (to->length == to->size) {
    to->size = to->size * 2 + 1024;
    to->values = resized(to->values, (size_t)to->size * sizeof(double));
  }
  to->values[to->length++] = value;
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Prints them as a member of a JSON object, in ms. */
static void print_samples(const char *name, struct samples *of) {
  if (of->length > 0) qsort(of->values, (size_t)of->length, sizeof(double), ascending);
  double at[3] = {0.5, 0.99, 1};
  const char *names[3] = {"median", "p99", "most"};
  printf(", \"%s\": {\"count\": %ld", name, of->length);
  for (int i = 0; i < 3 && of->length > 0; i++) {
    long place = (long)(at[i] * (double)of->length + 0.999999) - 1;
    printf(", \"%s\": %.3f", names[i], of->values[place] * 1000);
  }
  printf("}");
}
