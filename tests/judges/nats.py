"""An outside client of the events: publishes what `numbers echo` handles, reads what it emits and what it gives up."""

import asyncio
import datetime
import json
import sys
import uuid

import nats
from nats.js.api import ConsumerConfig, DeliverPolicy

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
checks = 0


def check(found, wanted, what):
    global checks
    assert found == wanted, f"{what}: wanted {wanted!r}, found {found!r}"
    checks += 1


async def stream_of(js, subject):
    """The stream that takes a subject; the service makes it when it starts, or with the first message."""
    for _ in range(100):
        try:
            return await js.find_stream_name_by_subject(subject)
        except nats.js.errors.NotFoundError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"no stream takes {subject}")


async def consumed(js, stream, group):
    for _ in range(100):
        try:
            return await js.consumer_info(stream, group)
        except nats.js.errors.NotFoundError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"no consumer {group} at {stream}")


async def last(js, subject):
    """Whatever comes to a subject, read one by one from the beginning."""
    stream = await stream_of(js, subject)
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
    subscription = await js.pull_subscribe(subject, stream=stream, config=config)
    while True:
        for message in await subscription.fetch(1, timeout=10):
            await message.ack()
            yield message


async def main(url):
    connection = await nats.connect(url)
    js = connection.jetstream()
    numbered, echoed = "demo.numbers.numbered", "demo.numbers.echoed"
    stream = await stream_of(js, numbered)
    check(stream, "demo_numbers_numbered", "the stream's name")
    info = await consumed(js, stream, "numbers")
    check((info.config.durable_name, info.config.ack_policy), ("numbers", "explicit"), "the consumer")

    # As a CloudEvent, with names in another case and a value that must be decoded.
    identity = f"é-{uuid.uuid4()}"
    headers = {
        "ce-specversion": "1.0", "ce-id": identity.replace("é", "%C3%A9"), "ce-source": "/judge",
        "ce-type": "demo.numbers.Numbered", "Content-Type": "application/json; charset=utf-8", "traceparent": TRACE,
    }
    await js.publish(numbered, json.dumps({"key": "a", "number": 1}).encode(), headers=headers)
    echoes = last(js, echoed)
    message = await anext(echoes)
    check(json.loads(message.data), {"number": 1, "id": identity}, "the payload")
    check(message.headers["content-type"], "application/json", "the media type")
    check(message.headers["ce-specversion"], "1.0", "the version of CloudEvents")
    check(message.headers["ce-type"], "demo.numbers.Echoed", "the type")
    check(message.headers["ce-source"], "/demo.numbers/Numbers", "the source")
    sent, came = TRACE.split("-"), message.headers["traceparent"].split("-")
    check((came[1], came[3]), (sent[1], sent[3]), "the trace")
    assert came[2] != sent[2], "publishing is a span of its own"
    check(message.headers["Nats-Msg-Id"], message.headers["ce-id"], "the id that the server knows")
    moment = datetime.datetime.fromisoformat(message.headers["ce-time"])
    age = datetime.datetime.now(datetime.timezone.utc) - moment
    assert abs(age.total_seconds()) < 60, moment

    # Without any header.
    await js.publish(numbered, b'{"key": "a", "number": 2, "more": []}')
    check(json.loads((await anext(echoes)).data)["number"], 2, "a plain message")

    # What breaks the contract comes back with the reason, and its own headers.
    await js.publish(numbered, b'{"key": "", "number": 3}', headers={"x-mine": "kept"})
    dead = await anext(last(js, f"{numbered}.dead"))
    check(dead.data, b'{"key": "", "number": 3}', "the dead letter's payload")
    check(dead.headers["wireloom-dead-violations"], "key: length must be in 1..80, not 0", "the violations")
    check(dead.headers["wireloom-dead-topic"], numbered, "the topic")
    check(dead.headers["wireloom-dead-group"], "numbers", "the group")
    check(dead.headers["x-mine"], "kept", "a header of the original")

    for _ in range(50):
        info = await js.consumer_info(stream, "numbers")
        if info.num_ack_pending == 0 and info.num_pending == 0:
            break
        await asyncio.sleep(0.1)
    check((info.num_ack_pending, info.num_pending), (0, 0), "all is settled")
    await connection.close()
    print(f"{checks} passed, 0 failed")


asyncio.run(main(sys.argv[1]))
