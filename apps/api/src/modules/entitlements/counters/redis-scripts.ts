/** The instant in ms: that of Redis, so that no coordinator's clock decides when the call of another one is over. Tests say which. */
const NOW = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end`;

/**
 * One transaction of all counts of one call, so that nobody gets between looking and counting. Windows are hashes of which one it is and how much of it is
 * used; calls that run are sorted sets by the instant at which each is over in any case, so that a process that died frees them. What was made
 * lately is a list of instants, newest first, or of one negative instant until which it must not be made. The call itself is the instant at which it was
 * counted, or nothing once it was taken back. All keys carry one hash tag: the counts of one call may be those of two users, and a script works on one
 * slot of a cluster.
 *
 * KEYS the call, what was made, then the counts · ARGV now or nothing, id, how long it lasts in any case in ms, most repeats (0 for not watched), their ms,
 * pause in ms; then of each count its limit and its window in ms, 0 for calls that run. 0 when taken, which count is full, or, when repeated, less than
 * nothing by as many ms as it must not be made yet; after the instant.
 */
export const TAKE_CALL = `${NOW}
local lasts = math.ceil(tonumber(ARGV[3]))
if not (lasts > 0 and lasts < 2 ^ 53) then return redis.error_reply('ERR a call that lasts ' .. ARGV[3] .. ' ms') end
if redis.call('GET', KEYS[1]) == '' then return redis.error_reply('ERR a call that was taken back') end
local most, within, pause = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local uses = {}
for i = 3, #KEYS do
  local limit, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  if window == 0 then
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
    uses[i] = redis.call('ZCARD', KEYS[i])
  else
    local known = redis.call('HMGET', KEYS[i], 'window', 'used')
    uses[i] = tonumber(known[1]) == math.floor(now / window) and tonumber(known[2]) or 0
  end
  if uses[i] >= limit then return {now, i - 2} end
end
if most > 0 then
  local newest = tonumber(redis.call('LINDEX', KEYS[2], 0) or '0')
  if now < -newest then return {now, now + newest} end
  if newest < 0 then redis.call('DEL', KEYS[2]) end
  redis.call('LPUSH', KEYS[2], now)
  redis.call('LTRIM', KEYS[2], 0, most)
  redis.call('PEXPIRE', KEYS[2], within)
  local first = redis.call('LINDEX', KEYS[2], most)
  if first and now - tonumber(first) < within then
    redis.call('DEL', KEYS[2])
    redis.call('LPUSH', KEYS[2], string.format('%.0f', -(now + pause)))
    redis.call('PEXPIRE', KEYS[2], pause)
    return {now, -pause}
  end
end
for i = 3, #KEYS do
  local window = tonumber(ARGV[2 * i + 2])
  if window == 0 then
    redis.call('ZADD', KEYS[i], now + lasts, ARGV[2])
    redis.call('PEXPIRE', KEYS[i], lasts, 'NX')
    redis.call('PEXPIRE', KEYS[i], lasts, 'GT')
  else
    redis.call('HSET', KEYS[i], 'window', math.floor(now / window), 'used', uses[i] + 1)
    redis.call('PEXPIRE', KEYS[i], window - now % window)
  end
end
if #KEYS > 2 or most > 0 then redis.call('SET', KEYS[1], now, 'PX', lasts) end
return {now, 0}`;

/** KEYS the call, then its counts of calls that run · ARGV now or nothing, id, in how many ms it is over at the latest. */
export const END_CALL = `${NOW}
local within = tonumber(ARGV[3])
if within == 0 then redis.call('DEL', KEYS[1]) end
for i = 2, #KEYS do
  if within == 0 then redis.call('ZREM', KEYS[i], ARGV[2])
  else redis.call('ZADD', KEYS[i], 'XX', 'LT', now + within, ARGV[2]) end
end
return 0`;

/** KEYS as of the end · ARGV now or nothing, id, how long it lasts from now in any case in ms. */
export const PROLONG_CALL = `${NOW}
redis.call('PEXPIRE', KEYS[1], ARGV[3], 'GT')
for i = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  redis.call('ZADD', KEYS[i], 'XX', 'GT', now + ARGV[3], ARGV[2])
  redis.call('PEXPIRE', KEYS[i], ARGV[3], 'GT')
end
return 0`;

/**
 * Once for each call, however often it is run. A call that Redis learns of later than of this is not counted any more.
 * KEYS the call, what was made, then its counts · ARGV id, how long it lasts in ms, 1 when it was not even made; then of each count its window in ms, 0 for
 * calls that run.
 */
export const TAKE_BACK_CALL = `
local instant = redis.call('GET', KEYS[1]) or ''
local at = tonumber(instant)
redis.call('SET', KEYS[1], '', 'PX', ARGV[2])
if at and ARGV[3] == '1' then redis.call('LREM', KEYS[2], 1, instant) end
for i = 3, #KEYS do
  local window = tonumber(ARGV[i + 1])
  if window == 0 then redis.call('ZREM', KEYS[i], ARGV[1])
  elseif at and tonumber(redis.call('HGET', KEYS[i], 'window') or '') == math.floor(at / window) then
    redis.call('HINCRBY', KEYS[i], 'used', -1)
  end
end
return 0`;

/** KEYS counts · ARGV now or nothing; then of each count its window in ms, 0 for calls that run. How much of each is used, after the instant. */
export const READ_COUNTS = `${NOW}
local read = {now}
for i = 1, #KEYS do
  local window = tonumber(ARGV[i + 1])
  if window == 0 then
    read[i + 1] = redis.call('ZCOUNT', KEYS[i], '(' .. string.format('%.0f', now), '+inf')
  else
    local known = redis.call('HMGET', KEYS[i], 'window', 'used')
    read[i + 1] = tonumber(known[1]) == math.floor(now / window) and tonumber(known[2]) or 0
  end
end
return read`;
