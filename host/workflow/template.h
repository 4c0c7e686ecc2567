/*
 * Templates: text in a workflow's `with` that may hold ${{ expressions }}.
 */
#ifndef TN_WORKFLOW_TEMPLATE_H
#define TN_WORKFLOW_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "workflow/workflow.h"

/* A run of literal text, or an expression without its ${{ }}. */
struct tn_template_piece {
    bool is_expression;
    char *text; /* NUL-terminated; an expression has its line breaks as the file has them */
    size_t len;
    int line, column; /* where its first character stands in the file */
};

struct tn_template {
    struct tn_template_piece *pieces; /* none for empty text */
    size_t count;
    bool whole;                   /* one expression and nothing else: its value keeps its type */
    int error_line, error_column; /* where it is wrong, on TENURE_EINVAL */
};

/* Take a scalar of the workflow's file apart. A scalar without ${{ is one literal piece. TENURE_EINVAL: one is not
 * closed or empty; TENURE_ENOMEM. */
int tn_template_parse(const struct tn_workflow *workflow, const struct tn_yaml *scalar, struct tn_template *out,
                      struct tn_err *err);
void tn_template_deinit(struct tn_template *template);

#endif
