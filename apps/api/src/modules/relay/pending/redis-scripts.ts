/** Start of every key, unless a test wants its own. */
export const DEFAULT_PREFIX = 'servonaut';

/**
 * Keys of one user carry the hash tag `{user}`, so that a cluster keeps them together. A request is a hash of `version` and `record`; the open
 * ones of a user, and those of each of his principals, are sorted sets by the instant at which each is over in any case, so that a lost member
 * cannot count for ever. All that can be read of a user is in one by creation, and in one by until when it is kept at most.
 */

/**
 * KEYS request, open of the principal, open of the user, by creation, by end · ARGV now, most of the principal, most of the user, id, over by,
 * version, record, lifetime in ms, created at. 0 when taken, or else the limit that it met.
 */
export const CREATE_REQUEST = `
for i = 2, 3 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[1])
  if redis.call('ZCARD', KEYS[i]) >= tonumber(ARGV[i]) then return tonumber(ARGV[i]) end
end
for i = 2, 3 do
  redis.call('ZADD', KEYS[i], ARGV[5], ARGV[4])
  redis.call('PEXPIREAT', KEYS[i], ARGV[5], 'NX')
  redis.call('PEXPIREAT', KEYS[i], ARGV[5], 'GT')
end
redis.call('HSET', KEYS[1], 'version', ARGV[6], 'record', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[8])
local keptUntil = tonumber(ARGV[1]) + tonumber(ARGV[8])
local gone = redis.call('ZRANGE', KEYS[5], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, 10)
for _, id in ipairs(gone) do
  redis.call('ZREM', KEYS[4], id)
  redis.call('ZREM', KEYS[5], id)
end
redis.call('ZADD', KEYS[4], ARGV[9], ARGV[4])
redis.call('ZADD', KEYS[5], keptUntil, ARGV[4])
for i = 4, 5 do
  redis.call('PEXPIREAT', KEYS[i], keptUntil, 'NX')
  redis.call('PEXPIREAT', KEYS[i], keptUntil, 'GT')
end
return 0`;

/**
 * KEYS as above · ARGV expected version, id, version, record, lifetime in ms, over by (0 when finished, '' when that stays as it was), now, channel or '', message.
 * 1 when changed, 0 when somebody else was first.
 */
export const CHANGE_REQUEST = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'record', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if ARGV[6] == '0' then
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('ZREM', KEYS[3], ARGV[2])
elseif ARGV[6] ~= '' then
  local keptUntil = tonumber(ARGV[7]) + tonumber(ARGV[5])
  redis.call('ZADD', KEYS[2], 'XX', ARGV[6], ARGV[2])
  redis.call('ZADD', KEYS[3], 'XX', ARGV[6], ARGV[2])
  redis.call('ZADD', KEYS[5], 'XX', keptUntil, ARGV[2])
  for i = 2, 3 do redis.call('PEXPIREAT', KEYS[i], ARGV[6], 'GT') end
  for i = 4, 5 do redis.call('PEXPIREAT', KEYS[i], keptUntil, 'GT') end
end
if ARGV[8] ~= '' then redis.call('PUBLISH', ARGV[8], ARGV[9]) end
return 1`;
