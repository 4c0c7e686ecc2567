/* Numbers as text: see number.h. */
#include "base/number.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

double tn_number_read(const char *text)
{
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", NULL); /* glibc keeps it ready: nothing is allocated */
    if (!c_locale)
        return strtod(text, NULL);
    double value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    return value;
}

/* Whatever the locale puts between the digits, one byte or several, becomes a point. */
char *tn_number_format(char text[TN_NUMBER_TEXT], double value, int digits)
{
    char raw[TN_NUMBER_TEXT];
    snprintf(raw, sizeof raw, "%.*g", digits, value);
    char *to = text;
    for (const char *from = raw; *from; from++) {
        if ((*from >= '0' && *from <= '9') || *from == '-' || *from == '+' || *from == 'e')
            *to++ = *from;
        else if (to == text || to[-1] != '.')
            *to++ = '.';
    }
    *to = '\0';
    return text;
}
