/*
 * Series of virtual machines that are not sold any more: since 1 July 2026 old ones have no new reservations.
 */
#ifndef TN_SIMULATOR_SERIES_H
#define TN_SIMULATOR_SERIES_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a reservation of this SKU ("Standard_D2s_v3") for so many years is refused on a day since 1970. Those that
 * were bought before run to the end of their term. */
bool tn_sim_series_retired(const char *sku, int years, int64_t day);

#endif
