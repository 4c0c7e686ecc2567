-- Times, which the ledger tells as "2026-02-01T10:00:00Z".

local times = {}

-- As seconds since 1970; nil for anything else.
function times.seconds(time)
  local year, month, day, hour, min, sec = tostring(time):match("^(%d%d%d%d)-(%d%d)-(%d%d)T(%d%d):(%d%d):(%d%d)Z$")
  if not year then return nil end
  year, month = math.tointeger(year), math.tointeger(month)
  if month <= 2 then year, month = year - 1, month + 12 end -- a year that begins in March ends with the leap day
  local days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
  return math.tointeger(days * 86400 + hour * 3600 + min * 60 + sec)
end

-- In local time, for a person at this machine; nil for anything else.
function times.here(time)
  local seconds = times.seconds(time)
  return seconds and os.date("%Y-%m-%d %H:%M", seconds)
end

-- In local time, saying which, for what travels. From seconds since 1970, too; to the second where that matters.
function times.anywhere(time, to_the_second)
  local seconds = math.type(time) == "integer" and time or times.seconds(time)
  if not seconds then return nil end
  local sign, hours, minutes = os.date("%z", seconds):match("^([+-])(%d%d)(%d%d)$")
  local zone = "UTC"
  if sign and hours .. minutes ~= "0000" then
    zone = ("UTC%s%d%s"):format(sign == "-" and "−" or "+", hours, minutes == "00" and "" or ":" .. minutes)
  end
  return os.date(to_the_second and "%Y-%m-%d %H:%M:%S " or "%Y-%m-%d %H:%M ", seconds) .. zone
end

-- 75 → "1 min 15 s"
function times.duration(seconds)
  if seconds < 60 then return seconds .. " s" end
  if seconds < 3600 then return ("%d min %d s"):format(seconds // 60, seconds % 60) end
  return ("%d h %d min"):format(seconds // 3600, seconds % 3600 // 60)
end

return times
