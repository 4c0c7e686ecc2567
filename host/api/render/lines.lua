-- What an effect of several things did, one by one: which came back, which was bought, which failed and why.
-- put_lines(page, lines)

local names = require "render.names"
local text = require "render.text"

local money, plain = text.money, text.plain

return function(page, lines)
  local rows, notes = {}, {}
  for i, line in ipairs(lines) do
    local told = {}
    if line.request and line.request.sku then told[1] = plain(line.request.sku) end
    if line.message and line.message ~= "" then told[#told + 1] = plain(line.message) end
    rows[i] = {
      plain(line.kind or ""), plain(line.state or ""), plain(names.short_id(line.id or line.order)),
      plain(line.quantity or ""), money(line.back or line.pay),
    }
    notes[i] = table.concat(told, ": ")
  end
  page:section("One by one")
  page:rows(rows, {[4] = true, [5] = true}, notes)
end
