/* Events of a run in words: how far it is, and what its scripts log. */
#ifndef TN_API_PROGRESS_H
#define TN_API_PROGRESS_H

#include "api/host.h"
#include "workflow/run.h"

void tn_progress_emit(struct tn_request *request, const struct tn_run_progress *progress);
void tn_log_emit(struct tn_request *request, const char *customer, const char *step, const char *text,
                 const char *fields);

#endif
