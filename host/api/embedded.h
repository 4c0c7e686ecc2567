/* What is built into host/api as text: the files of render/ and of report/. See policy.h. */
#ifndef TN_API_EMBEDDED_H
#define TN_API_EMBEDDED_H

#include "base/embedded.h"

extern const struct tn_embedded tn_embedded_render[], tn_embedded_report[];

#endif
