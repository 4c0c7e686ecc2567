/*
 * The certificate that the simulator shows with --tls: made afresh for each start, for the loopback addresses only.
 *
 * It signs itself, so whoever trusts its file trusts this simulator and nothing else. The key never leaves memory.
 */
#ifndef TN_SIMULATOR_CERTIFICATE_H
#define TN_SIMULATOR_CERTIFICATE_H

#include "base/err.h"

struct tn_sim_certificate {
    char *path;              /* the certificate's file, PEM; owned, removed with the struct; NULL: there is none */
    char *certificate, *key; /* PEM; owned */
};

/* Make a key and a certificate, and write the certificate to a file of its own in folder (NULL: /tmp), readable by its
 * owner. TENURE_EIO (the file cannot be written), TENURE_EINTERNAL (libcrypto refuses), TENURE_ENOMEM. */
int tn_sim_certificate_make(struct tn_sim_certificate *certificate, const char *folder, struct tn_err *err);
void tn_sim_certificate_deinit(struct tn_sim_certificate *certificate); /* zeroed is fine; removes the file */

#endif
