"""Looks at what was handled: every number is there, and each key's events came first in their order.

An event may come again; but no event may come for the first time before an earlier one of its key has. Events that come again
are lines as well, so the last ones may still be on their way: they are waited for.
"""

import sys
import time

PATIENCE = 60


def look(path):
    """The numbers that were handled, how many came again, and which came before an earlier one of their key."""
    seen, newest, out_of_order, again = set(), {}, [], 0
    with open(path) as lines:
        for line in lines:
            key, number, _attempt = line.split()
            number = int(number)
            if number in seen:
                again += 1
                continue
            if number < newest.get(key, -1):
                out_of_order.append((key, number, newest[key]))
            seen.add(number)
            newest[key] = max(newest.get(key, -1), number)
    return seen, again, out_of_order


path, count = sys.argv[1], int(sys.argv[2])
deadline = time.monotonic() + PATIENCE
while True:
    seen, again, out_of_order = look(path)
    lost = sorted(set(range(count)) - seen)
    if not lost or time.monotonic() > deadline:
        break
    time.sleep(0.2)
print(f"{len(seen)} of {count} handled, {again} more than once, {len(lost)} lost, {len(out_of_order)} out of order")
if lost or out_of_order:
    sys.exit(f"lost: {lost[:10]}; out of order: {out_of_order[:10]}")
