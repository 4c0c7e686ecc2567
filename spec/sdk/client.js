// The work that spec/sdk.lua makes up, done with Microsoft's SDKs for JavaScript. What is to be done comes as JSON on
// standard input; what came of it goes to standard output, as JSON, too.
import {readFileSync} from "node:fs";

import {ConsumptionManagementClient} from "@azure/arm-consumption";
import {AzureReservationAPI} from "@azure/arm-reservations";
import {MicrosoftSupport} from "@azure/arm-support";
import {ClientSecretCredential} from "@azure/identity";

const work = JSON.parse(readFileSync(0, "utf8"));
const {TENURE_CLOUD: cloud, AZURE_CLIENT_ID: application, AZURE_CLIENT_SECRET: secret} = process.env;

// Of no cloud that Microsoft knows, and so without asking Microsoft where its login service is.
const credential = new ClientSecretCredential(work.tenant, application, secret,
  {authorityHost: cloud, disableInstanceDiscovery: true});
const options = {endpoint: cloud, $host: cloud};
const capacity = new AzureReservationAPI(credential, options);
const consumption = new ConsumptionManagementClient(credential, work.subscription, options);
const support = new MicrosoftSupport(credential, work.subscription, options);
const often = {updateIntervalInMs: 100};

async function all(pages, row) {
  const rows = [];
  for await (const one of pages) {
    rows.push(row(one));
  }
  return rows;
}

const armId = ({order, id}) => `/providers/Microsoft.Capacity/reservationOrders/${order}/reservations/${id}`;
const money = ({amount, currencyCode}) => `${amount.toFixed(2)} ${currencyCode}`;
const day = (date) => new Date(date).toISOString().slice(0, 10);

// What an error of the SDK's says; the answer, where there was none.
async function refusal(promise) {
  try {
    return await promise;
  } catch (error) {
    return {status: error.statusCode, code: error.code, message: error.message};
  }
}

async function readReservations() {
  const {reservation, reservationOrder} = capacity;
  const {order, id} = work.renamed;
  return {
    reservations: await all(reservation.listAll(), (one) =>
      [one.id, one.sku.name, one.properties.quantity, one.properties.provisioningState]),
    orders: await all(reservationOrder.list(), (one) => one.name),
    history: await all(reservation.listRevisions(order, id), (one) => one.properties.provisioningState),
    unknown: await refusal(reservation.get(order, work.tenant)),
  };
}

async function readUse() {
  const {order, id} = work.refunded;
  const days = `properties/usageDate ge ${work.from} AND properties/usageDate le ${work.through}`;
  const months = {filter: `properties/eventDate ge ${work.months[0]} AND properties/eventDate le ${work.months[1]}`};
  const {reservationsSummaries, reservationsDetails, reservationRecommendations, reservationTransactions} = consumption;
  return {
    summaries: await all(
      reservationsSummaries.listByReservationOrderAndReservation(order, id, "daily", {filter: days}),
      (one) => [day(one.usageDate), one.avgUtilizationPercentage]),
    details: await all(reservationsDetails.listByReservationOrderAndReservation(order, id, days),
      (one) => [day(one.usageDate), one.instanceId, one.usedHours]),
    recommendations: await all(reservationRecommendations.list(`subscriptions/${work.subscription}`),
      (one) => [one.sku, one.location, one.term]),
    transactions: await all(reservationTransactions.listByBillingProfile(work.account, work.profile, months),
      (one) => [one.eventType, `${one.amount.toFixed(2)} ${one.currency}`]),
  };
}

async function quote({order, quantity, ...which}) {
  const reservationToReturn = {reservationId: armId({order, ...which}), quantity};
  const answer = await capacity.calculateRefund.post(order,
    {id: `/providers/Microsoft.Capacity/reservationOrders/${order}`,
      properties: {scope: "Reservation", reservationToReturn}});
  return answer.properties;
}

function refund({order, quantity, ...which}, sessionId) {
  const reservationToReturn = {reservationId: armId({order, ...which}), quantity};
  return capacity.return.beginPostAndWait(order,
    {properties: {sessionId, scope: "Reservation", reservationToReturn, returnReason: "not used"}}, often);
}

async function refunds() {
  const quoted = await quote(work.refunded);
  await refund(work.refunded, quoted.sessionId);
  const over = await quote(work.refused);
  return {
    back: money(quoted.billingRefundAmount), worth: money(quoted.pricingRefundAmount),
    objections: over.policyResult.properties.policyErrors.map((one) => one.code),
    refused: await refusal(refund(work.refused, over.sessionId)),
  };
}

async function rearrange() {
  const {order, quantities} = work.split;
  const {reservation} = capacity;
  const parts = await reservation.beginSplitAndWait(order, {quantities, reservationId: armId(work.split)}, often);
  const made = parts.filter((one) => one.properties.provisioningState === "Succeeded");
  const merged = await reservation.beginMergeAndWait(order, {sources: made.map((one) => one.id)}, often);
  const whole = merged.find((one) => one.properties.provisioningState === "Succeeded");
  return {parts: made.map((one) => one.properties.quantity), whole: whole.properties.quantity};
}

async function update() {
  const {order, id, name} = work.renamed;
  const {reservation} = capacity;
  const renamed = await reservation.beginUpdateAndWait(order, id, {name, renew: true}, often);
  await reservation.archive(work.archived.order, work.archived.id);
  await reservation.unarchive(work.archived.order, work.archived.id);
  return {name: renamed.properties.displayName, renew: renamed.properties.renew};
}

async function exchange() {
  const {bought, quantity} = work.exchanged;
  const quoted = await capacity.calculateExchange.beginPostAndWait({properties: {
    reservationsToExchange: [{reservationId: armId(work.exchanged), quantity}],
    reservationsToPurchase: [{
      sku: {name: bought.sku}, location: bought.region, reservedResourceType: bought.type, term: bought.term,
      billingScopeId: `/subscriptions/${work.subscription}`, billingPlan: "Upfront", quantity: bought.quantity,
      displayName: bought.name, appliedScopeType: "Shared",
    }],
  }}, often);
  const {sessionId, netPayable} = quoted.properties;
  const done = await capacity.exchange.beginPostAndWait({properties: {sessionId}}, often);
  return {
    pay: money(netPayable), exchanged: done.status,
    lines: [...done.properties.reservationsToExchange, ...done.properties.reservationsToPurchase].map(
      (one) => one.status),
  };
}

async function tickets() {
  const {name, service, classification, title, severity, said} = work.ticket;
  const {services, problemClassifications, supportTickets, communications} = support;
  const about = (await all(services.list(), (one) => one)).find((one) => one.displayName === service);
  const kinds = await all(problemClassifications.list(about.name), (one) => one);
  const ticket = await supportTickets.beginCreateAndWait(name, {
    serviceId: about.id, problemClassificationId: kinds.find((one) => one.displayName === classification).id,
    title, description: "It is about a reservation.", severity,
    contactDetails: {
      firstName: "Ada", lastName: "Doe", preferredContactMethod: "email", primaryEmailAddress: "ada@example.org",
      preferredTimeZone: "W. Europe Standard Time", country: "CHE", preferredSupportLanguage: "en-US",
    },
  }, often);
  await communications.beginCreateAndWait(name, `${name}-1`,
    {subject: title, body: said, sender: "ada@example.org"}, often);
  const closed = await supportTickets.update(name, {status: "closed"});
  return {
    ticket: ticket.title, status: closed.status,
    said: await all(communications.list(name), (one) => one.body),
    tickets: await all(supportTickets.list(), (one) => one.name),
  };
}

async function readAgain() {
  const rows = await all(capacity.reservation.list(work.refunded.order), (one) => one.properties);
  return {left: rows.filter((one) => one.provisioningState === "Succeeded").map((one) => one.quantity)};
}

const results = {};
for (const part of [readReservations, readUse, refunds, rearrange, update, exchange, tickets, readAgain]) {
  Object.assign(results, await part());
}
console.log(JSON.stringify(results));
