/* Microsoft.Support: what a ticket says. See support.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "simulator/arm.h"
#include "simulator/state.h"
#include "simulator/support.h"
#include "simulator/support_service.h"

#define CONTACT "contactDetails."
#define SLA_MINUTES 480
#define ID_TEXT 400

enum kind { TEXT, FLAG, JSON };

/* Words come in any case, and go out as they are written here. */
static const char *const severities[] = {"Minimal", "Moderate", "Critical", "HighestCriticalImpact", NULL};
static const char *const methods[] = {"Email", "Phone", NULL}, *const consents[] = {"Yes", "No", NULL};

static const struct field {
    const char *path;
    enum kind kind;
    bool required, patched; /* a ticket needs it; it may be changed */
    const char *const *words;
} ticket_fields[TN_SIM_TICKET_FIELDS] = {
    [TN_SIM_TICKET_TITLE] = {"title", TEXT, true, false, NULL},
    [TN_SIM_TICKET_DESCRIPTION] = {"description", TEXT, true, false, NULL},
    [TN_SIM_TICKET_SERVICE] = {"serviceId", TEXT, true, false, NULL},
    [TN_SIM_TICKET_CLASSIFICATION] = {"problemClassificationId", TEXT, true, false, NULL},
    [TN_SIM_TICKET_SEVERITY] = {"severity", TEXT, true, true, severities},
    [TN_SIM_TICKET_DIAGNOSTICS] = {"advancedDiagnosticConsent", TEXT, true, true, consents},
    [TN_SIM_TICKET_ALWAYS] = {"require24X7Response", FLAG, false, false, NULL},
    [TN_SIM_TICKET_START] = {"problemStartTime", TEXT, false, false, NULL},
    [TN_SIM_TICKET_ENROLLMENT] = {"enrollmentId", TEXT, false, false, NULL},
    [TN_SIM_TICKET_PLAN] = {"supportPlanId", TEXT, false, false, NULL},
    [TN_SIM_TICKET_WORKSPACE] = {"fileWorkspaceName", TEXT, false, false, NULL},
    [TN_SIM_TICKET_SCOPING] = {"problemScopingQuestions", TEXT, false, false, NULL},
    [TN_SIM_TICKET_CONSENT] = {"secondaryConsent", JSON, false, true, NULL},
    [TN_SIM_TICKET_TECHNICAL] = {"technicalTicketDetails", JSON, false, false, NULL},
    [TN_SIM_TICKET_QUOTA] = {"quotaTicketDetails", JSON, false, false, NULL},
    [TN_SIM_TICKET_FIRST_NAME] = {CONTACT "firstName", TEXT, true, true, NULL},
    [TN_SIM_TICKET_LAST_NAME] = {CONTACT "lastName", TEXT, true, true, NULL},
    [TN_SIM_TICKET_METHOD] = {CONTACT "preferredContactMethod", TEXT, true, true, methods},
    [TN_SIM_TICKET_MAIL] = {CONTACT "primaryEmailAddress", TEXT, true, true, NULL},
    [TN_SIM_TICKET_MAILS] = {CONTACT "additionalEmailAddresses", JSON, false, true, NULL},
    [TN_SIM_TICKET_PHONE] = {CONTACT "phoneNumber", TEXT, false, true, NULL},
    [TN_SIM_TICKET_ZONE] = {CONTACT "preferredTimeZone", TEXT, true, true, NULL},
    [TN_SIM_TICKET_COUNTRY] = {CONTACT "country", TEXT, true, true, NULL},
    [TN_SIM_TICKET_LANGUAGE] = {CONTACT "preferredSupportLanguage", TEXT, true, true, NULL},
};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static bool refuse(struct tn_sim_call *call, const char *field, const char *what)
{
    tn_sim_arm_error(call, 400, "BadRequest", "The property '%s' %s.", field, what);
    return false;
}

static const char *keep(struct tn_sim_call *call, const char *text)
{
    const char *kept = tn_sim_world_text(&call->simulator->world, text);
    call->answer->body.failed |= !kept;
    return kept;
}

static const char *keep_json(struct tn_sim_call *call, struct tn_json value)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &text);
    bool written = tn_json_write(value, &w, NULL) == TENURE_OK && !text.failed;
    const char *kept = written ? keep(call, tn_buf_text(&text)) : NULL;
    call->answer->body.failed |= !written;
    tn_buf_deinit(&text);
    return kept;
}

static const char *word_of(const char *const *words, const char *text)
{
    for (size_t i = 0; words[i]; i++) {
        if (tn_id_equal(words[i], text))
            return words[i];
    }
    return NULL;
}

static bool read_field(struct tn_sim_call *call, struct tn_json from, const struct field *field, const char **value)
{
    const char *text = tn_json_string(from, field->path, NULL);
    struct tn_json found = tn_json_find(from, field->path);
    bool flag;
    if (field->kind == FLAG && tn_json_bool(from, field->path, &flag))
        *value = flag ? "true" : "false";
    else if (field->kind == JSON && found.doc)
        *value = keep_json(call, found);
    else if (field->kind == TEXT && text && field->words)
        *value = word_of(field->words, text);
    else if (field->kind == TEXT && text)
        *value = keep(call, text);
    else
        return refuse(call, field->path, "is not of the kind that it has to be");
    return *value || refuse(call, field->path, "has none of the values that it may have");
}

/* Windows names its time zones so; a name of another kind is the usual mistake. */
static bool is_time_zone(const char *text)
{
    static const char ending[] = " Standard Time";
    size_t len = strlen(text), end = sizeof ending - 1;
    return strncmp(text, "UTC", 3) == 0 || (len > end && strcmp(text + len - end, ending) == 0);
}

static bool is_country(const char *text)
{
    return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == 3;
}

static bool contact_good(struct tn_sim_call *call, const char *const fields[TN_SIM_TICKET_FIELDS])
{
    if (strcmp(fields[TN_SIM_TICKET_METHOD], "Phone") == 0 && !fields[TN_SIM_TICKET_PHONE])
        return refuse(call, CONTACT "phoneNumber", "is required where phone is the preferred contact method");
    if (!strchr(fields[TN_SIM_TICKET_MAIL], '@'))
        return refuse(call, CONTACT "primaryEmailAddress", "is not an e-mail address");
    if (!is_time_zone(fields[TN_SIM_TICKET_ZONE]))
        return refuse(call, CONTACT "preferredTimeZone", "is not the name of a Windows time zone");
    if (!is_country(fields[TN_SIM_TICKET_COUNTRY]))
        return refuse(call, CONTACT "country", "is not the three letters of a country");
    return true;
}

static bool subject_good(struct tn_sim_call *call, const char *const fields[TN_SIM_TICKET_FIELDS])
{
    int64_t unused;
    const char *service = fields[TN_SIM_TICKET_SERVICE], *start = fields[TN_SIM_TICKET_START];
    if (!tn_sim_support_service_name(service))
        return refuse(call, "serviceId", "is not the id of a service");
    if (!tn_sim_support_classification_name(fields[TN_SIM_TICKET_CLASSIFICATION], service))
        return refuse(call, "problemClassificationId", "is not the id of one of the service's problem classifications");
    if (start && !tn_time_parse(start, strlen(start), &unused))
        return refuse(call, "problemStartTime", "is not a time");
    return true;
}

bool tn_sim_ticket_read(struct tn_sim_call *call, struct tn_json from, bool patch,
                        const char *fields[TN_SIM_TICKET_FIELDS])
{
    bool old = strcmp(tn_sim_arm_version(call), "2020-04-01") == 0; /* it did not ask for this consent */
    for (size_t i = 0; i < TN_SIM_TICKET_FIELDS; i++) {
        const struct field *field = &ticket_fields[i];
        bool asked = !patch && !(old && i == TN_SIM_TICKET_DIAGNOSTICS);
        enum tn_json_type type = tn_json_type_of(from, field->path);
        bool given = type != TN_JSON_ABSENT && type != TN_JSON_NULL;
        if (given && patch && !field->patched)
            return refuse(call, field->path, "cannot be changed");
        if (given && !read_field(call, from, field, &fields[i]))
            return false;
        if (field->required && (fields[i] ? !fields[i][0] : asked))
            return refuse(call, field->path, "is required");
    }
    return contact_good(call, fields) && subject_good(call, fields);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void write_fields(struct tn_json_writer *w, const struct tn_sim_ticket *ticket, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct field *field = &ticket_fields[i];
        const char *name = strrchr(field->path, '.');
        if (!ticket->fields[i])
            continue;
        tn_jw_key(w, name ? name + 1 : field->path);
        if (field->kind == TEXT)
            tn_jw_string(w, ticket->fields[i]);
        else
            tn_jw_raw(w, ticket->fields[i], strlen(ticket->fields[i]));
    }
}

static void write_agreement(struct tn_json_writer *w, const struct tn_sim_ticket *ticket)
{
    char text[TN_TIME_TEXT];
    tn_jw_key(w, "serviceLevelAgreement");
    tn_jw_object(w);
    tn_jw_kv_string(w, "startTime", tn_time_format(ticket->created, text));
    tn_jw_kv_string(w, "expirationTime", tn_time_format(ticket->created + (int64_t)SLA_MINUTES * 60, text));
    tn_jw_kv_int(w, "slaMinutes", SLA_MINUTES);
    tn_jw_object_end(w);
    tn_jw_key(w, "supportEngineer");
    tn_jw_object(w);
    tn_jw_kv_string(w, "emailAddress", NULL);
    tn_jw_object_end(w);
    tn_jw_kv_string(w, "supportPlanType", "Basic");
    tn_jw_kv_string(w, "supportPlanDisplayName", "Basic support");
}

void tn_sim_ticket_path(const struct tn_sim_ticket *ticket, char text[TN_SIM_SUPPORT_PATH])
{
    snprintf(text, TN_SIM_SUPPORT_PATH, "%s%s/providers/Microsoft.Support",
             ticket->in_subscription ? "/subscriptions/" : "",
             ticket->in_subscription ? ticket->customer->subscription : "");
}

void tn_sim_ticket_write(struct tn_json_writer *w, const struct tn_sim_ticket *ticket)
{
    const char *service = ticket->fields[TN_SIM_TICKET_SERVICE];
    char path[TN_SIM_SUPPORT_PATH], text[ID_TEXT];
    tn_sim_ticket_path(ticket, path);
    snprintf(text, sizeof text, "%s/supportTickets/%.255s", path, ticket->name);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", text);
    tn_jw_kv_string(w, "name", ticket->name);
    tn_jw_kv_string(w, "type", "Microsoft.Support/supportTickets");
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "supportTicketId", ticket->number);
    write_fields(w, ticket, 0, TN_SIM_TICKET_FIRST_NAME);
    tn_jw_kv_string(w, "problemClassificationDisplayName",
                    tn_sim_support_classification_name(ticket->fields[TN_SIM_TICKET_CLASSIFICATION], service));
    tn_jw_kv_string(w, "serviceDisplayName", tn_sim_support_service_name(service));
    if (!ticket->fields[TN_SIM_TICKET_ALWAYS])
        tn_jw_kv_bool(w, "require24X7Response", false);
    tn_jw_key(w, "contactDetails");
    tn_jw_object(w);
    write_fields(w, ticket, TN_SIM_TICKET_FIRST_NAME, TN_SIM_TICKET_FIELDS);
    tn_jw_object_end(w);
    write_agreement(w, ticket);
    tn_jw_kv_string(w, "isTemporaryTicket", "No");
    tn_jw_kv_string(w, "status", ticket->closed ? "Closed" : "Open");
    tn_jw_kv_string(w, "createdDate", tn_time_format(ticket->created, text));
    tn_jw_kv_string(w, "modifiedDate", tn_time_format(ticket->modified, text));
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}
