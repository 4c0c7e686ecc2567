-- What the specs of Partner Center share: its links, its refusals, and the way to something that can be bought.
local assert = require "luassert"
local support = require "support"

local partner_center = {}

partner_center.MARK = "\xef\xbb\xbf" -- some answers begin with it

-- What a link says to send: its path below /v1, and its headers by name.
function partner_center.follow(link)
  local headers = {}
  for _, header in ipairs(link.headers) do
    headers[header.key] = header.value
  end
  return "/v1" .. link.uri:gsub("^/v1/", "/"), headers
end

-- All items of a list, page after page, and how many pages that were.
function partner_center.all(partner, path)
  local items, pages, headers = {}, 0, nil
  repeat
    local answer = partner("GET", path, nil, headers)
    assert.equal(200, answer.status, answer.body)
    table.move(answer.json.items, 1, #answer.json.items, #items + 1, items)
    pages = pages + 1
    local following = answer.json.links and answer.json.links.next
    path, headers = nil, nil
    if following then
      path, headers = partner_center.follow(following)
    end
  until not path
  return items, pages
end

-- Fails unless the answer is a refusal in Partner Center's words.
function partner_center.refused(answer, status, code)
  assert.equal(status, answer.status, answer.body)
  assert.equal(code, answer.json.code, answer.body)
  assert.is_string(answer.json.description)
  assert.same({}, answer.json.data)
  assert.is_string(answer.json.source)
end

-- The items of a customer's list, and the one Azure subscription among its subscriptions.
function partner_center.items_of(partner, customer, what)
  local answer = partner("GET", "/v1/customers/" .. customer .. "/" .. what)
  assert.equal(200, answer.status, answer.body)
  assert.equal(#answer.json.items, answer.json.totalCount)
  return answer.json.items
end

function partner_center.azure_of(partner, customer)
  for _, subscription in ipairs(partner_center.items_of(partner, customer, "subscriptions")) do
    if subscription.entitlementId then
      return subscription
    end
  end
end

function partner_center.registration(partner, customer, subscription)
  local path = "/v1/customers/" .. customer .. "/subscriptions/" .. subscription .. "/registrationstatus"
  return partner("GET", path).json.status
end

function partner_center.register(partner, customer, subscription, headers)
  return partner("POST", "/v1/customers/" .. customer .. "/subscriptions/" .. subscription .. "/registrations", nil,
    headers)
end

-- Registers and waits until that has settled; the Azure subscription's id.
function partner_center.registered(partner, customer)
  local azure = partner_center.azure_of(partner, customer)
  assert.equal(202, partner_center.register(partner, customer, azure.id).status)
  support.eventually(function() return partner_center.registration(partner, customer, azure.id) == "Registered" end)
  return azure.entitlementId
end

-- The SKU of a product by what it is in Azure; which country and kind of subscription it is for comes with the query.
function partner_center.product_of(partner, title)
  local products = partner("GET", "/v1/products?country=PL&targetView=AzureReservations").json.items
  for _, product in ipairs(products) do
    if product.title:find(title, 1, true) then
      return product
    end
  end
end

function partner_center.sku_of(partner, title, region, duration)
  local path = partner_center.follow(partner_center.product_of(partner, title).links.skus)
  for _, sku in ipairs(partner("GET", path).json.items) do
    if sku.dynamicAttributes.armRegionName == region and sku.dynamicAttributes.duration == duration then
      return sku
    end
  end
end

function partner_center.availability_of(partner, sku, country, query)
  local path = ("/v1/products/%s/skus/%s/availabilities?country="):format(sku.productId, sku.id)
  local items = partner("GET", path .. country .. (query or "")).json.items
  assert.equal(1, #items)
  return items[1]
end

-- What Partner Center answers to a user of the partner's, not to its application alone.
function partner_center.user(simulator)
  return support.partner(simulator, partner_center.by_user(simulator))
end

-- The form that asks for a user's token.
function partner_center.by_user(simulator, fields)
  local form = {grant_type = "refresh_token", refresh_token = simulator.env.TENURE_REFRESH_TOKEN}
  for name, value in pairs(fields or {}) do
    form[name] = value
  end
  return form
end

return partner_center
