/* Series of virtual machines that are not sold any more: see series.h. */
#include "simulator/series.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/id.h"

#define ONE_YEAR 1
#define BOTH 3

/* A size is named by family, number of processors, features and version: "Standard_" "D" "2" "s" "_v3". */
static const struct series {
    const char *family, *features; /* features NULL: any */
    int version;                   /* 1 where the name has none */
    int most_years;                /* the longest term that is not sold */
} retired[] = {
    {"A", "", 2, ONE_YEAR},  {"A", "m", 2, ONE_YEAR}, {"B", NULL, 1, ONE_YEAR}, {"D", "", 1, ONE_YEAR},
    {"DS", "", 1, ONE_YEAR}, {"D", "", 2, ONE_YEAR},  {"DS", "", 2, ONE_YEAR},  {"F", "", 1, ONE_YEAR},
    {"F", "s", 1, ONE_YEAR}, {"F", "s", 2, ONE_YEAR}, {"G", "", 1, ONE_YEAR},   {"GS", "", 1, ONE_YEAR},
    {"L", "s", 1, ONE_YEAR}, {"L", "s", 2, ONE_YEAR}, {"D", "", 3, BOTH},       {"D", "s", 3, BOTH},
    {"E", "", 3, BOTH},      {"E", "s", 3, BOTH},
};

struct size {
    char family[8], features[8];
    int version;
};

static const char *take_letters(const char *at, char *letters, size_t size)
{
    size_t len = 0;
    for (; isalpha((unsigned char)*at); at++) {
        if (len + 1 < size)
            letters[len++] = *at;
    }
    letters[len] = '\0';
    return at;
}

/* False: not the name of a size. */
static bool read_size(const char *sku, struct size *size)
{
    static const char prefix[] = "Standard_";
    char word[4];
    if (strncasecmp(sku, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *at = take_letters(sku + sizeof prefix - 1, size->family, sizeof size->family);
    size_t digits = strspn(at, "0123456789-"); /* "4-2": fewer processors than the size has */
    at = take_letters(at + digits, size->features, sizeof size->features);
    size->version = 1;
    if (*at == '_') {
        at = take_letters(at + 1, word, sizeof word);
        if (!tn_id_equal(word, "v") || sscanf(at, "%2d", &size->version) != 1)
            return false;
    }
    return size->family[0] && digits > 0;
}

bool tn_sim_series_retired(const char *sku, int years, int64_t day)
{
    struct size size;
    if (day < tn_days_from_civil(2026, 7, 1) || !read_size(sku, &size))
        return false;
    for (size_t i = 0; i < sizeof retired / sizeof retired[0]; i++) {
        const struct series *series = &retired[i];
        if (tn_id_equal(series->family, size.family) && series->version == size.version &&
            (!series->features || tn_id_equal(series->features, size.features)))
            return years <= series->most_years;
    }
    return false;
}
