/* Runs the fuzz target on changed copies of a corpus for some seconds, where there is no libFuzzer. The seed is the
 * time unless FUZZ_SEED says one; with FUZZ_KEEP the input that is running is in the file fuzz-input after a crash. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUTS = 256, SIZE = 8192 };
static struct {
  uint8_t bytes[SIZE];
  size_t size;
} corpus[INPUTS];
static int inputs;
static uint64_t state;

static uint64_t any(uint64_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state % below;
}

static void load(const char *directory) {
  DIR *dir = opendir(directory);
  if (!dir) exit(2);
  for (struct dirent *entry; (entry = readdir(dir)) && inputs < INPUTS;) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
    if (!file) continue;
    corpus[inputs].size = fread(corpus[inputs].bytes, 1, SIZE / 2, file);
    fclose(file);
    if (corpus[inputs].size > 0) inputs++;
  }
  closedir(dir);
}

/* One change: a byte, a run of bytes gone, doubled or from another input. */
static size_t change(uint8_t *bytes, size_t size) {
  static const uint8_t telling[] = {0, 0, 0, 1, 1, '-', ',', '/', '0', '9', 0xff};
  size_t at = any(size), run = 1 + any(16);
  if (run > size - at) run = size - at;
  switch (any(5)) {
    case 0:
      bytes[at] = (uint8_t)any(256);
      return size;
    case 1:
      bytes[at] = telling[any(sizeof telling)];
      return size;
    case 2:
      memmove(bytes + at, bytes + at + run, size - at - run);
      return size - run ? size - run : 1;
    case 3:
      if (size + run > SIZE) return size;
      memmove(bytes + at + run, bytes + at, size - at);
      return size + run;
    default: {
      int other = (int)any((uint64_t)inputs);
      size_t from = any(corpus[other].size), n = corpus[other].size - from;
      if (n > size - at) n = size - at;
      memcpy(bytes + at, corpus[other].bytes + from, n);
      return size;
    }
  }
}

int main(int argc, char **argv) {
  static uint8_t bytes[SIZE];
  if (argc != 3) return 2;
  load(argv[1]);
  if (inputs == 0) return 2;
  const char *seed = getenv("FUZZ_SEED");
  state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
  state |= 1;
  printf("fuzz: %d inputs, seed %llu\n", inputs, (unsigned long long)state);
  fflush(stdout);
  time_t end = time(NULL) + atoi(argv[2]);
  unsigned long long runs = 0;
  for (; runs % 1024 || time(NULL) < end; runs++) {
    int pick = (int)any((uint64_t)inputs);
    size_t size = corpus[pick].size;
    memcpy(bytes, corpus[pick].bytes, size);
    for (uint64_t n = any(8); n > 0; n--) size = change(bytes, size);
    if (getenv("FUZZ_KEEP")) {
      FILE *file = fopen("fuzz-input", "w");
      if (file) fwrite(bytes, 1, size, file), fclose(file);
    }
    LLVMFuzzerTestOneInput(bytes, size);
  }
  printf("fuzz: %llu runs without a finding\n", runs);
  return 0;
}
