/* Which sizes are not sold any more, on either side of the day. */
#include "base/clock.h"
#include "check.h"
#include "simulator/series.h"

static int64_t last_day, first_day;

static void retired(const char *sku, int longest)
{
    for (int years = 1; years <= 3; years += 2) {
        CHECK(!tn_sim_series_retired(sku, years, last_day));
        CHECK(tn_sim_series_retired(sku, years, first_day) == (years <= longest));
    }
}

static void test_one_year(void)
{
    static const char *const names[] = {
        "Standard_A2_v2", "Standard_A2m_v2", "Standard_B1s",       "Standard_B1ls", "Standard_B4ms",
        "Standard_D1",    "Standard_DS2",    "Standard_D2_v2",     "Standard_F1",   "Standard_DS3_v2",
        "Standard_F1s",   "Standard_F2s_v2", "Standard_DS11-1_v2", "Standard_G1",   "Standard_GS2",
        "Standard_L4s",   "Standard_L8s_v2", "standard_d1",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        retired(names[i], 1);
}

static void test_three_years(void)
{
    retired("Standard_D2_v3", 3);
    retired("Standard_D4s_v3", 3);
    retired("STANDARD_D4S_V3", 3);
    retired("Standard_E2_v3", 3);
    retired("Standard_E4-2s_v3", 3);
}

static void test_sold(void)
{
    static const char *const names[] = {
        "Standard_D2s_v5",
        "Standard_D2as_v4",
        "Standard_B2s_v2",
        "Standard_L8s_v3",
        "Standard_E2s_v5",
        "Standard_",
        "Standard_D",
        "Standard_D2_x3",
        "P1v3",
        "",
        "Premium_P1",
        "Standard_D2s_v",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        retired(names[i], 0);
}

int main(void)
{
    first_day = tn_days_from_civil(2026, 7, 1);
    last_day = first_day - 1;
    test_one_year();
    test_three_years();
    test_sold();
    return check_result();
}
