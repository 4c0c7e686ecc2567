# The work that spec/sdk.lua makes up, done with Microsoft's SDKs for Python, in the versions that Debian has. What is
# to be done comes as JSON on standard input; what came of it goes to standard output, as JSON, too.
import json
import os
import sys

from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.consumption import ConsumptionManagementClient
from azure.mgmt.reservations import AzureReservationAPI, models as capacity_models
from azure.mgmt.support import MicrosoftSupport, models as support_models

work = json.load(sys.stdin)
cloud = os.environ["TENURE_CLOUD"]

# Of no cloud that Microsoft knows, and so without asking Microsoft where its login service is.
credential = ClientSecretCredential(
    work["tenant"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"],
    authority=cloud, instance_discovery=False)
options = {"base_url": cloud, "credential_scopes": [cloud + "/.default"], "polling_interval": 0.1}
capacity = AzureReservationAPI(credential, **options)
consumption = ConsumptionManagementClient(credential, work["subscription"], **options)
support = MicrosoftSupport(credential, work["subscription"], **options)


def arm_id(what):
    return "/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{id}".format(**what)


def money(price):
    return f"{price.amount:.2f} {price.currency_code}"


def day(date):
    return date.strftime("%Y-%m-%d")


def refusal(call):
    """What an error of the SDK's says."""
    try:
        call()
    except HttpResponseError as error:
        return {"status": error.status_code, "code": error.error.code, "message": error.error.message}
    return None


def read_reservations():
    order, name = work["renamed"]["order"], work["renamed"]["id"]
    return {
        "reservations": [
            [one.id, one.sku.name, one.properties.quantity, one.properties.provisioning_state]
            for one in capacity.reservation.list_all()],
        "orders": [one.name for one in capacity.reservation_order.list()],
        "history": [one.properties.provisioning_state for one in capacity.reservation.list_revisions(name, order)],
        "unknown": refusal(lambda: capacity.reservation.get(work["tenant"], order)),
    }


def read_use():
    order, name = work["refunded"]["order"], work["refunded"]["id"]
    days = f"properties/usageDate ge {work['from']} AND properties/usageDate le {work['through']}"
    months = "properties/eventDate ge {} AND properties/eventDate le {}".format(*work["months"])
    return {
        "summaries": [
            [day(one.usage_date), float(one.avg_utilization_percentage)]
            for one in consumption.reservations_summaries.list_by_reservation_order_and_reservation(
                order, name, "daily", filter=days)],
        "details": [
            [day(one.usage_date), one.instance_id, float(one.used_hours)]
            for one in consumption.reservations_details.list_by_reservation_order_and_reservation(order, name, days)],
        "recommendations": [
            [one.sku, one.location, one.term]
            for one in consumption.reservation_recommendations.list(f"subscriptions/{work['subscription']}")],
        "transactions": [
            [one.event_type, f"{one.amount:.2f} {one.currency}"]
            for one in consumption.reservation_transactions.list_by_billing_profile(
                work["account"], work["profile"], filter=months)],
    }


def returned(what):
    return capacity_models.ReservationToReturn(reservation_id=arm_id(what), quantity=what["quantity"])


def quote(what):
    answer = capacity.calculate_refund.post(what["order"], capacity_models.CalculateRefundRequest(
        id="/providers/Microsoft.Capacity/reservationOrders/" + what["order"],
        properties=capacity_models.CalculateRefundRequestProperties(
            scope="Reservation", reservation_to_return=returned(what))))
    return answer.properties


def refund(what, session):
    # This version does not wait until the return has settled: it gives back the 202's own answer.
    return capacity.return_operations.post(what["order"], capacity_models.RefundRequest(
        properties=capacity_models.RefundRequestProperties(
            session_id=session, scope="Reservation", reservation_to_return=returned(what), return_reason="not used")))


def refunds():
    quoted = quote(work["refunded"])
    refund(work["refunded"], quoted.session_id)
    over = quote(work["refused"])
    return {
        "back": money(quoted.billing_refund_amount),
        "worth": money(quoted.pricing_refund_amount),
        "objections": [one.code for one in over.policy_result.properties.policy_errors],
        "refused": refusal(lambda: refund(work["refused"], over.session_id)),
    }


def rearrange():
    order = work["split"]["order"]
    parts = capacity.reservation.begin_split(order, capacity_models.SplitRequest(
        quantities=work["split"]["quantities"], reservation_id=arm_id(work["split"]))).result()
    made = [one for one in parts if one.properties.provisioning_state == "Succeeded"]
    merged = capacity.reservation.begin_merge(order, capacity_models.MergeRequest(
        sources=[one.id for one in made])).result()
    whole = [one for one in merged if one.properties.provisioning_state == "Succeeded"]
    return {"parts": [one.properties.quantity for one in made], "whole": whole[0].properties.quantity}


def update():
    order, name = work["renamed"]["order"], work["renamed"]["id"]
    renamed = capacity.reservation.begin_update(
        order, name, capacity_models.Patch(name=work["renamed"]["name"], renew=True)).result()
    capacity.reservation.archive(work["archived"]["order"], work["archived"]["id"])
    capacity.reservation.unarchive(work["archived"]["order"], work["archived"]["id"])
    return {"name": renamed.properties.display_name, "renew": renamed.properties.renew}


def exchange():
    bought = work["exchanged"]["bought"]
    quoted = capacity.calculate_exchange.begin_post(capacity_models.CalculateExchangeRequest(
        properties=capacity_models.CalculateExchangeRequestProperties(
            reservations_to_exchange=[returned(work["exchanged"])],
            reservations_to_purchase=[capacity_models.PurchaseRequest(
                sku=capacity_models.SkuName(name=bought["sku"]), location=bought["region"],
                reserved_resource_type=bought["type"], term=bought["term"], billing_plan="Upfront",
                billing_scope_id="/subscriptions/" + work["subscription"], quantity=bought["quantity"],
                display_name=bought["name"], applied_scope_type="Shared")]))).result()
    done = capacity.exchange.begin_post(capacity_models.ExchangeRequest(
        properties=capacity_models.ExchangeRequestProperties(session_id=quoted.properties.session_id))).result()
    lines = done.properties.reservations_to_exchange + done.properties.reservations_to_purchase
    return {
        "pay": money(quoted.properties.net_payable),
        "exchanged": done.status,
        "lines": [one.status for one in lines],
    }


def tickets():
    ticket = work["ticket"]
    name = ticket["name"]
    about = next(one for one in support.services.list() if one.display_name == ticket["service"])
    kind = next(
        one for one in support.problem_classifications.list(about.name)
        if one.display_name == ticket["classification"])
    made = support.support_tickets.begin_create(name, support_models.SupportTicketDetails(
        service_id=about.id, problem_classification_id=kind.id, title=ticket["title"],
        description="It is about a reservation.", severity=ticket["severity"],
        contact_details=support_models.ContactProfile(
            first_name="Ada", last_name="Doe", preferred_contact_method="email",
            primary_email_address="ada@example.org", preferred_time_zone="W. Europe Standard Time", country="CHE",
            preferred_support_language="en-US"))).result()
    support.communications.begin_create(name, name + "-1", support_models.CommunicationDetails(
        subject=ticket["title"], body=ticket["said"], sender="ada@example.org")).result()
    closed = support.support_tickets.update(name, support_models.UpdateSupportTicket(status="closed"))
    return {
        "ticket": made.title,
        "status": closed.status,
        "said": [one.body for one in support.communications.list(name)],
        "tickets": [one.name for one in support.support_tickets.list()],
    }


def read_again():
    rows = capacity.reservation.list(work["refunded"]["order"])
    return {"left": [one.properties.quantity for one in rows if one.properties.provisioning_state == "Succeeded"]}


results = {}
for part in (read_reservations, read_use, refunds, rearrange, update, exchange, tickets, read_again):
    results.update(part())
print(json.dumps(results))
