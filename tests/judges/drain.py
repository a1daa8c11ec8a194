"""40 connections place orders; SIGTERM comes while all of them wait for an answer; none may stay without."""

import http.client
import json
import os
import signal
import sys
import threading
import time

port, server = int(sys.argv[1]), int(sys.argv[2])
price = {"amount": "3.50", "currency": "EUR"}
order = json.dumps({
    "customer": "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01",
    "lines": [{"sku": "TEA-1", "quantity": 1, "price": price}],
    "total": price,
    "payment": "cash",
})
answered, lost = [], []


def place(number):
    """Sends orders until the server closes the connection; what was sent must be answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for turn in range(10_000):
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"{number}-{turn}"}
        try:
            connection.request("POST", "/v1/orders", order, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            lost.append((number, turn, repr(error)))
            return
        (answered if response.status == 201 else lost).append(response.status)
        if response.headers.get("connection") == "close":
            return


threads = [threading.Thread(target=place, args=(number,)) for number in range(40)]
for thread in threads:
    thread.start()
time.sleep(1)
before = len(answered)
os.kill(server, signal.SIGTERM)
for thread in threads:
    thread.join(20)
assert before > 100, f"only {before} answered before the signal"
assert not lost, f"lost: {lost}"
print(f"{len(answered)} answered, {len(answered) - before} of them after SIGTERM, 0 lost")
