/* A check that says where it failed and lets the rest of the test go on, in a test or its fixture; main returns
 * check_result(). */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

extern int check_failures;

#define CHECK(condition)                                                                          \
    do {                                                                                          \
        if (!(condition)) {                                                                       \
            check_failures++;                                                                     \
            fprintf(stderr, "%s:%d: %s: failed: %s\n", __FILE__, __LINE__, __func__, #condition); \
        }                                                                                         \
    } while (0)

#define CHECK_TEXT(actual, expected)                                                                  \
    do {                                                                                              \
        const char *check_actual = (actual), *check_expected = (expected);                            \
        if (!check_actual || strcmp(check_actual, check_expected) != 0) {                             \
            check_failures++;                                                                         \
            fprintf(stderr, "%s:%d: %s: got \"%s\", expected \"%s\"\n", __FILE__, __LINE__, __func__, \
                    check_actual ? check_actual : "(null)", check_expected);                          \
        }                                                                                             \
    } while (0)

int check_result(void);

#endif
