/* An engine that takes what nobody knows the outcome of for not done, or for done, or a part for the whole: see broken.h. */
#include <string.h>

#include "azure/answer.h"
#include "azure/modules/exchange.h"
#include "broken.h"

enum tn_fate __real_tn_answer_fate(const struct tn_http_exchange *exchange, lua_State *L);
enum tn_fate __wrap_tn_answer_fate(const struct tn_http_exchange *exchange, lua_State *L);
enum tn_fate __wrap_tn_answer_fate(const struct tn_http_exchange *exchange, lua_State *L)
{
    enum tn_fate fate = __real_tn_answer_fate(exchange, L);
    if (broken == BROKEN_DOUBT && fate == TN_FATE_UNKNOWN && strcmp(exchange->method, "PATCH") == 0)
        return TN_FATE_DONE;
    return broken == BROKEN_RETRY && fate == TN_FATE_UNKNOWN ? TN_FATE_NOT_DONE : fate;
}

enum tn_ended __real_tn_exchange_ended(struct tn_json body);
enum tn_ended __wrap_tn_exchange_ended(struct tn_json body);
enum tn_ended __wrap_tn_exchange_ended(struct tn_json body)
{
    enum tn_ended ended = __real_tn_exchange_ended(body);
    return broken == BROKEN_PARTLY && ended == TN_ENDED_PARTLY ? TN_ENDED_WELL : ended;
}
