#include "check.h"

int checks_failed, checks_made;

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  test_text();
  test_plan();
  test_message();
  test_log();
  test_rootpath();
  test_contract(argv[1]);
  printf("shim: %d checks, %d failed\n", checks_made, checks_failed);
  return checks_failed ? 1 : 0;
}
