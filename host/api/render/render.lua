-- Rendering: data into the format that was asked for.
--
-- render(what, format, data, options) -> text. what: "run" (a summary), "effects" (a list), "rows" ({columns, rows,
-- single, lists}), "check", "describe", "operations", "stubs", "schema" (of workflow files), "why" (as a table a page,
-- else its events), "audit", "output" (a page of its rows: see output.lua). format: table, json, jsonl, tsv, csv, md.
-- options: width (columns of the terminal), color.
-- Names come from customers and are hostile text everywhere: each writer escapes for its own reader.

local amounts_of = require "render.amounts"
local asks = require "render.asks"
local describe = require "render.describe"
local json = require "render.json"
local output_page = require "render.output"
local reference = require "render.reference"
local rows_as = require "render.rows"
local run_page = require "render.run"
local text = require "render.text"
local why_page = require "render.why"

local problem_columns = {"file", "line", "column", "message", "hint"}

-- For a person they are talk, not data: see check.c.
local function check_table(data)
  return #data.problems == 0 and text.counted(data.files, "file") .. ", no mistakes\n" or ""
end

-- ---- an audit trail, verified ---------------------------------------------------------------------------------------

local function audit_table(data, options)
  local out = {("%d events, %d sealed"):format(data.events, data.sealed)}
  out[#out + 1] = "head " .. tostring(data.head.number) .. " " .. text.plain(data.head.hash or "")
  if data.sound then
    out[#out + 1] = "whole: nothing was changed, removed, reordered or cut"
    return table.concat(out, "\n") .. "\n"
  end
  out[#out + 1] = text.counted(data.problems_total, "problem")
  return table.concat(out, "\n") .. "\n"
    .. rows_as.table({"what", "number", "kind", "at", "run", "effect", "message"}, data.problems, options)
end

local event_columns = {"number", "at", "kind", "run", "effect", "body"}

-- ---- effects --------------------------------------------------------------------------------------------------------

local effect_columns = {
  "state", "operation", "customer", "customer_name", "subject", "subject_name", "quantity", "back", "pay", "worth",
  "code", "message", "request_id", "key", "called", "asks",
}

-- Effects as flat rows.
local function effect_rows(effects)
  local rows = {}
  for i, effect in ipairs(effects) do
    local row = {}
    for name, value in pairs(effect) do row[name] = value end
    local amounts = amounts_of(effect)
    row.asks = asks(effect)
    row.back, row.pay, row.worth = amounts.back, amounts.pay, amounts.worth
    rows[i] = row
  end
  return rows
end

local function has_names(row) return type(row) == "table" and not text.is_money(row) and not json.is_list(row) end

-- Columns of rows that are no records: the names that any of them has, in their order; of plain values one.
local function found_columns(rows)
  local all = {}
  for _, row in ipairs(rows) do
    for name in pairs(has_names(row) and row or {value = row}) do all[name] = true end
  end
  return json.names(all)
end

-- Plain values as rows.
local function named_rows(rows)
  local named = {}
  for i, row in ipairs(rows) do
    named[i] = has_names(row) and row or {value = row}
  end
  return named
end

-- The columns that some row has something in.
local function filled_columns(columns, rows)
  local filled = {}
  for _, column in ipairs(columns) do
    for _, row in ipairs(rows) do
      if row[column] ~= nil then
        filled[#filled + 1] = column
        break
      end
    end
  end
  return filled
end

-- A record as a table of one row, and below it its lists of records, such as the lines of a quote.
local function single_table(data, options)
  local pages = {rows_as.table(data.columns, data.rows, options)}
  for _, list in ipairs(data.lists) do
    local rows = data.rows[1] and data.rows[1][list.name] or {}
    if #rows > 0 then
      pages[#pages + 1] = list.name .. ":\n" .. rows_as.table(filled_columns(list.columns, rows), rows, options)
    end
  end
  return table.concat(pages, "\n")
end

local function rows_json(data)
  if data.single then return json.encode(data.rows[1]) .. "\n" end
  return json.encode(data.rows) .. "\n"
end

return function(what, format, data, options)
  if what == "output" then return output_page(data, format, options) end
  if what == "stubs" then return reference.stubs(data) end
  if what == "schema" then return json.pretty(data) .. "\n" end
  if format == "json" then return rows_json(data) end
  if what == "operations" and format == "md" then return reference.markdown(data) end
  if what == "why" and format == "table" then return why_page(data, options) end
  if what == "audit" then return audit_table(data, options) end
  if what == "run" then return run_page(data, options) end
  if what == "check" and format == "table" then return check_table(data) end
  if what == "describe" and format == "table" then return describe.page(data, options) end
  local writer = rows_as[format]
  if not writer then error("no output format '" .. tostring(format) .. "'", 0) end
  if what == "effects" then
    return format == "jsonl" and writer(nil, data) or writer(effect_columns, effect_rows(data), options)
  end
  if what == "operations" then
    local columns, rows = reference.table(data)
    return writer(columns, rows, options)
  end
  if what == "why" then return writer(event_columns, data.events, options) end
  if what == "check" then return writer(problem_columns, data.problems, options) end
  if what == "describe" then
    return format == "jsonl" and writer(nil, {data}) or writer(describe.columns, describe.rows(data), options)
  end
  if format == "jsonl" then return writer(nil, data.rows) end
  if format == "table" and data.single and data.lists then return single_table(data, options) end
  return writer(data.columns or found_columns(data.rows), named_rows(data.rows), options)
end
