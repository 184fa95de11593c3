/* docs/shim.md and the program know the same operations. */
#include <stdlib.h>

#include "check.h"
#include "launch.h"

/* The first word of each row `| `name ...` | ...` of the first table below a heading. */
static int names_in(const char *page, const char *heading, char names[][32], int max) {
  const char *at = strstr(page, heading);
  int count = 0;
  CHECK(at != NULL);
  for (at = at ? strchr(at, '\n') : NULL; at && at[1] != '#' && at[1] && !(count && at[1] == '\n');
       at = strchr(at + 1, '\n')) {
    if (strncmp(at + 1, "| `", 3) != 0) continue;
    const char *row_end = strchr(at + 1, '\n'), *cell_end = strstr(at + 4, " | ");
    for (const char *name = at + 4; name && name < cell_end && name < row_end;) {
      CHECK(count < max);
      snprintf(names[count++], 32, "%.*s", (int)strcspn(name, " `"), name);
      name = strstr(name, "` / `"); /* a row for several */
      if (name) name += 5;
    }
  }
  return count;
}

static char *read_page(const char *path) {
  FILE *file = fopen(path, "r");
  char *text = calloc(1, 1 << 20);
  CHECK(file != NULL);
  if (file) {
    CHECK(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
  }
  return text;
}

typedef int (*known_at)(int index, const char **name);

static void same(const char *page, const char *heading, known_at known) {
  char names[64][32];
  const char *name;
  int count = names_in(page, heading, names, 64), in_program = 0;
  for (; known(in_program, &name); in_program++) {
    int i = 0;
    while (i < count && strcmp(names[i], name) != 0) i++;
    if (i == count) fprintf(stderr, "not in the page: %s\n", name);
    CHECK(i < count);
  }
  if (in_program != count) fprintf(stderr, "%s: %d in the page, %d in the program\n", heading, count, in_program);
  CHECK(in_program == count);
}

void test_contract(const char *path) {
  char *page = read_page(path);
  same(page, "### For a sandbox plan", sandbox_rule_name);
  same(page, "### Before `fork`", launch_rule_name);
  same(page, "### After `fork`", child_rule_name);
  same(page, "## Messages", request_name);
  free(page);
}
