-- Text that cannot hurt, and the few words everything for people is made of. Names come from customers and are hostile
-- everywhere: whoever writes for a reader escapes with these, and with what that reader needs besides.

local text = {}

-- What turns the direction of text, or ends a line where nobody sees it.
text.deceptive = {"\xd8\x9c", "\xe2\x80[\x8e\x8f\xa8-\xae]", "\xe2\x81[\xa6-\xa9]"}

-- Control characters and deceptive ones, as what they are.
function text.plain(value)
  local shown = tostring(value):gsub("[%z\1-\31\127]", function(c) return ("\\x%02x"):format(c:byte()) end)
  shown = shown:gsub("\xc2[\x80-\x9f]", function(c) return ("\\u00%02x"):format(c:byte(2)) end)
  for _, pattern in ipairs(text.deceptive) do shown = shown:gsub(pattern, "?") end
  return shown
end

function text.is_money(value)
  return type(value) == "table" and value.amount ~= nil and value.currency ~= nil
end

-- 1204.50 → 1,204.50
function text.grouped(amount)
  local sign, whole, rest = tostring(amount):match("^(%-?)(%d+)(.*)$")
  if not whole then return tostring(amount) end
  whole = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return sign .. whole .. rest
end

-- "1,204.50 EUR"; "" where there is none.
function text.money(value)
  return value and (text.grouped(value.amount) .. " " .. value.currency) or ""
end

-- "3 customers", "1 customer"; the count as a number, or as the text for one.
function text.counted(count, noun)
  return ("%s %s%s"):format(count, noun, tostring(count) == "1" and "" or "s")
end

return text
