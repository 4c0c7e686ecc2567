/*
 * The head file: number and hash of the newest sealed event, kept outside the ledger in LEDGER.head.
 *
 * A ledger whose tail was cut off, or that came back from a backup, is whole in itself; only what stands outside knows
 * that there was more. The file is replaced as a whole and durably, and only ever moves forward.
 */
#ifndef TN_LEDGER_HEAD_H
#define TN_LEDGER_HEAD_H

#include "base/id.h"
#include "ledger/store.h"

enum tn_head_found { TN_HEAD_MISSING, TN_HEAD_UNREADABLE, TN_HEAD_READ };

struct tn_head_file {
    enum tn_head_found found;
    char ledger[TN_GUID_TEXT]; /* whose head it is */
    struct tn_audit_head head;
};

/* "LEDGER.head" of the ledger at this path; the caller frees it. NULL: no memory. */
char *tn_head_path(const char *ledger_path);

void tn_head_read(const char *file, struct tn_head_file *out);

/* force: also when the file is further ahead, or of another ledger. TENURE_EBUSY: another process is writing it. */
int tn_head_write(const char *ledger_path, const char *ledger, const struct tn_audit_head *head, bool force,
                  struct tn_err *err);

#endif
