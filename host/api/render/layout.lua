-- Laying text out in the columns of a terminal.

local layout = {}

local WORD_WIDTH = 160 -- no id is longer; a hostile word sticks out rather than widening its column

local function length(text) return utf8.len(text) or #text end

-- The lines a text takes in so many columns. Words stay whole: ids are there to be copied.
function layout.wrap(text, width)
  if length(text) <= width then return {text} end
  local lines, line = {}, nil
  for word in text:gmatch("%S+") do
    if line and length(line) + 1 + length(word) <= width then
      line = line .. " " .. word
    else
      lines[#lines + 1] = line
      line = word
    end
  end
  lines[#lines + 1] = line
  return lines
end

local function longest_word(text)
  local longest = 0
  for word in text:gmatch("%S+") do longest = math.max(longest, length(word)) end
  return math.min(longest, WORD_WIDTH)
end

-- How wide each column gets: what it holds, unless all together are too wide; then the widest text gives way, at its
-- blanks. What is whole never does.
local function column_widths(rows, whole, width)
  local widths, least, total = {}, {}, -2
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, length(text))
      least[i] = whole[i] and widths[i] or math.max(least[i] or 0, longest_word(text))
    end
  end
  for _, w in ipairs(widths) do total = total + w + 2 end
  while total > width do
    local widest
    for i, w in ipairs(widths) do
      if w > least[i] and (not widest or w > widths[widest]) then widest = i end
    end
    if not widest then break end
    widths[widest], total = widths[widest] - 1, total - 1
  end
  return widths
end

-- Rows (lists of texts) as aligned lines, one text per row. Nothing is cut: a cell that is too wide goes on in the next
-- line. right: set of the columns that hold numbers; whole: of those that are never broken, the same unless given.
function layout.align(rows, right, width, whole)
  local widths, texts = column_widths(rows, whole or right, width), {}
  for r, row in ipairs(rows) do
    local cells, height = {}, 1
    for i, text in ipairs(row) do
      cells[i] = layout.wrap(text, widths[i])
      height = math.max(height, #cells[i])
    end
    local lines = {}
    for n = 1, height do
      local parts = {}
      for i, lines_of_cell in ipairs(cells) do
        local text = lines_of_cell[n] or ""
        local pad = (" "):rep(widths[i] - length(text))
        parts[i] = right[i] and pad .. text or text .. pad
      end
      lines[n] = table.concat(parts, "  "):gsub("%s+$", "")
    end
    texts[r] = table.concat(lines, "\n")
  end
  return texts
end

return layout
