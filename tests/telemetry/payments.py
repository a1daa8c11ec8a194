"""A service of another make beside the shop: it takes a payment for each order, in the trace of the order.

payments.py NATS: the broker's URL. It goes on until it is told to stop. Run with `-I`, as the other clients.
"""

import asyncio
import json
import signal
import sys

import nats

PLACED, SETTLED = "shop.orders.placed", "payments.settled"


async def main(broker):
    connection = await nats.connect(broker)
    js = connection.jetstream()

    async def pay(message):
        order = json.loads(message.data)["order"]
        # It records nothing of its own, and passes the trace on as it came.
        carried = {name: message.headers[name] for name in ["traceparent", "tracestate"] if name in message.headers}
        settled = {"order": order["id"], "amount": order["total"]["amount"]}
        await js.publish(SETTLED, json.dumps(settled).encode(), headers=carried)

    for _ in range(100):
        try:
            await js.subscribe(PLACED, cb=pay, ordered_consumer=True)
            break
        except nats.js.errors.NotFoundError:
            # Who emits makes the stream when it starts.
            await asyncio.sleep(0.1)
    else:
        raise AssertionError(f"no stream takes {PLACED}")
    print("ready", flush=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await connection.drain()


asyncio.run(main(*sys.argv[1:]))
