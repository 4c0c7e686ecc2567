/* A folder of its own for each test program, with the files of a package. */
#ifndef TESTS_WORKFLOW_FIXTURE_H
#define TESTS_WORKFLOW_FIXTURE_H

#include "base/buf.h"
#include "workflow/workflow.h"

void fixture_open(void); /* makes the folder: package.yaml, scripts/ok.lua */
void fixture_close(void);

const char *fixture_path(const char *name); /* absolute; valid until the next call */
void fixture_write(const char *name, const char *text);
void fixture_write_bytes(const char *name, const char *bytes, size_t len);

/* Load workflows/w.yaml with this text. NULL: it is not valid, and problems has a line for each, "line:column: message
 * [hint]". */
struct tn_workflow *fixture_load(const char *text, struct tn_buf *problems);

/* The workflow that has only what it must, and these lines. */
#define WORKFLOW(lines)                                                                             \
    "tenure: 1\nname: w\npermissions: [reservations:list, reservations:refund]\ncustomers: {from: " \
    "partner-center}\n" lines
#define STEPS "steps:\n  - id: one\n    run: scripts/ok.lua\n"

/* Loading the text ends with exactly these problems ("" for none). */
#define REFUSED(text, expected)                                  \
    do {                                                         \
        struct tn_buf refused_problems = {0};                    \
        tn_workflow_free(fixture_load(text, &refused_problems)); \
        CHECK_TEXT(tn_buf_text(&refused_problems), expected);    \
        tn_buf_deinit(&refused_problems);                        \
    } while (0)

#endif
