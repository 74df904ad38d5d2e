/** Start of every key, unless a test wants its own. */
export const DEFAULT_PREFIX = 'servonaut';

/**
 * Keys of one user carry the hash tag `{user}`, so that a cluster keeps them together. A request is a hash of `version` and `record`; the open
 * ones of a user are a sorted set by the instant at which each is over in any case, so that a lost member cannot count for ever.
 */

/** KEYS request, open · ARGV now, most open, id, over by, version, record, lifetime in ms. 1 when taken, 0 when the user has too many. */
export const CREATE_REQUEST = `
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
redis.call('PEXPIREAT', KEYS[2], ARGV[4], 'NX')
redis.call('PEXPIREAT', KEYS[2], ARGV[4], 'GT')
redis.call('HSET', KEYS[1], 'version', ARGV[5], 'record', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
return 1`;

/**
 * KEYS request, open · ARGV expected version, id, version, record, lifetime in ms, '1' when finished, channel or '', message.
 * 1 when changed, 0 when somebody else was first.
 */
export const CHANGE_REQUEST = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'record', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if ARGV[6] == '1' then
  redis.call('ZREM', KEYS[2], ARGV[2])
  if ARGV[7] ~= '' then redis.call('PUBLISH', ARGV[7], ARGV[8]) end
end
return 1`;
