/* The Lua that is built into host/api: render.lua. */
#ifndef TN_API_EMBEDDED_H
#define TN_API_EMBEDDED_H

#include "base/embedded.h"

extern const struct tn_embedded tn_embedded_api[];

#endif
