/**
 * One transaction of all counts of one call, so that nobody gets between looking and counting. Windows are numbers that expire, with their number in
 * the name; calls that run are sorted sets by the instant at which each is over in any case, so that a process that died frees them. What was made
 * lately is a list of instants, newest first, or of one negative instant until which it must not be made. All keys carry one hash tag: the counts of
 * one call may be those of two users, and a script works on one slot of a cluster.
 *
 * KEYS what was made, then the counts · ARGV now, id, over by, most repeats (0 for not watched), their ms, pause in ms; then of each count its limit and for
 * how long it is kept in ms, 0 for calls that run. 0 when taken, which count is full, or, when repeated, less than
 * nothing by as many ms as it must not be made yet.
 */
export const TAKE_CALL = `
local now = tonumber(ARGV[1])
local most, within, pause = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
for i = 2, #KEYS do
  local limit, kept = tonumber(ARGV[2 * i + 3]), tonumber(ARGV[2 * i + 4])
  local used
  if kept == 0 then
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[1])
    used = redis.call('ZCARD', KEYS[i])
  else
    used = tonumber(redis.call('GET', KEYS[i]) or '0')
  end
  if used >= limit then return i - 1 end
end
if most > 0 then
  local newest = tonumber(redis.call('LINDEX', KEYS[1], 0) or '0')
  if now < -newest then return now + newest end
  if newest < 0 then redis.call('DEL', KEYS[1]) end
  redis.call('LPUSH', KEYS[1], ARGV[1])
  redis.call('LTRIM', KEYS[1], 0, most)
  redis.call('PEXPIRE', KEYS[1], within)
  local first = redis.call('LINDEX', KEYS[1], most)
  if first and now - tonumber(first) < within then
    redis.call('DEL', KEYS[1])
    redis.call('LPUSH', KEYS[1], string.format('%.0f', -(now + pause)))
    redis.call('PEXPIRE', KEYS[1], pause)
    return -pause
  end
end
for i = 2, #KEYS do
  local kept = tonumber(ARGV[2 * i + 4])
  if kept == 0 then
    redis.call('ZADD', KEYS[i], ARGV[3], ARGV[2])
    local lasts = tonumber(ARGV[3]) - now
    redis.call('PEXPIRE', KEYS[i], lasts, 'NX')
    redis.call('PEXPIRE', KEYS[i], lasts, 'GT')
  else
    redis.call('INCR', KEYS[i])
    redis.call('PEXPIRE', KEYS[i], kept)
  end
end
return 0`;

/** KEYS the counts · ARGV id, then of each count '1' when it goes down by one, '0' when the call runs no more. A count that is gone stays gone. */
export const GIVE_BACK_CALL = `
for i = 1, #KEYS do
  if ARGV[i + 1] == '0' then redis.call('ZREM', KEYS[i], ARGV[1])
  elseif tonumber(redis.call('GET', KEYS[i]) or '0') > 0 then redis.call('DECR', KEYS[i]) end
end
return 0`;
