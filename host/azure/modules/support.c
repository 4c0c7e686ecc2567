/*
 * tenure.support: support tickets and what is said in them. Facts: the Microsoft.Support REST reference 2024-04-01.
 *
 * request_refund and request_exchange are tickets as Microsoft tells partners to open them where self-service refuses:
 * issue type Billing, problem type Reservation Management, category Exchanges and Refunds, with the ids of order and
 * reservation in the description (Partner Center, "Azure reservations": request an exchange or a refund). They have a
 * natural key, the reservation: the ticket's name is made of it, so that whoever asks, from whatever run or ledger, asks
 * for the same ticket, and one that is there is not asked for again, open or closed. What is to be said beside it is said
 * in that ticket, or in one of create_ticket with a name of its own.
 */
#include <stdio.h>
#include <string.h>

#include "azure/call.h"
#include "azure/modules/fields.h"
#include "azure/modules/modules.h"
#include "base/clock.h"
#include "base/id.h"

#define VERSION "2024-04-01"
#define SUPPORT "/providers/Microsoft.Support"
#define OF_SUBSCRIPTION "/subscriptions/{subscription}" SUPPORT
#define ARGUMENT_SUBSCRIPTION                                                \
    {                                                                        \
        "subscription", TN_TYPE_SUBSCRIPTION, false, TN_IN_PATH, NULL, NULL, \
            "of this subscription; of the tenant unless given"               \
    }
#define ARGUMENT_TICKET                                                           \
    {                                                                             \
        "ticket", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "ticket, or its name" \
    }
#define ARGUMENT_SEVERITY                                                                       \
    {                                                                                           \
        "severity", TN_TYPE_STRING, false, TN_IN_BODY, NULL, severities, "minimal unless given" \
    }
#define CONTACT_TEXT(name, doc)                                  \
    {                                                            \
        name, TN_TYPE_STRING, false, TN_IN_BODY, NULL, NULL, doc \
    }
/* support_contact.h has the whole of it */
#define ARGUMENTS_CONTACT                                                                                          \
    CONTACT_TEXT("first_name", "of the contact, whom support answers; the profile's unless any of it is given"),   \
        CONTACT_TEXT("last_name", "of the contact"), CONTACT_TEXT("email", "of the contact"),                      \
        CONTACT_TEXT("phone", "of the contact"), CONTACT_TEXT("country", "of the contact, in three letters: CHE"), \
        CONTACT_TEXT("time_zone", "of the contact, as Windows names it: W. Europe Standard Time"),                 \
        CONTACT_TEXT("language", "to answer in; en-US unless given"),                                              \
    {                                                                                                              \
        "method", TN_TYPE_STRING, false, TN_IN_BODY, NULL, tn_support_contact_methods,                             \
            "how to answer: email or phone; phone where there is a number, unless given"                           \
    }
#define ARGUMENTS_REQUEST                                                                                        \
    {"quantity", TN_TYPE_INTEGER, false, TN_IN_BODY, NULL, NULL, "how many of it; all unless given"},            \
        {"reason", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL, "why, for support to read"}, ARGUMENT_SEVERITY, \
        {"service", TN_TYPE_ID, false, TN_IN_BODY, NULL, NULL, "id; that of Billing is looked up unless given"}, \
    {                                                                                                            \
        "classification", TN_TYPE_ID, false, TN_IN_BODY, NULL, NULL,                                             \
            "id; that of Reservation Management / Exchanges and Refunds is looked up unless given"               \
    }

/* ---- records ----------------------------------------------------------------------------------------------------- */

static const struct tn_field service_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "full id, which a ticket names"},
    {.name = "service", .path = "name", .type = TN_TYPE_ID, .column = true, .doc = "its GUID"},
    {.name = "name", .path = "properties.displayName", .type = TN_TYPE_STRING, .column = true, .doc = "e.g. Billing"},
    {.name = "types", .path = "properties.resourceTypes", .type = TN_TYPE_LIST, .doc = "types of resources it is for"},
    {.name = NULL},
};
static const struct tn_record tn_record_service = {"service", service_fields,
                                                   "What a ticket can be about (Microsoft.Support)"};

static const struct tn_field classification_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "full id, which a ticket names"},
    {.name = "classification", .path = "name", .type = TN_TYPE_ID, .column = true, .doc = "its GUID"},
    {.name = "name",
     .path = "properties.displayName",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "e.g. Reservation Management / Exchanges and Refunds"},
    {.name = NULL},
};
static const struct tn_record tn_record_classification = {"problem_classification", classification_fields,
                                                          "A kind of problem with a service (Microsoft.Support)"};

static int compute_portal(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                          struct tn_err *err)
{
    (void)field, (void)err;
    const char *id = tn_json_string(raw, "id", NULL);
    if (id && *id)
        tn_field_set_portal(value, tn_json_base(raw), id);
    return TENURE_OK;
}

static const struct tn_field ticket_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "full id"},
    {.name = "name", .path = "name", .type = TN_TYPE_ID, .column = true, .doc = "the name it was made with"},
    {.name = "number",
     .path = "properties.supportTicketId",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "what support calls it"},
    {.name = "title", .path = "properties.title", .type = TN_TYPE_STRING, .column = true, .doc = "in one line"},
    {.name = "status", .path = "properties.status", .type = TN_TYPE_STRING, .column = true, .doc = "Open or Closed"},
    {.name = "severity",
     .path = "properties.severity",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "minimal, moderate …; its case varies"},
    {.name = "created",
     .path = "properties.createdDate",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "when it was made"},
    {.name = "modified",
     .path = "properties.modifiedDate",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "when it was changed last"},
    {.name = "description", .path = "properties.description", .type = TN_TYPE_STRING, .doc = "what was asked for"},
    {.name = "service",
     .path = "properties.serviceDisplayName",
     .type = TN_TYPE_STRING,
     .doc = "name of what it is about"},
    {.name = "classification",
     .path = "properties.problemClassificationDisplayName",
     .type = TN_TYPE_STRING,
     .doc = "name of the kind of problem"},
    {.name = "engineer",
     .path = "properties.supportEngineer.emailAddress",
     .type = TN_TYPE_STRING,
     .doc = "address of who works on it"},
    {.name = "contact",
     .path = "properties.contactDetails.primaryEmailAddress",
     .type = TN_TYPE_STRING,
     .doc = "address that answers go to"},
    {.name = "answer_by",
     .path = "properties.serviceLevelAgreement.expirationTime",
     .type = TN_TYPE_DATE,
     .doc = "when an answer is promised"},
    {.name = "portal",
     .compute = compute_portal,
     .type = TN_TYPE_STRING,
     .doc = "link to the portal's page, where a person answers and adds files"},
    {.name = NULL},
};
static const struct tn_record tn_record_ticket = {"ticket", ticket_fields, "A support ticket (Microsoft.Support)"};

static const struct tn_field communication_fields[] = {
    {.name = "id", .path = "id", .type = TN_TYPE_ID, .doc = "full id"},
    {.name = "name", .path = "name", .type = TN_TYPE_ID, .doc = "its GUID"},
    {.name = "created",
     .path = "properties.createdDate",
     .type = TN_TYPE_DATE,
     .column = true,
     .doc = "when it was sent"},
    {.name = "direction",
     .path = "properties.communicationDirection",
     .type = TN_TYPE_STRING,
     .column = true,
     .doc = "Inbound: from support; Outbound: from us; its case varies"},
    {.name = "type",
     .path = "properties.communicationType",
     .type = TN_TYPE_STRING,
     .doc = "Web or Phone; its case varies"},
    {.name = "sender", .path = "properties.sender", .type = TN_TYPE_STRING, .column = true, .doc = "address"},
    {.name = "subject", .path = "properties.subject", .type = TN_TYPE_STRING, .column = true, .doc = "in one line"},
    {.name = "body", .path = "properties.body", .type = TN_TYPE_STRING, .doc = "HTML"},
    {.name = NULL},
};
static const struct tn_record tn_record_communication = {"communication", communication_fields,
                                                         "What was said in a ticket (Microsoft.Support)"};

static const struct tn_record *const records[] = {&tn_record_ticket, &tn_record_communication, &tn_record_service,
                                                  &tn_record_classification, NULL};

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static int put_tickets(const struct tn_operation *op, const struct tn_values *values, struct tn_buf *url,
                       struct tn_err *err)
{
    const struct tn_argument_value *status = tn_values_get(op, values, "status");
    const struct tn_argument_value *since = tn_values_get(op, values, "since");
    struct tn_buf filter = {0};
    char time[TN_TIME_TEXT], condition[64];
    if (since->given) {
        snprintf(condition, sizeof condition, "createdDate ge %s", tn_time_format(since->integer, time));
        tn_filter_put(&filter, " and ", condition, NULL);
    }
    if (status->given)
        tn_filter_put(&filter, " and ", "status eq ", status->text);
    return tn_filter_finish(&filter, url, err);
}

static const char *const statuses[] = {"Open", "Closed", NULL};
static const char *const severities[] = {"minimal", "moderate", "critical", "highestcriticalimpact", NULL};

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static void write_given(const struct tn_call *call, const char *name, const char *member, struct tn_json_writer *w)
{
    if (tn_call_argument(call, name)->given)
        tn_jw_kv_string(w, member, tn_call_argument(call, name)->text);
}

static const char *last_segment(const char *id)
{
    const char *slash = strrchr(id, '/');
    return slash ? slash + 1 : id;
}

/* Full ids, from such or from GUIDs. */
static void write_service(const struct tn_call *call, struct tn_json_writer *w)
{
    char id[256];
    snprintf(id, sizeof id, SUPPORT "/services/%.60s", last_segment(tn_call_argument(call, "service")->text));
    tn_jw_kv_string(w, "serviceId", id);
    size_t len = strlen(id);
    snprintf(id + len, sizeof id - len, "/problemClassifications/%.60s",
             last_segment(tn_call_argument(call, "classification")->text));
    tn_jw_kv_string(w, "problemClassificationId", id);
}

static void write_contact(const struct tn_call *call, struct tn_json_writer *w)
{
    const struct tn_argument_value *method = tn_call_argument(call, "method");
    const char *unless_given = tn_call_argument(call, "phone")->given ? "phone" : "email";
    tn_jw_key(w, "contactDetails");
    tn_jw_object(w);
    write_given(call, "first_name", "firstName", w);
    write_given(call, "last_name", "lastName", w);
    tn_jw_kv_string(w, "preferredContactMethod", method->given ? method->text : unless_given);
    write_given(call, "email", "primaryEmailAddress", w);
    write_given(call, "phone", "phoneNumber", w);
    write_given(call, "time_zone", "preferredTimeZone", w);
    write_given(call, "country", "country", w);
    tn_jw_kv_string(w, "preferredSupportLanguage",
                    tn_call_argument(call, "language")->given ? tn_call_argument(call, "language")->text : "en-US");
    tn_jw_object_end(w);
}

static void write_ticket(const struct tn_call *call, const char *title, const char *description,
                         struct tn_json_writer *w)
{
    tn_jw_object(w);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    write_service(call, w);
    tn_jw_kv_string(w, "title", title);
    tn_jw_kv_string(w, "description", description);
    tn_jw_kv_string(w, "severity",
                    tn_call_argument(call, "severity")->given ? tn_call_argument(call, "severity")->text : "minimal");
    tn_jw_kv_string(w, "advancedDiagnosticConsent", "No");
    write_contact(call, w);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static int check_service(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    return tn_values_check_guid(op, values, "service", "the id or GUID of one of support.services", err);
}

static int check_ticket(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    int rc = check_service(op, values, err);
    if (rc < 0)
        return rc;
    return tn_values_check_guid(op, values, "classification",
                                "the id or GUID of one of the service's support.problem_classifications", err);
}

static int build_ticket(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    (void)err;
    write_ticket(call, tn_call_argument(call, "title")->text, tn_call_argument(call, "description")->text, w);
    return TENURE_OK;
}

/* ---- asking for what self-service refuses ----------------------------------------------------------------------- */

static const struct tn_about exchanges_and_refunds = {"Billing", "Reservation Management / Exchanges and Refunds"};

/* "tenure-request_refund-GUID": a name that a person finds, and that is no GUID, which the service does not like. */
static void name_request(const struct tn_call *call, char name[TN_THING_TEXT])
{
    snprintf(name, TN_THING_TEXT, "tenure-%.16s-%.36s", call->op->name, tn_call_argument(call, "reservation")->text);
    tn_id_fold(name);
}

/* A quantity of 0 is one that is not known. */
static void put_quantity(struct tn_buf *text, const struct tn_call *call)
{
    const struct tn_argument_value *quantity = tn_call_argument(call, "quantity");
    int64_t whole = tn_call_argument(call, "reservation")->integer;
    tn_buf_printf(text, "Quantity: %lld", (long long)(quantity->given ? quantity->integer : whole));
    if (!quantity->given || quantity->integer == whole)
        tn_buf_puts(text, ", which is all of it");
    else if (whole > 0)
        tn_buf_printf(text, " of %lld", (long long)whole);
    tn_buf_puts(text, "\n");
}

static int build_request(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    const struct tn_argument_value *reservation = tn_call_argument(call, "reservation"),
                                   *instead = tn_call_argument(call, "instead");
    const char *verb = instead->given ? "exchange" : "refund";
    struct tn_buf text = {0};
    char title[96];
    snprintf(title, sizeof title, "Please %s reservation %.36s", verb, reservation->text);
    tn_buf_printf(&text, "Please %s this reservation, which self-service does not.\n\n", verb);
    if (call->tenant)
        tn_buf_printf(&text, "Tenant: %s\n", call->tenant);
    tn_buf_printf(&text, "Reservation order: %s\nReservation: %s\n", reservation->order, reservation->text);
    put_quantity(&text, call);
    if (instead->given)
        tn_buf_printf(&text, "Instead: %s\n", instead->text);
    tn_buf_printf(&text, "Reason: %s\n", tn_call_argument(call, "reason")->text);
    if (!text.failed)
        write_ticket(call, title, text.data, w);
    int rc = text.failed ? tn_err_no_memory(err) : TENURE_OK;
    tn_buf_deinit(&text);
    return rc;
}

static int check_request(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    const struct tn_argument_value *quantity = tn_values_get(op, values, "quantity");
    int64_t whole = tn_values_get(op, values, "reservation")->integer;
    int rc = check_ticket(op, values, err);
    if (rc < 0)
        return rc;
    if (quantity->given && whole > 0 && quantity->integer > whole)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: quantity is %lld, but the reservation has %lld", op->module,
                          op->name, (long long)quantity->integer, (long long)whole);
    return TENURE_OK;
}

/* ---- saying more ------------------------------------------------------------------------------------------------ */

/* The one body that is not wrapped in "properties". */
static int build_update(const struct tn_call *call, struct tn_json_writer *w, struct tn_err *err)
{
    (void)err;
    tn_jw_object(w);
    write_given(call, "status", "status", w);
    write_given(call, "severity", "severity", w);
    tn_jw_object_end(w);
    return TENURE_OK;
}

static int check_update(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    if (!tn_values_get(op, values, "status")->given && !tn_values_get(op, values, "severity")->given)
        return tn_err_set(err, TENURE_EINVAL, "support.update_ticket: say what to change: status or severity");
    return TENURE_OK;
}

static const struct tn_field update_changes[] = {
    {.name = "status", .path = "properties.status", .type = TN_TYPE_STRING},
    {.name = "severity", .path = "properties.severity", .type = TN_TYPE_STRING},
    {.name = NULL},
};

static const char *const new_statuses[] = {"open", "closed", NULL};

static const struct tn_operation operations[] = {
    {
        .module = "support",
        .name = "services",
        .method = "GET",
        .path = SUPPORT "/services",
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .record = &tn_record_service,
        .paging = TN_PAGING_NEXT_LINK,
        .doc = "What a ticket can be about. The list changes: look services up by name.",
        .source = "Microsoft.Support REST 2024-04-01: Services, List",
    },
    {
        .module = "support",
        .name = "problem_classifications",
        .method = "GET",
        .path = SUPPORT "/services/{service}/problemClassifications",
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"service", TN_TYPE_ID, true, TN_IN_PATH, NULL, NULL, "service, its full id, or its GUID"}},
        .record = &tn_record_classification,
        .paging = TN_PAGING_NEXT_LINK,
        .check = check_service,
        .doc = "The kinds of problems that a service knows. The list changes: look them up by name.",
        .source = "Microsoft.Support REST 2024-04-01: Problem Classifications, List",
    },
    {
        .module = "support",
        .name = "tickets",
        .method = "GET",
        .path = SUPPORT "/supportTickets",
        .paths = {{"subscription", OF_SUBSCRIPTION "/supportTickets", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {{"status", TN_TYPE_STRING, false, TN_IN_QUERY, NULL, statuses,
                       "Open or Closed; both unless given"},
                      {"since", TN_TYPE_DATE, false, TN_IN_QUERY, NULL, NULL, "made at that time or later"},
                      ARGUMENT_SUBSCRIPTION},
        .record = &tn_record_ticket,
        .paging = TN_PAGING_NEXT_LINK,
        .put_query = put_tickets,
        .doc = "Support tickets.",
        .source = "Microsoft.Support REST 2024-04-01: Support Tickets, List",
    },
    {
        .module = "support",
        .name = "ticket",
        .method = "GET",
        .path = SUPPORT "/supportTickets/{ticket}",
        .paths = {{"subscription", OF_SUBSCRIPTION "/supportTickets/{ticket}", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {ARGUMENT_TICKET, ARGUMENT_SUBSCRIPTION},
        .record = &tn_record_ticket,
        .doc = "One support ticket.",
        .source = "Microsoft.Support REST 2024-04-01: Support Tickets, Get",
    },
    {
        .module = "support",
        .name = "communications",
        .method = "GET",
        .path = SUPPORT "/supportTickets/{ticket}/communications",
        .paths = {{"subscription", OF_SUBSCRIPTION "/supportTickets/{ticket}/communications", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .arguments = {ARGUMENT_TICKET, ARGUMENT_SUBSCRIPTION},
        .record = &tn_record_communication,
        .paging = TN_PAGING_NEXT_LINK,
        .doc = "What was said in a ticket, by us and by support.",
        .source = "Microsoft.Support REST 2024-04-01: Communications, List",
    },
    {
        .module = "support",
        .name = "create_ticket",
        .method = "PUT",
        .path = SUPPORT "/supportTickets/{thing}",
        .paths = {{"subscription", OF_SUBSCRIPTION "/supportTickets/{thing}", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {{"title", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL, "in one line"},
                      {"description", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL, "what is asked for"},
                      {"service", TN_TYPE_ID, true, TN_IN_BODY, NULL, NULL, "id or GUID of one of support.services"},
                      {"classification", TN_TYPE_ID, true, TN_IN_BODY, NULL, NULL,
                       "id or GUID of one of its support.problem_classifications"},
                      ARGUMENT_SEVERITY,
                      ARGUMENTS_CONTACT,
                      ARGUMENT_SUBSCRIPTION},
        .long_running = TN_LRO_OPERATION,
        .build_body = build_ticket,
        .takes_contact = true,
        .takes_once = true,
        .check = check_ticket,
        .doc = "Open a support ticket. Its name is made of the one given with once.",
        .source = "Microsoft.Support REST 2024-04-01: Support Tickets, Create",
    },
    {
        .module = "support",
        .name = "request_refund",
        .method = "PUT",
        .path = SUPPORT "/supportTickets/{thing}",
        .paths = {{"subscription", OF_SUBSCRIPTION "/supportTickets/{thing}", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {{"reservation", TN_TYPE_RESERVATION, true, TN_IN_BODY, NULL, NULL, "what is to be refunded"},
                      ARGUMENTS_REQUEST,
                      ARGUMENTS_CONTACT,
                      ARGUMENT_SUBSCRIPTION},
        .long_running = TN_LRO_OPERATION,
        .build_body = build_request,
        .name_thing = name_request,
        .check = check_request,
        .found_by = "ticket",
        .about = &exchanges_and_refunds,
        .takes_contact = true,
        .doc = "Ask support to refund a reservation that self-service does not. It is asked once for each reservation.",
        .source = "Microsoft.Support REST 2024-04-01: Support Tickets, Create; Partner Center: Azure reservations",
    },
    {
        .module = "support",
        .name = "request_exchange",
        .method = "PUT",
        .path = SUPPORT "/supportTickets/{thing}",
        .paths = {{"subscription", OF_SUBSCRIPTION "/supportTickets/{thing}", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {{"reservation", TN_TYPE_RESERVATION, true, TN_IN_BODY, NULL, NULL, "what is to be exchanged"},
                      {"instead", TN_TYPE_STRING, true, TN_IN_BODY, NULL, NULL,
                       "what is to be had instead: product, region, term, quantity"},
                      ARGUMENTS_REQUEST,
                      ARGUMENTS_CONTACT,
                      ARGUMENT_SUBSCRIPTION},
        .long_running = TN_LRO_OPERATION,
        .build_body = build_request,
        .name_thing = name_request,
        .check = check_request,
        .found_by = "ticket",
        .about = &exchanges_and_refunds,
        .takes_contact = true,
        .doc = "Ask support to exchange a reservation that self-service does not. It is asked once for each "
               "reservation.",
        .source = "Microsoft.Support REST 2024-04-01: Support Tickets, Create; Partner Center: Azure reservations",
    },
    {
        .module = "support",
        .name = "update_ticket",
        .method = "PATCH",
        .path = SUPPORT "/supportTickets/{ticket}",
        .paths = {{"subscription", OF_SUBSCRIPTION "/supportTickets/{ticket}", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {ARGUMENT_TICKET,
                      {"status", TN_TYPE_STRING, false, TN_IN_BODY, NULL, new_statuses, "open or closed"},
                      {"severity", TN_TYPE_STRING, false, TN_IN_BODY, NULL, severities, "how much it hurts"},
                      ARGUMENT_SUBSCRIPTION},
        .record = &tn_record_ticket,
        .build_body = build_update,
        .check = check_update,
        .before = update_changes,
        .doc = "Close a ticket, open it again, or say how much it hurts.",
        .source = "Microsoft.Support REST 2024-04-01: Support Tickets, Update",
    },
    {
        .module = "support",
        .name = "create_communication",
        .method = "PUT",
        .path = SUPPORT "/supportTickets/{ticket}/communications/{thing}",
        .paths = {{"subscription", OF_SUBSCRIPTION "/supportTickets/{ticket}/communications/{thing}", false}},
        .api_version = VERSION,
        .service = TN_SERVICE_ARM,
        .class = TN_CLASS_NAMED,
        .arguments = {ARGUMENT_TICKET,
                      {"subject", TN_TYPE_STRING, true, TN_IN_BODY, "properties.subject", NULL, "in one line"},
                      {"body", TN_TYPE_STRING, true, TN_IN_BODY, "properties.body", NULL, "what is said"},
                      {"sender", TN_TYPE_STRING, false, TN_IN_BODY, "properties.sender", NULL, "address"},
                      ARGUMENT_SUBSCRIPTION},
        .record = &tn_record_communication,
        .long_running = TN_LRO_OPERATION,
        .takes_once = true,
        .doc = "Say something in a ticket. Its name is made of the one given with once.",
        .source = "Microsoft.Support REST 2024-04-01: Communications, Create",
    },
    {.module = NULL},
};

const struct tn_module tn_module_support = {"support", operations, records, "Support tickets (Microsoft.Support)"};
