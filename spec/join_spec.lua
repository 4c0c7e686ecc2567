-- customers.join: what a CSV file says of each customer, in where, when and scripts; and what is wrong with a file.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: adler, name: Adler, domain: adler.example, reservations: [{id: r1, worth: 100 USD}]}
  - {id: bauer, name: Bauer GmbH, domain: bauer.example, reservations: [{id: r2, worth: 100 USD}]}
  - {id: conti, name: Conti, domain: conti.example, reservations: [{id: r3, worth: 100 USD}]}
]]
local simulator, env, names

-- A workflow that logs of each customer what `shown` says of its data; parts: join, where, when, from.
local function workflow(csv, parts)
  return support.folder {
    ["flow.yaml"] = ([[
tenure: 1
name: flow
permissions: [reservations:list]
customers:
  FROM
  join: JOIN
  where: WHERE
steps:
  - id: one
    when: WHEN
    run: scripts/one.lua
]]):gsub("%u%u%u%u+", {
      FROM = parts.from or "from: partner-center", JOIN = parts.join or "{file: ours.csv, by: id}",
      WHERE = parts.where or "true", WHEN = parts.when or "true",
    }),
    ["ours.csv"] = csv,
    ["scripts/one.lua"] = "return function(ctx)\n  local data = ctx.customer.data\n  ctx.log('is ' .. ("
      .. (parts.shown or "tostring(data.team)") .. "))\nend\n",
  }
end

local function tenure(folder, ...)
  return testing.run {env = env, cwd = folder, ...}
end

-- What the scripts said, by customer.
local function seen(csv, parts)
  local result = tenure(workflow(csv, parts or {}), "run", "flow.yaml", "-v", "-o", "json")
  assert.equal(0, result.code, result.stderr)
  local said = {}
  for id, text in result.stderr:gmatch("log: (%S+) one: is ([^\n]*)") do
    said[names[id] or id] = text
  end
  return said
end

-- The problems that check finds, without their source lines.
local function mistakes(csv, parts)
  local result = tenure(workflow(csv, parts or {}), "check", "flow.yaml")
  assert.equal(2, result.code, result.stderr)
  local list = {}
  for line in result.stderr:gmatch("flow%.yaml:(%d+:%d+: [^\n]*)") do
    list[#list + 1] = line
  end
  return list
end

setup(function()
  simulator = testing.simulator {world = world}
  env = support.env(simulator.env)
  names = {}
  for _, customer in ipairs(simulator:world().customers) do
    names[customer.id] = customer.name:match "%a+"
  end
end)

teardown(function()
  simulator:stop()
end)

local three = "id,team,on_hold\nadler,emea,\nbauer,emea,yes\n"

describe("a join", function()
  it("gives where, when and scripts what the file says of a customer", function()
    assert.same({Adler = "emea", Bauer = "emea", Conti = "nil"}, seen(three))
    assert.same({Adler = "emea"},
      seen(three, {where = 'customer.data.team == "emea" and customer.data.on_hold ~= "yes"'}))
    assert.same({Bauer = "emea"}, seen(three, {when = 'customer.data.on_hold == "yes"'}))
  end)

  it("is by id in any spelling, by domain in any case, or by name", function()
    local ids = {}
    for id, name in pairs(names) do
      ids[name] = id
    end
    local by_guid = ("Team;ID\nred;%s\n blue ; %s \n"):format(ids.Adler:upper(), ids.Conti)
    assert.same({Adler = "red", Bauer = "nil", Conti = "blue"}, seen(by_guid, {shown = "tostring(data.Team)"}))
    local by_domain = "domain\tteam\nADLER.example\tred\nnobody.example\tblue\n"
    assert.same({Adler = "red", Bauer = "nil", Conti = "nil"}, seen(by_domain, {join = "{file: ours.csv, by: domain}"}))
    local by_name = 'name,team\n"Bauer GmbH",red\nadler,blue\n'
    assert.same({Adler = "nil", Bauer = "red", Conti = "nil"}, seen(by_name, {join = "{file: ours.csv, by: name}"}))
  end)

  it("types the cells that columns names; the others are text, empty ones nil", function()
    local csv = "id,seats,share,worth,since,age,vip,tier,note\n"
      .. "adler,12,2.5%,100.10 EUR,2026-02-01,30 days,true,gold,007\nbauer,,,,,,,,\n"
    local join = "{file: ours.csv, by: id, columns: {seats: integer, share: percent, worth: money, since: date, "
      .. "age: duration, vip: boolean, tier: {type: choice, of: [gold, silver]}}}"
    local shown = [[table.concat({math.type(data.seats) or "", tostring(data.seats), tostring(data.share),
      tostring(data.worth and data.worth + data.worth), tostring(data.since), tostring(data.age), tostring(data.vip),
      tostring(data.tier), type(data.note), tostring(data.note)}, " ")]]
    local nothing = " nil nil nil nil nil nil nil nil nil"
    assert.same({
      Adler = "integer 12 2.5 200.20 EUR 1769904000 2592000 true gold string 007", Bauer = nothing, Conti = nothing,
    }, seen(csv, {join = join, shown = shown}))
  end)

  it("works for customers of a list, whose id is a domain", function()
    assert.same({["adler.example"] = "red"}, seen("domain,team\nAdler.Example,red\n", {
      join = "{file: ours.csv, by: domain}", from = "list: [adler.example]",
    }))
  end)

  it("makes a column that the file has not an error with a suggestion, for every customer", function()
    for _, name in ipairs {"Adler", "Conti"} do -- with a row, and without
      local folder = workflow(three, {shown = "tostring(data.on_hld)"})
      local result = tenure(folder, "run", "flow.yaml", "--only", name)
      assert.equal(3, result.code, result.stderr)
      support.contains(tenure(folder, "run", "flow.yaml", "--only", name, "-o", "json").stdout,
        "customer.data: there is no 'on_hld' (did you mean 'on_hold'?)")
    end
    local result = tenure(workflow(three, {where = 'customer.data.taem == "emea"'}), "plan", "flow.yaml")
    assert.not_equal(0, result.code)
    support.contains(result.stderr, "customer.data: there is no 'taem' (did you mean 'team'?)")
  end)

  it("is read-only, can be walked, and is there without a join too", function()
    local walked = [[(function()
      local names = {}
      for name in pairs(data) do names[#names + 1] = name end
      table.sort(names)
      return table.concat(names, " ") .. " " .. tostring(pcall(function() data.team = 1 end))
    end)()]]
    assert.same({Adler = "id team false", Bauer = "id on_hold team false", Conti = " false"},
      seen(three, {shown = walked}))
    local folder = workflow(three, {})
    testing.write(folder .. "/flow.yaml", (testing.read(folder .. "/flow.yaml"):gsub("  join:[^\n]*\n", "")))
    local result = tenure(folder, "run", "flow.yaml", "--only", "Adler", "-o", "json")
    support.contains(result.stdout, "customer.data: there is no 'team'")
  end)

  it("of one name to two customers stops the plan, also where one of them is left out", function()
    local twins <close> = testing.simulator {world = (world:gsub("Bauer GmbH", "Adler"))}
    local folder = workflow("name,team\nAdler,red\n", {join = "{file: ours.csv, by: name}"})
    for _, only in ipairs {"adler.example", "adler.example,conti.example"} do
      local result = testing.run {
        "plan", "flow.yaml", "--only", only, env = support.env(twins.env), cwd = folder,
      }
      assert.not_equal(0, result.code)
      support.contains(result.stderr, "ours.csv:2:1: 'Adler' is two customers, ")
      support.contains(result.stderr, ": join them by id")
    end
  end)
end)

describe("apply", function()
  it("sees the data of the plan, though the file has changed or is gone", function()
    local fresh <close> = testing.simulator {world = world, settle = 50}
    local folder = support.workflow {
      customers = "{from: partner-center, join: {file: ours.csv, by: id, columns: {cap: money}}, "
        .. 'where: customer.data.team == "emea"}',
      script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  if ctx.customer.data.on_hold == "yes" then ctx.skip("on-hold") end
  local quote = reservations.quote_refund(ctx.item)
  if quote.worth > ctx.customer.data.cap then ctx.skip("over-cap") end
  return reservations.refund(quote, {reason = "spec"})
end
]],
    }
    local variables = support.env(fresh.env)
    local function run(...)
      return testing.run {env = variables, cwd = folder, "-o", "json", ...}
    end
    local function plan()
      testing.write(folder .. "/ours.csv",
        "id,team,on_hold,cap\nadler,emea,,500 USD\nbauer,emea,yes,500 USD\nconti,emea,,1 USD\n")
      local result = testing.run {"plan", "refund.yaml", "-o", "json", env = variables, cwd = folder}
      assert.equal(0, result.code, result.stderr)
      assert.equal(1, support.json(result).effects.planned)
      return support.json(result).run
    end
    local first, second = plan(), plan()
    testing.write(folder .. "/ours.csv", "not what it was")
    local applied = testing.run {"apply", first, "--yes", "-o", "json", env = variables, cwd = folder}
    assert.equal(0, applied.code, applied.stderr)
    assert.equal(1, support.json(applied).effects.succeeded)
    assert.equal(1, #fresh:effects())
    testing.run {command = "/bin/rm", folder .. "/ours.csv"}
    local again = testing.run {"apply", second, "--yes", "-o", "json", env = variables, cwd = folder}
    assert.not_equal(2, again.code, again.stderr)
    assert.equal(1, #fresh:effects())
    assert.equal(2, run("check", "refund.yaml").code) -- a new plan does need it
  end)
end)

describe("a file to join", function()
  it("is checked with the workflow: each mistake with its line", function()
    local function csv(text, expected, parts)
      local list = mistakes(text, parts)
      assert.equal(1, #list)
      support.contains(list[1], "6:16: " .. expected)
    end
    csv("id,team\nadler,a\nbauer,b\nADLER,c\nadler,d\n", "ours.csv:5:1: customer 'adler' is on line 2 already")
    csv("team,domain\na,A.example\nb,a.example\n", "ours.csv:3:3: customer 'a.example' is on line 2 already",
      {join = "{file: ours.csv, by: domain}"})
    csv("team,domain\na,adler\n", "ours.csv:1:1: no column 'id': `by: id` says that one tells whose row it is")
    csv("id,team\nadler,a\n,b\n", "ours.csv:3:1: this row has no id: whose is it?")
    csv("id,team\na b,a\n", "ours.csv:2:1: 'a b' is not a tenant id")
    csv("id,team\n", "ours.csv: no customers in it")
    csv("", "ours.csv:1:1: the file is empty: the first line names the columns")
    csv("id,team\nadler,a,b\n", "ours.csv:2:9: 3 cells, and the header has 2")
    csv("id,team\nadler,'\nbauer,\"\n", "ours.csv:3:7: the quote is not closed")
    local typed = {join = "{file: ours.csv, by: id, columns: {team: integer}}"}
    csv("id,team\nadler,1\nbauer,1.5\n",
      "ours.csv:3:7: column 'team': takes a whole number such as 5, not '1.5'", typed)
    csv("id,team\nadler,red\n", "ours.csv:2:7: column 'team': takes one of: gold, silver; not 'red'",
      {join = "{file: ours.csv, by: id, columns: {team: {type: choice, of: [gold, silver]}}}"})
  end)

  it("is beneath the package root", function()
    assert.same({"6:16: '../ours.csv' leads upwards: no '..' in a path of a package"},
      mistakes(three, {join = "{file: ../ours.csv, by: id}"}))
    assert.equal(1, #mistakes(three, {join = "{file: none.csv, by: id}"}))
    support.contains(mistakes(three, {join = "{file: none.csv, by: id}"})[1], "none.csv")
  end)

  it("is counted by describe", function()
    local result = tenure(workflow(three, {}), "describe", "flow.yaml", "-o", "json")
    assert.same({file = "ours.csv", by = "id", rows = 2}, support.json(result).customers.join)
  end)
end)

describe("the keys of a join", function()
  it("are told when they are wrong", function()
    local function keys(join, ...)
      assert.same({...}, mistakes(three, {join = join}))
    end
    keys("{}", "6:9: 'file' is missing in join", "6:9: 'by' is missing in join")
    keys("ours.csv", "6:9: join is a mapping of keys, not text")
    keys("{fiel: ours.csv, by: id, file: ours.csv}", "6:10: unknown key 'fiel' in join")
    keys("{file: ours.csv, by: team}", "6:30: 'by' takes id, domain or name, not 'team'")
    keys("{file: ours.csv, by: [id]}", "6:30: 'by' takes text, not a list")
    keys("{file: ours.csv, by: id, columns: [a]}", "6:43: 'columns' takes a mapping of columns to types, not a list")
    keys("{file: ours.csv, by: id, columns: {taem: integer}}", "6:44: ours.csv has no column 'taem'")
    keys("{file: ours.csv, by: id, columns: {team: intger}}", "6:50: no type is called 'intger'")
    keys("{file: ours.csv, by: id, columns: {team: list}}", "6:50: a cell cannot be of type 'list'")
    keys("{file: ours.csv, by: id, columns: {team: choice}}",
      "6:50: column 'team' does not say the words of its choice")
    keys("{file: ours.csv, by: id, columns: {team: {type: integer, of: [a]}}}",
      "6:66: 'of' belongs to choices and lists, not to type 'integer'")
  end)
end)
