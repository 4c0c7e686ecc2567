-- What an effect of several things did, one by one: which came back, which was bought, which failed and why. A
-- terminal's page and reports tell it from the same columns.

local names = require "render.names"
local text = require "render.text"

local lines = {}

local function told(line)
  local parts = {line.request and line.request.sku}
  if line.message and line.message ~= "" then parts[#parts + 1] = line.message end
  return table.concat(parts, ": ")
end

-- {title, cell(line), right aligned?}; nothing is escaped. What was not done has its price or what it would have
-- brought, too: the state says which. The last column is what is said of it.
lines.columns = {
  {"", function(line) return line.kind or "" end},
  {"state", function(line) return line.state or "" end},
  {"id", function(line) return names.short_id(line.id or line.order) end},
  {"quantity", function(line) return tostring(line.quantity or "") end, true},
  {"back", function(line) return text.money(line.back) end, true},
  {"price", function(line) return text.money(line.pay) end, true},
  {"", told},
}

-- Onto a terminal's page.
function lines.put(page, list)
  local rows, right, notes = {}, {}, {}
  for c = 1, #lines.columns - 1 do right[c] = lines.columns[c][3] end
  for i, line in ipairs(list) do
    rows[i] = {}
    for c = 1, #lines.columns - 1 do rows[i][c] = text.plain(lines.columns[c][2](line)) end
    notes[i] = text.plain(told(line))
  end
  page:section("One by one")
  page:rows(rows, right, notes)
end

return lines
