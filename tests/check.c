/* Checks: see check.h. One count for all files of a test, or a fixture's failures would not fail it. */
#include "check.h"

int check_failures;

int check_result(void)
{
    return check_failures ? 1 : 0;
}
