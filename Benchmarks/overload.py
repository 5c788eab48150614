#!/usr/bin/env python3
"""overload.py HOST:PORT TOKENFILE DATADIR NAME SECONDS RATE CONNECTIONS: small messages in a closed loop, or in an open one.

RATE 0 is the closed loop: every connection sends its next request when it has the answer to the one before. A RATE is that of the open
loop: requests come on a schedule, whatever the answers do, each on a connection of a pool that is free; CONNECTIONS bounds the pool, and
a request that finds none is counted. They are all opened beforehand, a few at a time. Time is taken from the moment a request was due. Every request has a queue id of its own: NAME and a
number. The first second is not counted. Prints one line of JSON.
"""
import collections
import json
import select
import socket
import sys
import time
import urllib.parse

address, token_file, data, name, seconds, rate, most = sys.argv[1:8]
host, port = address.rsplit(":", 1)
token, seconds, rate, most = open(token_file).read().strip(), float(seconds), float(rate), int(most)
warm_up = 1.0

parts = []  # (before the queue id, behind it, message)
for row in map(json.loads, open(f"{data}/manifest.jsonl")):
    if row["cls"] != "S":
        continue
    raw = open(f"{data}/{row['file']}", "rb").read()
    query = [("client_ip", row["ip"]), ("helo", row["helo"]), ("mail_from", row["mail_from"])] + [("rcpt", each) for each in row["rcpt"]]
    query += [("auth_user", row["user"])] if row["user"] else []
    query += [("tls_version", row["tls"]), ("tls_cipher", "TLS_AES_256_GCM_SHA384")] if row["tls"] else []
    before = f"POST /v1/verdicts?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}&queue_id={name}"
    behind = f" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: message/rfc822\r\nContent-Length: {len(raw)}\r\n\r\n"
    parts.append((before.encode(), behind.encode(), raw))


class Connection:
    __slots__ = ("socket", "number", "due", "sent", "rest", "got", "want", "head")


poll, connections, free = select.epoll(), {}, collections.deque()
opened = [0]


def connect():
    one = Connection()
    one.socket = socket.create_connection((host, int(port)), 5)
    one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    one.socket.setblocking(False)
    one.rest = b""
    connections[one.socket.fileno()] = one
    poll.register(one.socket.fileno(), select.EPOLLIN)
    opened[0] += 1
    return one


def drop(one):
    poll.unregister(one.socket.fileno())
    del connections[one.socket.fileno()]
    one.socket.close()


def send(one, number, due):
    before, behind, raw = parts[number % len(parts)]
    one.number, one.due, one.got, one.want, one.head = number, due, b"", 0, b""
    head = b"%s%X%s" % (before, number, behind)
    try:
        count = one.socket.sendmsg([head, raw])
    except BlockingIOError:
        count = 0
    except OSError:
        return False
    if count < len(head) + len(raw):
        one.rest = (head + raw)[count:]
        poll.modify(one.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)
    return True


answers = []  # (status, seconds since it was due, whether it has Retry-After, when)
no_connection = broken = late = 0
for count in range(most):
    free.append(connect())
    free[-1].due = None
    if count % 16 == 15:
        time.sleep(0.005)
start = time.monotonic()
end = start + warm_up + seconds
number = 0
while True:
    now = time.monotonic()
    if now >= end:
        break
    # What is due is sent; in the closed loop, whatever has a connection.
    while True:
        due = now if rate == 0 else start + number / rate
        if due > now:
            break
        if free:
            one = free.pop()
        elif len(connections) < most:
            one = connect()
        elif rate == 0:
            break
        else:
            no_connection += due >= start + warm_up
            number += 1
            continue
        late = max(late, now - due) if due >= start + warm_up else 0
        if not send(one, number, due):
            drop(one)
            broken += 1
        number += 1
        if number % 16 == 0:
            now = time.monotonic()
            break
    # Never waits: the client's core, which may be half of the service's, is as busy in one loop as in the other.
    for handle, event in poll.poll(0, 256):
        one = connections[handle]
        if event & select.EPOLLOUT and one.rest:
            try:
                one.rest = one.rest[one.socket.send(one.rest):]
            except BlockingIOError:
                pass
            except OSError:
                one.rest = b""
            if not one.rest:
                poll.modify(handle, select.EPOLLIN)
        if not event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            continue
        try:
            octets = one.socket.recv(262144)
        except BlockingIOError:
            continue
        except OSError:
            octets = b""
        if not octets:
            broken += one.due is not None
            if one.due is None:
                free.remove(one)
            drop(one)
            continue
        one.got += octets
        if not one.want:
            place = one.got.find(b"\r\n\r\n")
            if place < 0:
                continue
            one.head = one.got[:place].lower()
            length = one.head.find(b"content-length:")
            one.want = place + 4 + (int(one.head[length + 15:].split(b"\r\n", 1)[0]) if length >= 0 else 0)
        if len(one.got) < one.want:
            continue
        at = time.monotonic()
        if one.due >= start + warm_up or rate == 0 and at >= start + warm_up:
            answers.append((int(one.got[9:12]), at - one.due, b"\r\nretry-after:" in one.head))
        one.due = None
        if b"\r\nconnection: close" in one.head or one.rest:
            drop(one)
        else:
            free.append(one)

unanswered = sum(one.due is not None and one.due >= start + warm_up for one in connections.values())
spent = time.process_time() / (time.monotonic() - start)
good = sorted(taken for status, taken, _ in answers if status == 200)
busy = sorted(taken for status, taken, _ in answers if status == 503)


def part(sorted_times, share):
    return round(sorted_times[min(len(sorted_times) - 1, int(len(sorted_times) * share))] * 1000, 2) if sorted_times else None


print(json.dumps({
    "name": name, "offered": rate, "answered": len(answers), "good": round(len(good) / seconds, 1), "busy": round(len(busy) / seconds, 1),
    "other": dict(collections.Counter(status for status, _, _ in answers if status not in (200, 503))),
    "good_p50": part(good, 0.5), "good_p99": part(good, 0.99), "good_max": part(good, 1),
    "busy_p50": part(busy, 0.5), "busy_p99": part(busy, 0.99), "busy_max": part(busy, 1),
    "without_retry_after": sum(status == 503 and not retry for status, _, retry in answers),
    "no_connection": no_connection, "broken": broken, "unanswered": unanswered, "connections": opened[0],
    "late_ms": round(late * 1000, 1), "client_cores": round(spent, 2),
}))
