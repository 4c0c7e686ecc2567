/* Texts that may be absent: see text.h. */
#include "base/text.h"

#include <string.h>

bool tn_text_copy(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return *out || !text;
}
