"""Three replicas of the orders example under load over each wire, while one is killed, one hangs, and all are replaced.

    replicas.py BIN FOLDER [WIRE…]

What is promised: no `safe` call fails, whatever becomes of one replica; and while all are replaced one by one, none at all.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

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

    def __init__(self, binary, folder, number):
        self.binary, self.log = binary, folder / f"replica-{number}.log"
        self.http, self.native = free_port(), free_port()
        self.process = None

    def start(self):
        environment = dict(os.environ, WIRELOOM_POLICY=SERVER_POLICY, RUST_LOG="info")
        command = [self.binary, f"127.0.0.1:{self.http}", "--native", f"127.0.0.1:{self.native}"]
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


class Load:
    """The program `load`, and what it said."""

    def __init__(self, binary, folder, wire, replicas, seconds):
        to = {
            "rest": ",".join(f"http://127.0.0.1:{it.http}" for it in replicas),
            "grpc": ",".join(f"http://127.0.0.1:{it.http}" for it in replicas),
            "native": ",".join(f"rpc://127.0.0.1:{it.native}" for it in replicas),
        }[wire]
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


def trial(binaries, folder, wire, name, what, seconds):
    """Does something to the replicas under load."""
    replicas = [Replica(binaries / "orders", folder, number) for number in range(REPLICAS)]
    try:
        for replica in replicas:
            replica.start()
        load = Load(binaries / "load", folder, wire, replicas, seconds)
        time.sleep(2)
        began = time.monotonic()
        what(replicas)
        if load.process.poll() is not None:
            sys.exit(f"the load was over before all was done, after {time.monotonic() - began:.1f} s")
        report = load.report()
    finally:
        for replica in replicas:
            replica.put_away()
    safe, keyed = report["safe"], report["keyed"]
    print(
        f"{wire:7}{name:10}"
        f"safe: {safe['answered']} answered, {sum(safe['failed'].values())} failed, {safe['slow']} slow, ms {safe['ms']}; "
        f"keyed: {keyed['answered']} answered, {sum(keyed['failed'].values())} failed, {keyed['slow']} slow",
        flush=True,
    )
    wrong = []
    if safe["failed"]:
        wrong.append(f"safe calls failed: {safe['failed']}: {safe['told']}")
    if name == "replaced" and keyed["failed"]:
        wrong.append(f"keyed calls failed: {keyed['failed']}: {keyed['told']}")
    return [f"{wire}, {name}: {it}" for it in wrong]


TRIALS = [("killed", killed, 8), ("hung", hung, 10), ("replaced", replaced, 14)]


def main():
    binaries, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{CALLERS} callers, {PAUSE_MS} ms between two calls of each; deadline 5 s, attempt 300 ms; hung for {HANGS} s")
    wrong = []
    for wire in sys.argv[3:] or ["rest", "grpc", "native"]:
        for name, what, seconds in TRIALS:
            wrong += trial(binaries, folder, wire, name, what, seconds)
    if wrong:
        sys.exit("\n".join(wrong))


main()
