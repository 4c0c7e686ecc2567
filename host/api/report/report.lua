-- The report of a run: report(facts, options, tools) → text.
--
-- facts: {summary, request, portal, approvals, head, next_effect}, what the ledger has. options: {format, effects,
-- version}. tools: {encode, list, digest}, from C. The way: facts ─▶ model.lua ─▶ html.lua, markdown.lua or data.lua,
-- each of which escapes for its own reader. What rendering has, reports use too: render/text.lua and its like.

local data = require "report.data"
local html = require "report.html"
local markdown = require "report.markdown"
local new_model = require("report.model").new

local writers = {html = html, md = markdown, csv = data.csv, json = data.json}

return function(facts, options, tools)
  local write = writers[options.format] or error("no report format '" .. tostring(options.format) .. "'", 0)
  return write(new_model(facts), options, tools)
end
