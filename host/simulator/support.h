/*
 * Microsoft.Support: tickets and what is said in them, beside a subscription and in one.
 *
 *   PUT ticket ─202─▶ operation InProgress ─settle─▶ Succeeded: the ticket is there, and has its number
 *                                             └─(fail_operation)─▶ Failed: there never was one
 *
 * The same for a message in a ticket. Names are the caller's: a PUT that repeats one says what became of it and changes
 * nothing. A ticket stays open until its writer closes it, or support does (see control.h).
 */
#ifndef TN_SIMULATOR_SUPPORT_H
#define TN_SIMULATOR_SUPPORT_H

#include "simulator/call.h"
#include "simulator/world.h"

#define TN_SIM_TICKET_NUMBER 17 /* 16 digits and the NUL */
#define TN_SIM_SUPPORT_PATH 96

/* What a ticket's writer says, as kept: texts, and whatever is not one as JSON. */
enum tn_sim_ticket_field {
    TN_SIM_TICKET_TITLE,
    TN_SIM_TICKET_DESCRIPTION,
    TN_SIM_TICKET_SERVICE,
    TN_SIM_TICKET_CLASSIFICATION,
    TN_SIM_TICKET_SEVERITY,
    TN_SIM_TICKET_DIAGNOSTICS,
    TN_SIM_TICKET_ALWAYS,
    TN_SIM_TICKET_START,
    TN_SIM_TICKET_ENROLLMENT,
    TN_SIM_TICKET_PLAN,
    TN_SIM_TICKET_WORKSPACE,
    TN_SIM_TICKET_SCOPING,
    TN_SIM_TICKET_CONSENT,
    TN_SIM_TICKET_TECHNICAL,
    TN_SIM_TICKET_QUOTA,
    TN_SIM_TICKET_FIRST_NAME, /* from here on: contactDetails */
    TN_SIM_TICKET_LAST_NAME,
    TN_SIM_TICKET_METHOD,
    TN_SIM_TICKET_MAIL,
    TN_SIM_TICKET_MAILS,
    TN_SIM_TICKET_PHONE,
    TN_SIM_TICKET_ZONE,
    TN_SIM_TICKET_COUNTRY,
    TN_SIM_TICKET_LANGUAGE,
    TN_SIM_TICKET_FIELDS,
};

struct tn_sim_ticket {
    struct tn_sim_ticket *next; /* of the customer's, newest first */
    struct tn_sim_customer *customer;
    const char *name;
    bool in_subscription;
    enum tn_sim_state state; /* pending; succeeded: it is there; failed: it never was */
    struct tn_sim_support_operation *operation;
    char number[TN_SIM_TICKET_NUMBER];
    const char *fields[TN_SIM_TICKET_FIELDS]; /* NULL: not said */
    bool closed;
    int64_t created, modified; /* seconds since 1970 */
    struct tn_sim_message *messages;
};

struct tn_sim_message {
    struct tn_sim_message *next; /* of the ticket's, newest first */
    struct tn_sim_ticket *ticket;
    char id[TN_GUID_TEXT]; /* the name it is given */
    const char *name;      /* the name it was asked for by; NULL: support's */
    const char *subject, *body, *sender;
    enum tn_sim_state state;
    struct tn_sim_support_operation *operation;
    int64_t created;
};

/* What a path is about. */
struct tn_sim_place {
    bool in_subscription;
    const char *ticket, *message; /* as the path has them, where it does */
};

/* ---- requests --------------------------------------------------------------------------------------------------- */

void tn_sim_support_check_name(struct tn_sim_call *call);
void tn_sim_support_create_ticket(struct tn_sim_call *call);
void tn_sim_support_get_ticket(struct tn_sim_call *call);
void tn_sim_support_list_tickets(struct tn_sim_call *call);
void tn_sim_support_update_ticket(struct tn_sim_call *call);
void tn_sim_support_create_message(struct tn_sim_call *call);
void tn_sim_support_get_message(struct tn_sim_call *call);
void tn_sim_support_list_messages(struct tn_sim_call *call);
void tn_sim_support_status(struct tn_sim_call *call);
void tn_sim_support_result(struct tn_sim_call *call);

/* ---- between the files ------------------------------------------------------------------------------------------ */

/* False: the refusal is written. */
bool tn_sim_support_enter(struct tn_sim_call *call, struct tn_sim_place *place);
bool tn_sim_support_name_good(struct tn_sim_call *call, const char *name);

/* The ticket of that name that is there or pending; NULL: none. */
struct tn_sim_ticket *tn_sim_ticket_find(const struct tn_sim_customer *customer, const struct tn_sim_place *place);
/* The ticket that the path names, which is there; NULL: the refusal is written. */
struct tn_sim_ticket *tn_sim_ticket_named(struct tn_sim_call *call, struct tn_sim_place *place);

/* Read from a body, a whole ticket's or a PATCH's, onto what is there already. False: the refusal is written. */
bool tn_sim_ticket_read(struct tn_sim_call *call, struct tn_json from, bool patch,
                        const char *fields[TN_SIM_TICKET_FIELDS]);
void tn_sim_ticket_write(struct tn_json_writer *w, const struct tn_sim_ticket *ticket);
void tn_sim_ticket_path(const struct tn_sim_ticket *ticket, char text[TN_SIM_SUPPORT_PATH]); /* ids begin so */
void tn_sim_message_write(struct tn_json_writer *w, const struct tn_sim_message *message);

/* Begin what a PUT asked for, the ticket or, unless it is NULL, a message in it, and answer 202. */
void tn_sim_support_begin(struct tn_sim_call *call, const char *kind, struct tn_sim_ticket *ticket,
                          struct tn_sim_message *message);
void tn_sim_support_accepted(struct tn_sim_call *call, const struct tn_sim_support_operation *operation);

/* Support says this in every open ticket, and may close it. False: out of memory. */
bool tn_sim_support_answer(struct tn_simulator *simulator, const char *text, bool close);

#endif
