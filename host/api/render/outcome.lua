-- The outcome of a primitive that was called from the shell, as far as the page of its run does not tell it anyway:
-- why it was refused where the ledger has no effect of it, what became of each thing that it was about, what was
-- answered.
-- put_outcome(page, data, outcome); outcome: the run's result.

local cells = require "render.cells"
local json = require "render.json"
local put_lines = require "render.lines".put
local text = require "render.text"

local plain = text.plain

local function put_answer(page, answer)
  local rows = {}
  for _, name in ipairs(json.names(answer)) do
    local shown = cells.shown(answer[name])
    if shown ~= "" then rows[#rows + 1] = {plain(name), shown} end
  end
  page:section("Answer")
  page:rows(rows)
end

return function(page, data, outcome)
  if outcome.state == "refused" and data.effects.refused == 0 then
    page:section("Refused")
    page:rows({{plain(outcome.code or ""), plain(outcome.message or "")}})
  end
  if outcome.lines then put_lines(page, outcome.lines) end
  if outcome.answer then put_answer(page, outcome.answer) end
end
