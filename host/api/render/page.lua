-- A page for a person at a terminal: lines, sections, aligned rows with notes.

local layout = require "render.layout"

local PROSE_WIDTH = 120 -- longer lines are hard to read

local Page = {}
Page.__index = Page

-- options: width (columns of the terminal), color.
local function new_page(options)
  return setmetatable({lines = {}, width = options.width, color = options.color}, Page)
end

function Page:line(text) self.lines[#self.lines + 1] = text or "" end

function Page:bold(text) return self.color and "\27[1m" .. text .. "\27[0m" or text end

function Page:section(title)
  self:line()
  self:line(self:bold(title))
end

-- Aligned rows. notes: what is said below a row, in full.
function Page:rows(rows, right, notes)
  for i, row in ipairs(layout.align(rows, right or {}, self.width - 2)) do
    self:line("  " .. row:gsub("\n", "\n  "))
    local note = notes and notes[i]
    for _, line in ipairs(note and note ~= "" and layout.wrap(note, math.min(self.width, PROSE_WIDTH) - 6) or {}) do
      self:line("      " .. line)
    end
  end
end

function Page:text() return table.concat(self.lines, "\n") .. "\n" end

return new_page
