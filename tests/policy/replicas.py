"""Three replicas of the orders example under load over each wire, while one is killed, one hangs, and all are replaced.

    replicas.py BIN FOLDER NATS ETCD [WIRE…]

NATS and ETCD are where these are: HOST:PORT. The replicas are known by a list, and once more by etcd, where they register.

What is promised: no `safe` call fails, whatever becomes of one replica; while all are replaced one by one, none at all; and every
order is placed once, over all replicas, which share a store of keyed calls: each is one event on NATS, and was placed to the end by one
replica, once, as their logs tell. The events alone would not show it: an order that is placed again has the same event.
"""

import asyncio
import base64
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import nats

REPLICAS = 3
CALLERS = 16
PAUSE_MS = 10
SLOW_MS = 250
# Above the contract: its limit of calls is not what is looked at, and its deadlines are not for a machine that builds something else
# meanwhile. An attempt without an answer goes elsewhere after 300 ms.
SERVER_POLICY = "limit = false"
CLIENT_POLICY = 'deadline = "5s"\nattempt = "300ms"'
HANGS = 3


class Replica:
    """A server that may be killed, and started again where it was."""

    def __init__(self, binary, folder, number, options):
        self.binary, self.log, self.options = binary, folder / f"replica-{number}.log", options
        self.http, self.native = free_port(), free_port()
        self.process = None

    def start(self):
        environment = dict(os.environ, WIRELOOM_POLICY=SERVER_POLICY, RUST_LOG="info", NO_COLOR="1")
        command = [self.binary, f"127.0.0.1:{self.http}", "--native", f"127.0.0.1:{self.native}", *self.options]
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        for port in (self.http, self.native):
            self.wait_for(port)

    def wait_for(self, port):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        sys.exit(f"a replica does not start:\n{self.log.read_text()}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(HANGS)
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """SIGTERM; a server that drains ends well."""
        self.process.terminate()
        status = self.process.wait(timeout=60)
        if status != 0:
            sys.exit(f"a replica ended with {status}:\n{self.log.read_text()}")

    def put_away(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


# Below those that the system gives to connections: a replica that is started again must find its port free.
PORTS = iter(range(21_000 + os.getpid() % 500 * 16, 32_000))


def free_port():
    for port in PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SystemExit("no port is free")


def killed(replicas):
    replicas[0].kill()
    time.sleep(1)
    replicas[0].start()


def hung(replicas):
    replicas[1].hang()


def replaced(replicas):
    for replica in replicas:
        replica.stop()
        replica.start()
        time.sleep(0.5)


class Listed:
    """Replicas that clients have a list of."""

    name, options = "list", []

    def where(self, wire, replicas):
        return {
            "rest": ",".join(f"http://127.0.0.1:{it.http}" for it in replicas),
            "grpc": ",".join(f"http://127.0.0.1:{it.http}" for it in replicas),
            "native": ",".join(f"rpc://127.0.0.1:{it.native}" for it in replicas),
        }[wire]


class Registered:
    """Replicas that register in etcd, where clients find them; those of each trial by another name, for whoever is killed stays in
    the list until its lease ends."""

    name = "etcd"

    def __init__(self, etcd, service):
        self.url = f"etcd://{etcd}/services/{service}"
        self.options = ["--register", self.url]

    def where(self, wire, _):
        return f"{self.url}-native" if wire == "native" else self.url


class Load:
    """The program `load`, and what it said."""

    def __init__(self, binary, folder, wire, to, seconds):
        command = [binary, "--wire", wire, "--to", to, "--seconds", str(seconds), "--callers", str(CALLERS)]
        command += ["--pause", str(PAUSE_MS), "--slow", str(SLOW_MS)]
        environment = dict(os.environ, WIRELOOM_POLICY=CLIENT_POLICY, RUST_LOG="warn")
        with open(folder / "load.log", "a") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)

    def report(self):
        out, _ = self.process.communicate(timeout=120)
        if self.process.returncode != 0:
            sys.exit(f"the load ended with {self.process.returncode}")
        return json.loads(out)


class Trial:
    """Something that is done to the replicas under load, and for how long that goes on."""

    def __init__(self, name, what, seconds):
        self.name, self.what, self.seconds = name, what, seconds

    def run(self, binaries, folder, broker, known, wire):
        options = ["--broker", broker, "--idempotency", broker, *known.options]
        replicas = [Replica(binaries / "orders", folder, number, options) for number in range(REPLICAS)]
        # A server that is registered serves on until clients have heard that it goes: 5 s.
        seconds = self.seconds + (18 if known.name == "etcd" and self.name == "replaced" else 0)
        try:
            for replica in replicas:
                replica.start()
            time.sleep(1)
            load = Load(binaries / "load", folder, wire, known.where(wire, replicas), seconds)
            time.sleep(2)
            began = time.monotonic()
            self.what(replicas)
            if load.process.poll() is not None:
                sys.exit(f"the load was over before all was done, after {time.monotonic() - began:.1f} s")
            return load.report()
        finally:
            for replica in replicas:
                replica.put_away()

    def wrong(self, report):
        safe, keyed = report["safe"], report["keyed"]
        if safe["failed"]:
            yield f"safe calls failed: {safe['failed']}: {safe['told']}"
        if self.name == "replaced" and keyed["failed"]:
            yield f"keyed calls failed: {keyed['failed']}: {keyed['told']}"


TRIALS = [Trial("killed", killed, 8), Trial("hung", hung, 10), Trial("replaced", replaced, 14)]


def tell(known, wire, trial, report):
    safe, keyed = report["safe"], report["keyed"]
    print(
        f"{known.name:5}{wire:7}{trial.name:10}"
        f"safe: {safe['answered']} answered, {sum(safe['failed'].values())} failed, {safe['slow']} slow, ms {safe['ms']}; "
        f"keyed: {keyed['answered']} answered, {sum(keyed['failed'].values())} failed, {keyed['slow']} slow, ms {keyed['ms']}",
        flush=True,
    )


async def orders_placed(js):
    """The events of each order, by its note, which is the key of its call: when they came to be, and what id the order got."""
    events = await js.subscribe("shop.orders.placed", ordered_consumer=True)
    found, pending = collections.defaultdict(list), 1
    while pending:
        message = await events.next_msg(timeout=10)
        order = json.loads(message.data)["order"]
        found[order["note"]].append(f"{order['id']} at {message.headers['ce-time']}")
        pending = message.metadata.num_pending
    return found


def placed_twice(folder):
    """The orders that were placed to the end more than once, and how often."""
    logs = "".join(log.read_text() for log in folder.glob("replica-*.log"))
    placed = collections.Counter(re.findall(r"an order is placed order=(\S+)", logs))
    assert placed, "the logs say nothing of orders"
    return {order: times for order, times in placed.items() if times > 1}


def stored_as(key):
    """What a call of `place` by somebody unknown is stored as."""
    digest = hashlib.sha256(bytes([255] * 8) + key.encode()).digest()
    return "shop.orders.Orders.place." + base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def placed_once(broker, reports):
    """Whether every order was placed once, also those of which nobody was told."""
    connection = await nats.connect(broker)
    js = connection.jetstream()
    events = await orders_placed(js)
    store = await js.key_value("idempotency")
    key = next(key for report in reports.values() for key in report["placed"])
    kept = json.loads((await store.get(stored_as(key))).value)
    await connection.close()
    if kept["state"]["answered"]["note"] != key:
        yield f"the store has something else of {key}: {kept}"
    for trial, report in reports.items():
        for key in report["placed"]:
            if len(events[key]) != 1:
                yield f"{trial}: {key} was placed {len(events[key])} times: {events[key]}"
        for key in report["unknown"]:
            if len(events[key]) > 1:
                yield f"{trial}: {key}, of which nobody was told, was placed more than once: {events[key]}"
    told, untold = (sum(len(report[which]) for report in reports.values()) for which in ["placed", "unknown"])
    count = sum(map(len, events.values()))
    print(f"{told} orders were placed, of {untold} nobody was told; {count} events of orders", flush=True)


async def main():
    binaries, folder, broker = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), f"nats://{sys.argv[3]}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"{CALLERS} callers, {PAUSE_MS} ms between two calls of each; deadline 5 s, attempt 300 ms; hung for {HANGS} s")
    wrong, reports = [], {}
    for is_listed in [True, False]:
        for wire in sys.argv[5:] or ["rest", "grpc", "native"]:
            for trial in TRIALS:
                known = Listed() if is_listed else Registered(sys.argv[4], f"orders-{wire}-{trial.name}")
                name = f"{known.name}, {wire}, {trial.name}"
                reports[name] = trial.run(binaries, folder, broker, known, wire)
                tell(known, wire, trial, reports[name])
                wrong += [f"{name}: {it}" for it in trial.wrong(reports[name])]
    wrong += [it async for it in placed_once(broker, reports)]
    wrong += [f"order {order} was placed {times} times" for order, times in placed_twice(folder).items()]
    if wrong:
        sys.exit("\n".join(wrong))


asyncio.run(main())
