"""Many listeners to `/v1/live` in one process that does nothing else: `listeners.py PORT HOW-MANY EVENTS`. It says how long it
took to connect, and when each event came to each."""

import json
import re
import select
import socket
import sys
import time

EVENT = re.compile(rb"id: (\S+)\nevent: (\w+)\ndata: (.*)\n\n")


def main(door, many, wanted):
    began = time.monotonic()
    lines = {}
    for _ in range(many):
        line = socket.create_connection(("127.0.0.1", door), timeout=30)
        line.sendall(b"GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        lines[line.fileno()] = line
    poll = select.epoll()
    for number, line in lines.items():
        line.setblocking(False)
        poll.register(number, select.EPOLLIN)
    waiting, came, refused = dict.fromkeys(lines, b""), {}, 0
    greeted, all_greeted = set(), None
    end = time.monotonic() + 120
    while time.monotonic() < end:
        for number, _ in poll.poll(1):
            bytes_, now = lines[number].recv(65536), time.time()
            if number not in greeted:
                greeted.add(number)
                refused += not bytes_.startswith(b"HTTP/1.1 200")
                if len(greeted) == many:
                    all_greeted = time.monotonic() - began
                    print(json.dumps({"connected": many - refused, "seconds": all_greeted}), flush=True)
            text = waiting[number] + bytes_
            ends = 0
            for event in EVENT.finditer(text):
                ends = event.end()
                came.setdefault(event[1], (event[2], event[3], []))[2].append(now)
            waiting[number] = text[ends:]
            if not bytes_:
                poll.unregister(number)
        # Only what came when everyone was there, to everyone.
        whole = [one for one in came.items() if len(one[1][2]) == many]
        if all_greeted and len(whole) >= wanted:
            break
    told = [{"id": id_.decode(), "kind": kind.decode(), "data": json.loads(data), "at": at} for id_, (kind, data, at) in whole]
    print(json.dumps({"events": told}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
