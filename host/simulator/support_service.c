/* Microsoft.Support: services and problem classifications. See support_service.h. */
#include "simulator/support_service.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "simulator/arm.h"

#define SERVICES "/providers/Microsoft.Support/services/"
#define CLASSIFICATIONS "/problemClassifications/"
#define ID_TEXT 200
#define MOST_TYPES 3
#define MOST_PROBLEMS 6

static const struct service {
    const char *id; /* NULL: derived from its name */
    const char *name;
    const char *types[MOST_TYPES], *problems[MOST_PROBLEMS]; /* end with NULL */
} services[] = {
    {"517f2da6-78fd-0498-4e22-ad26996b1dfc",
     "Billing",
     {NULL},
     {"Reservation Management / Exchanges and Refunds", "Reservation Management / Request Invoices",
      "Reservation Management / Other Iissues or Requests", "Other General Billing Questions", "Refund request"}},
    {NULL,
     "Service and subscription limits (quotas)",
     {NULL},
     {"Compute-VM (cores-vCPUs) subscription limit increases", "Other Requests"}},
    {NULL,
     "Subscription management",
     {NULL},
     {"Add or Edit VAT, TAX ID, or PO Number", "Other General Subscription Questions"}},
    {NULL,
     "Virtual Machine running Linux",
     {"MICROSOFT.CLASSICCOMPUTE/VIRTUALMACHINES", "MICROSOFT.COMPUTE/VIRTUALMACHINES"},
     {"Cannot connect to my VM / My VM cannot be reached", "My VM does not start"}},
    {NULL, "Data Explorer", {"MICROSOFT.KUSTO/CLUSTERS", "MICROSOFT.KUSTO/DATABASES"}, {"A query is slow"}},
};
#define SERVICES_COUNT (sizeof services / sizeof services[0])

static void service_id(const struct service *service, char id[TN_GUID_TEXT])
{
    char seedling[120];
    snprintf(seedling, sizeof seedling, "support service %s", service->name);
    tn_guid_derive(id, service->id ? service->id : seedling);
}

static void problem_id(const struct service *service, const char *problem, char id[TN_GUID_TEXT])
{
    char seedling[200];
    snprintf(seedling, sizeof seedling, "support problem %s: %s", service->name, problem);
    tn_guid_derive(id, seedling);
}

static const struct service *find_service(const char *name)
{
    char id[TN_GUID_TEXT];
    for (size_t i = 0; i < SERVICES_COUNT; i++) {
        service_id(&services[i], id);
        if (tn_id_equal(id, name))
            return &services[i];
    }
    return NULL;
}

static const char *find_problem(const struct service *service, const char *name)
{
    char id[TN_GUID_TEXT];
    for (size_t i = 0; i < MOST_PROBLEMS && service->problems[i]; i++) {
        problem_id(service, service->problems[i], id);
        if (tn_id_equal(id, name))
            return service->problems[i];
    }
    return NULL;
}

const char *tn_sim_support_service_name(const char *id)
{
    const size_t prefix = sizeof SERVICES - 1;
    const struct service *service = strncasecmp(id, SERVICES, prefix) == 0 ? find_service(id + prefix) : NULL;
    return service ? service->name : NULL;
}

const char *tn_sim_support_classification_name(const char *id, const char *of_service)
{
    const size_t len = strlen(of_service), middle = sizeof CLASSIFICATIONS - 1;
    if (strncasecmp(id, of_service, len) != 0 || strncasecmp(id + len, CLASSIFICATIONS, middle) != 0)
        return NULL;
    const struct service *service = find_service(of_service + sizeof SERVICES - 1);
    return service ? find_problem(service, id + len + middle) : NULL;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static void write_service(struct tn_json_writer *w, const struct service *service)
{
    char id[TN_GUID_TEXT], text[ID_TEXT];
    service_id(service, id);
    snprintf(text, sizeof text, SERVICES "%s", id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", text);
    tn_jw_kv_string(w, "name", id);
    tn_jw_kv_string(w, "type", "Microsoft.Support/services");
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "displayName", service->name);
    tn_jw_key(w, "resourceTypes");
    tn_jw_array(w);
    for (size_t i = 0; i < MOST_TYPES && service->types[i]; i++)
        tn_jw_string(w, service->types[i]);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void write_problem(struct tn_json_writer *w, const struct service *service, const char *problem)
{
    char of[TN_GUID_TEXT], id[TN_GUID_TEXT], text[ID_TEXT];
    service_id(service, of);
    problem_id(service, problem, id);
    snprintf(text, sizeof text, SERVICES "%s" CLASSIFICATIONS "%s", of, id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", text);
    tn_jw_kv_string(w, "name", id);
    tn_jw_kv_string(w, "type", "Microsoft.Support/problemClassifications");
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "displayName", problem);
    tn_jw_key(w, "secondaryConsentEnabled");
    tn_jw_array(w);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

void tn_sim_support_services(struct tn_sim_call *call)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (size_t i = 0; i < SERVICES_COUNT; i++)
        write_service(&w, &services[i]);
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

/* The service that the path names; NULL: the refusal is written. */
static const struct service *named_service(struct tn_sim_call *call)
{
    const struct service *service = find_service(call->params[0]);
    if (!service)
        tn_sim_arm_error(call, 404, "ResourceNotFound", "There is no support service '%.60s'.", call->params[0]);
    return service;
}

void tn_sim_support_service(struct tn_sim_call *call)
{
    const struct service *service = named_service(call);
    if (!service)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    write_service(&w, service);
}

void tn_sim_support_classifications(struct tn_sim_call *call)
{
    const struct service *service = named_service(call);
    if (!service)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (size_t i = 0; i < MOST_PROBLEMS && service->problems[i]; i++)
        write_problem(&w, service, service->problems[i]);
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

void tn_sim_support_classification(struct tn_sim_call *call)
{
    const struct service *service = named_service(call);
    const char *problem = service ? find_problem(service, call->params[1]) : NULL;
    if (problem) {
        struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
        write_problem(&w, service, problem);
    } else if (service) {
        tn_sim_arm_error(call, 404, "ResourceNotFound", "The service '%s' has no problem classification '%.60s'.",
                         service->name, call->params[1]);
    }
}
