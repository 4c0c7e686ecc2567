/* What is built into host/api as text: render.lua and why.lua, and the modules of report/. */
#ifndef TN_API_EMBEDDED_H
#define TN_API_EMBEDDED_H

#include "base/embedded.h"

extern const struct tn_embedded tn_embedded_api[], tn_embedded_report[];

#endif
