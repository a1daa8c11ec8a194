"""nats-py, an outside client, beside the orders example on one broker: what the shop emits, what it handles, what it gives up.

orders-nats.py NATS ADDRESS: the broker's URL, and where the example is over HTTP. Run with `-I`, as nats.py.
"""

import asyncio
import datetime
import json
import pathlib
import sys
import urllib.request
import uuid

import nats

PLACED, SETTLED, DEAD = "shop.orders.placed", "payments.settled", "shop.orders.dead"
NOBODY = "00000000-0000-4000-8000-000000000000"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
checks = 0


def check(found, wanted, what):
    global checks
    assert found == wanted, f"{what}: wanted {wanted!r}, found {found!r}"
    checks += 1


class Shop:
    """The shop over REST."""

    def __init__(self, address):
        self.base = f"http://{address}/v1/orders"

    async def place(self):
        price = {"amount": "7.00", "currency": "EUR"}
        lines = [{"sku": "TEA-1", "quantity": 1, "price": price}]
        draft = {"customer": str(uuid.uuid4()), "lines": lines, "total": price, "payment": "cash"}
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4()), "traceparent": TRACE}
        return await self.ask(urllib.request.Request(self.base, json.dumps(draft).encode(), headers))

    async def status(self, id):
        return (await self.ask(urllib.request.Request(f"{self.base}/{id}")))["status"]

    async def cancel(self, id):
        await self.ask(urllib.request.Request(f"{self.base}/{id}", method="DELETE"))

    async def ask(self, request):
        def read():
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.loads(answer.read() or "null")

        return await asyncio.to_thread(read)


async def becomes(wanted, ask, what):
    """Until it is so; events take their time."""
    for _ in range(100):
        found = await ask()
        if found == wanted:
            break
        await asyncio.sleep(0.05)
    check(found, wanted, what)


async def of_topic(js, subject):
    """What comes to a subject from now on; who emits to it, or gives up what came, makes its stream when it starts."""
    for _ in range(100):
        try:
            return await js.subscribe(subject, ordered_consumer=True)
        except nats.js.errors.NotFoundError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"no stream takes {subject}")


async def main(broker, address):
    connection = await nats.connect(broker)
    js, shop = connection.jetstream(), Shop(address)
    follower = pathlib.Path(__file__).with_name("follow.mjs")
    socket = await asyncio.create_subprocess_exec(
        "node", "--no-warnings", "--experimental-websocket", follower, f"ws://{address}/v1/orders/live", "shop.orders.OrderPlaced",
        stdout=asyncio.subprocess.PIPE,
    )
    pushed = lambda: asyncio.wait_for(socket.stdout.readline(), 20)
    check(await pushed(), b"subscribed\n", "the subscription over WebSocket")

    # What the shop emits is read here, and comes back to it for those who subscribed over WebSocket.
    order = await shop.place()
    placed = await of_topic(js, PLACED)
    message = await placed.next_msg(timeout=10)
    event = json.loads(message.data)
    check(event, {"order": order}, "the event of an order")
    check(json.loads(await pushed()), event, "the event over WebSocket")
    headers = message.headers
    told = [headers[f"ce-{name}"] for name in ["specversion", "type", "source"]]
    check(told, ["1.0", "shop.orders.OrderPlaced", "/shop.orders/Orders"], "version, type and source of the CloudEvent")
    check(headers["content-type"], "application/json", "the media type")
    check(headers["Nats-Msg-Id"], headers["ce-id"], "the id that the broker knows")
    check(headers["traceparent"].split("-")[1], TRACE.split("-")[1], "the trace of the request")
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(headers["ce-time"])
    assert abs(age.total_seconds()) < 60, headers["ce-time"]

    # Whoever else emits it is heard as well.
    other = {"order": order | {"id": NOBODY, "note": "from elsewhere"}}
    foreign = {"ce-specversion": "1.0", "ce-id": str(uuid.uuid4()), "ce-source": "/judge", "ce-type": "shop.orders.OrderPlaced"}
    await js.publish(PLACED, json.dumps(other).encode(), headers=foreign)
    check(json.loads(await pushed()), other, "another's event over WebSocket")

    # A payment makes an order paid: as a CloudEvent, and the same once more; without any header.
    paid, plain, cancelled = [order] + [await shop.place() for _ in range(2)]
    settled = lambda order, amount="7.00": json.dumps({"order": order["id"], "amount": amount}).encode()
    cloud = {"ce-specversion": "1.0", "ce-id": str(uuid.uuid4()), "ce-source": "/bank", "ce-type": "payments.Settled"}
    for _ in range(2):
        await js.publish(SETTLED, settled(paid), headers=cloud)
    await becomes("paid", lambda: shop.status(paid["id"]), "an order that was settled")
    await js.publish(SETTLED, settled(plain))
    await becomes("paid", lambda: shop.status(plain["id"]), "an order that was settled without headers")

    # What cannot be handled ends among the dead letters, with the reason.
    await shop.cancel(cancelled["id"])
    hopeless = {
        "an order that nobody has": (settled({"id": NOBODY}), f"no order {NOBODY}"),
        "a cancelled order": (settled(cancelled), f"order {cancelled['id']} is cancelled"),
    }
    letters = None
    for what, (payload, reason) in hopeless.items():
        await js.publish(SETTLED, payload, headers={"x-mine": "kept"})
        letters = letters or await of_topic(js, DEAD)
        letter = await letters.next_msg(timeout=10)
        kept = [letter.headers[f"wireloom-dead-{name}"] for name in ["reason", "topic", "group"]] + [letter.headers["x-mine"]]
        check((letter.data, kept), (payload, [reason, SETTLED, "orders", "kept"]), what)
    await js.publish(SETTLED, b'{"order": "7", "amount": "7.00"}')
    letter = await letters.next_msg(timeout=10)
    check(letter.headers["wireloom-dead-violations"].split(":")[0], "order", "a payload that breaks the contract")

    stream = await js.find_stream_name_by_subject(SETTLED)
    counts = lambda info: (info.num_ack_pending, info.num_pending)

    async def open_events():
        return counts(await js.consumer_info(stream, "orders"))

    await becomes((0, 0), open_events, "all is settled")
    socket.terminate()
    await socket.wait()
    await connection.close()
    print(f"{checks} passed, 0 failed")


asyncio.run(main(*sys.argv[1:]))
