"""Looks at what was handled: every number is there, and each key's events came first in their order.

An event may come again; but no event may come for the first time before an earlier one of its key has.
"""

import sys

path, count = sys.argv[1], int(sys.argv[2])
seen, newest, out_of_order, again = set(), {}, [], 0
for line in open(path):
    key, number, _attempt = line.split()
    number = int(number)
    if number in seen:
        again += 1
        continue
    if number < newest.get(key, -1):
        out_of_order.append((key, number, newest[key]))
    seen.add(number)
    newest[key] = max(newest.get(key, -1), number)
lost = sorted(set(range(count)) - seen)
print(f"{len(seen)} of {count} handled, {again} more than once, {len(lost)} lost, {len(out_of_order)} out of order")
if lost or out_of_order:
    sys.exit(f"lost: {lost[:10]}; out of order: {out_of_order[:10]}")
