/* An engine that takes what nobody knows the outcome of for not done: see broken.h. */
#include "azure/answer.h"
#include "broken.h"

enum tn_fate __real_tn_answer_fate(const struct tn_http_exchange *exchange, lua_State *L);
enum tn_fate __wrap_tn_answer_fate(const struct tn_http_exchange *exchange, lua_State *L);
enum tn_fate __wrap_tn_answer_fate(const struct tn_http_exchange *exchange, lua_State *L)
{
    enum tn_fate fate = __real_tn_answer_fate(exchange, L);
    return broken == BROKEN_RETRY && fate == TN_FATE_UNKNOWN ? TN_FATE_NOT_DONE : fate;
}
