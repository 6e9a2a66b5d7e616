-- Puts members' standings on a month's boards, each unless a newer record of the account was put before, and what their
-- records won on the boards of quizzes and weeks. Many standings cost little more than one: whatever they have in common,
-- a board, the counts of changes, is written once.
--
-- KEYS[1]  members: hash, account -> "seq<tab>stands<tab>points<tab>due<tab>company", then a line for each board that the account
--          stands on, then a line "+seq<tab>quiz<tab>week<tab>points<tab>late" for each record that won something; before the seq
--          of a record of an account that was merged into this one stand that account's id and "/"
-- KEYS[2]  due: sorted set, account by the instant (Unix ms) at which the clock alone changes its total
-- KEYS[3]  versions: hash, board -> the month's count of changes when it changed last, "" -> that count
-- KEYS[4]  league: hash, "s:company" -> points of its players, "n:company" -> how many players it has
-- ARGV[1]  what the boards' keys begin with; it holds the same hash tag as KEYS, so they are in the same slot
-- then nine for each account, which comes once:
--   account
--   seq of the account's record that this standing is drawn from
--   the next due instant, "" for none
--   score, "" to stand on no board
--   the score's points
--   "1" where the account may stand on boards at all, else ""
--   company whose points these are, "" for none
--   names of the boards to stand on, in lines
--   records as above, in lines, without the "+"
-- Returns how many were put: where a newer seq was there it was not. What records won is added in either case, each record
-- once. The same seq may be put again: the clock changes totals too. It returns no rank: that would sort the whole board in
-- the embedded server. The league's sums change by what an account's part in them changes, in the same moment.

local prefix, late_span = ARGV[1], 4294967296

-- What is to be written, gathered over all accounts: of boards name -> arguments of ZADD or ZREM, of the league field -> sum.
local adds, removes, league, members, due_adds, due_removes, changed = {}, {}, {}, {}, {}, {}, {}

local function add(board, score, account)
  local to = adds[board] or {}
  to[#to + 1] = score
  to[#to + 1] = account
  adds[board] = to
end

local function remove(board, account)
  local from = removes[board] or {}
  from[#from + 1] = account
  removes[board] = from
end

-- The names in these lines: most accounts stand on the same boards, so that they are taken apart once.
local lists = {}
local function names(lines)
  local list = lists[lines]
  if not list then
    list = {}
    for name in string.gmatch(lines, '[^\n]+') do
      list[#list + 1] = name
    end
    lists[lines] = list
  end
  return list
end

local function sum(field, by)
  league[field] = (league[field] or 0) + by
end

-- Takes what the account's part in the league was and is.
local function leagued(company, points, was_company, was_points)
  if company == was_company then
    if company ~= '' and points ~= was_points then
      sum('s:' .. company, points - was_points)
    end
    return
  end
  if was_company ~= '' then
    sum('s:' .. was_company, -was_points)
    sum('n:' .. was_company, -1)
  end
  if company ~= '' then
    sum('s:' .. company, points)
    sum('n:' .. company, 1)
  end
end

-- Takes an account's sums to the boards of one kind.
local function place(kind, sums, account, stands)
  for name, of in pairs(sums) do
    if stands == '1' and of[1] > 0 then
      add(kind .. name, math.min(of[1], 2097151) * late_span + (late_span - 1 - of[2]), account)
    else
      remove(kind .. name, account)
    end
  end
end

-- Takes the new records among these lines to the boards of quizzes and weeks, and returns all that the account has.
-- Where it may stand on boards since, or no longer, all its records' boards are concerned.
local function recorded(account, stands, turned, records, lines)
  local quizzes, weeks, concerned = {}, {}, turned and records ~= ''
  for line, quiz, week in string.gmatch(lines, '([^\t\n]+\t([^\t]*)\t([^\t]*)[^\n]+)') do
    if not string.find(records, '\n+' .. line, 1, true) then
      records = records .. '\n+' .. line
      quizzes[quiz], weeks[week], concerned = {0, 0}, {0, 0}, true
    end
  end
  if not concerned then
    return records
  end
  for quiz, week, points, late in string.gmatch(records, '\t([^\t]*)\t([^\t]*)\t(-?%d+)\t(%d+)') do
    if turned then
      quizzes[quiz], weeks[week] = quizzes[quiz] or {0, 0}, weeks[week] or {0, 0}
    end
    local of_quiz, of_week = quizzes[quiz], weeks[week]
    if of_quiz then
      of_quiz[1], of_quiz[2] = of_quiz[1] + points, math.max(of_quiz[2], late)
    end
    if of_week then
      of_week[1], of_week[2] = of_week[1] + points, math.max(of_week[2], late)
    end
  end
  quizzes[''] = nil
  place('quiz:', quizzes, account, stands)
  place('week:', weeks, account, stands)
  return records
end

local accounts = {}
for i = 2, #ARGV, 9 do
  accounts[#accounts + 1] = ARGV[i]
end
local formers, put = redis.call('HMGET', KEYS[1], unpack(accounts)), 0

for i, account in ipairs(accounts) do
  local a = 9 * i - 7
  local seq, due, score, points = ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4]
  local stands, company, boards = ARGV[a + 5], ARGV[a + 6], ARGV[a + 7]
  local former = formers[i] or ''
  local was_seq, was_stands, was_points, was_due, was_company, rest =
    string.match(former, '^(%d+)\t(%d*)\t(%d+)\t(%d*)\t([^\n]*)(.*)$')
  if not was_seq then
    was_seq, was_stands, was_points, was_due, was_company, rest = '0', '', '0', '', '', ''
  end
  local cut = string.find(rest, '\n+', 1, true) or #rest + 1
  local stood, records = string.sub(rest, 1, cut - 1), string.sub(rest, cut)
  local head

  if tonumber(seq) >= tonumber(was_seq) then
    put = put + 1
    if score == '' then
      points, company, boards = '0', '', ''
    else
      for _, board in ipairs(names(boards)) do
        add(board, score, account)
      end
      boards = '\n' .. boards
    end
    if stood ~= boards then
      for _, board in ipairs(names(stood)) do
        if not string.find(boards .. '\n', '\n' .. board .. '\n', 1, true) then
          remove(board, account)
        end
      end
    end
    if company ~= was_company or points ~= was_points then
      leagued(company, tonumber(points), was_company, tonumber(was_points))
    end
    if due ~= was_due then
      if due == '' then
        due_removes[#due_removes + 1] = account
      else
        due_adds[#due_adds + 1] = due
        due_adds[#due_adds + 1] = account
      end
    end
    head = seq .. '\t' .. stands .. '\t' .. points .. '\t' .. due .. '\t' .. company
    stood = boards
  else
    stands, head = was_stands, string.sub(former, 1, #former - #rest)
  end

  records = recorded(account, stands, stands ~= was_stands, records, ARGV[a + 8])
  local text = head .. stood .. records
  if text ~= former then
    members[#members + 1] = account
    members[#members + 1] = text
  end
end

for board, args in pairs(adds) do
  if redis.call('ZADD', prefix .. board, 'CH', unpack(args)) > 0 then
    changed[board] = true
  end
end
for board, args in pairs(removes) do
  if redis.call('ZREM', prefix .. board, unpack(args)) > 0 then
    changed[board] = true
  end
end
for field, by in pairs(league) do
  redis.call('HINCRBY', KEYS[4], field, by)
  changed['league'] = true
end
if #due_adds > 0 then
  redis.call('ZADD', KEYS[2], unpack(due_adds))
end
if #due_removes > 0 then
  redis.call('ZREM', KEYS[2], unpack(due_removes))
end
if #members > 0 then
  redis.call('HSET', KEYS[1], unpack(members))
end
if next(changed) then
  local count, fields = redis.call('HINCRBY', KEYS[3], '', 1), {}
  for board in pairs(changed) do
    fields[#fields + 1] = board
    fields[#fields + 1] = count
  end
  redis.call('HSET', KEYS[3], unpack(fields))
end
return put
