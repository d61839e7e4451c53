"""kombu's Redis transport, with the one moment closed in which it can lose a message.

kombu takes a message off its list (RPOP, BRPOP) and only then notes it as «not acknowledged»: a process that dies between
the two has lost it. Here one Lua script does both, so that a message is always in the queue or among those that are given
out again. https://github.com/celery/kombu: `transport/redis.py`, `Channel._get` and `QoS.append`.
"""

import json
import time
from queue import Empty
from typing import Any

from kombu.transport import redis

_TAKE = """
local raw = redis.call('LINDEX', KEYS[1], -1)
if not raw then return false end
local readable, message = pcall(cjson.decode, raw)
local properties = readable and type(message) == 'table' and message['properties']
local info = type(properties) == 'table' and properties['delivery_info']
local tag = type(properties) == 'table' and properties['delivery_tag']
if type(tag) ~= 'string' or type(info) ~= 'table' or type(info['exchange']) ~= 'string'
   or type(info['routing_key']) ~= 'string' then
  redis.call('RPOPLPUSH', KEYS[1], KEYS[4])
  return ''
end
local names = cjson.encode({info['exchange'], info['routing_key']})
redis.call('HSET', KEYS[2], tag, '[' .. raw .. ',' .. string.sub(names, 2, -2) .. ']')
redis.call('ZADD', KEYS[3], ARGV[1], tag)
redis.call('RPOP', KEYS[1])
return raw
"""

UNREADABLE = ".unreadable"
"""What is put behind a queue's name for messages that are none of kombu's: nobody could acknowledge them."""


class Channel(redis.Channel):
    """Take and note in one step."""

    conn_or_acquire: Any
    priority_steps: Any
    _q_for_pri: Any
    decode_body: Any

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        with self.conn_or_acquire() as client:
            for priority in self.priority_steps:
                key = self._q_for_pri(queue, priority)
                raw = self._take(client, key, queue)
                if raw:
                    return self._harmless(json.loads(raw))
        raise Empty

    def _harmless(self, message: dict[str, Any]) -> dict[str, Any]:
        """Take out what the library would trip over; the body is then what the hub refuses, with its reason."""
        given = message.get("headers")
        headers = given if isinstance(given, dict) else {}
        # What is compressed stays so: a small message could become a very large one.
        message["headers"] = {name: value for name, value in headers.items() if name != "compression"}
        try:
            self.decode_body(message.get("body") or "", message["properties"].get("body_encoding"))
        except (KeyError, ValueError, TypeError, AttributeError):
            message["properties"]["body_encoding"] = None
            message["body"] = str(message.get("body"))
        return message

    def _take(self, client: Any, key: str, queue: str) -> str:
        """Return the next message as it stands; what is no message of kombu's is put aside on the way."""
        keys = [key, self.unacked_key, self.unacked_index_key, f"{queue}{UNREADABLE}"]
        while True:
            raw = client.eval(_TAKE, len(keys), *keys, time.time())
            if raw is None:
                return ""
            if raw:
                return raw.decode() if isinstance(raw, bytes) else str(raw)


class Transport(redis.Transport):
    """Redis, with such channels."""

    Channel = Channel
