-- Pictures of a report: SVG inside the page, drawn by its style sheet. Sizes are for drawing alone; what is said in
-- figures is said beside them, exactly.

local pieces = require "report.pieces"

local markup, joined = pieces.markup, pieces.joined

local picture = {}

local WIDE, HIGH = 1000, 240 -- of the drawing; the page stretches it

local function whole(number) return math.tointeger(math.floor(number + 0.5)) end

-- A bar that fills the share part/total of its width; something is always seen of what is not nothing.
function picture.bar(part, total, class)
  local width = total > 0 and whole(math.min(part / total, 1) * WIDE) or 0
  if part > 0 then width = math.max(width, 4) end
  return markup([[<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">]] ..
    [[<rect class="track" width="1000" height="10"/><rect class="{class}" width="{width}" height="10"/></svg>]],
    {class = class or "fill", width = width})
end

-- One bar of several parts: {{size, class, title} …}.
function picture.stack(parts, title)
  local total, at, drawn = 0, 0, {}
  for _, part in ipairs(parts) do total = total + part.size end
  for i, part in ipairs(parts) do
    local width = whole(part.size / total * WIDE)
    if i == #parts then width = WIDE - at end
    drawn[i] = markup([[<rect class="{class}" x="{x}" width="{width}" height="10"><title>{title}</title></rect>]],
      {class = part.class, x = at, width = math.max(width, 0), title = part.title})
    at = at + width
  end
  return markup([[<svg class="stack" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img">]] ..
    "<title>{title}</title>{drawn}</svg>", {title = title, drawn = joined(drawn, "")})
end

-- What came together over time, as a rising staircase: {{seconds, size} …} in order of time, sizes of each step.
function picture.staircase(steps, title)
  local from, to = steps[1].seconds, steps[#steps].seconds
  local total, sum, last_x = 0, 0, 0
  for _, step in ipairs(steps) do total = total + step.size end
  local points = {("M0 %d"):format(HIGH)}
  local function to_height() points[#points + 1] = ("V%d"):format(HIGH - whole(sum / total * (HIGH - 4))) end
  for _, step in ipairs(steps) do
    local x = whole((step.seconds - from) / (to - from) * WIDE)
    if x ~= last_x then
      to_height()
      points[#points + 1] = ("H%d"):format(x)
      last_x = x
    end
    sum = sum + step.size
  end
  to_height()
  local line = table.concat(points)
  return markup([[<svg class="time" viewBox="0 0 1000 240" preserveAspectRatio="none" role="img">]] ..
    [[<title>{title}</title><path class="grid" d="M0 4H1000M0 122H1000M0 239H1000"/>]] ..
    [[<path class="area" d="{line}V240H0Z"/><path class="line" d="{line}"/></svg>]], {title = title, line = line})
end

return picture
