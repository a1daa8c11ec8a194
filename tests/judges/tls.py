"""Python's ssl and http.client over TLS.

tls.py calls PORT CA: calls on one connection and on many.
tls.py reload PORT CA SHOWN ONE OTHER: callers go on while the certificate SHOWN becomes ONE and OTHER; none may fail.
tls.py slow PORT CA NATIVE: peers that begin a handshake and say nothing more hold nobody up.
"""

import hashlib
import http.client
import os
import shutil
import socket
import ssl
import sys
import threading
import time

what, port, ca = sys.argv[1], int(sys.argv[2]), sys.argv[3]
trusting = ssl.create_default_context(cafile=ca)


def connection(timeout=10):
    return http.client.HTTPSConnection("localhost", port, timeout=timeout, context=trusting)


def get(over):
    over.request("GET", "/v1/orders?size=1")
    response = over.getresponse()
    response.read()
    assert response.status == 200, response.status


def shown():
    """The digest of the certificate that a new connection is shown."""
    with socket.create_connection(("localhost", port), timeout=10) as plain:
        with trusting.wrap_socket(plain, server_hostname="localhost") as secured:
            return hashlib.sha256(secured.getpeercert(binary_form=True)).hexdigest()


def digest_of(path):
    with open(path) as file:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()


def become(place, like):
    """What renews certificates does: the key, then the certificate, each at once."""
    for kind in ["key", "pem"]:
        shutil.copy(f"{like}.{kind}", f"{place}.new")
        os.rename(f"{place}.new", f"{place}.{kind}")


def calls():
    one = connection()
    for _ in range(20):
        get(one)
    for _ in range(20):
        get(connection())
    assert trusting.check_hostname and trusting.verify_mode == ssl.CERT_REQUIRED
    print("40 calls on 21 connections, each verified")


def reload():
    place, one, other = sys.argv[4:7]
    stop, done, failed = threading.Event(), [], []

    def call(stays):
        over = connection()
        while not stop.is_set():
            try:
                get(over)
                done.append(stays)
            except (OSError, http.client.HTTPException, AssertionError) as error:
                failed.append(repr(error))
                return
            if not stays:
                over.close()
                over = connection()

    callers = [threading.Thread(target=call, args=(number % 2 == 0,)) for number in range(8)]
    for caller in callers:
        caller.start()
    for like in [one, other, one]:
        become(place, like)
        deadline = time.monotonic() + 30
        while shown() != digest_of(f"{like}.pem"):
            assert time.monotonic() < deadline, f"{like} is not taken up"
            time.sleep(0.2)
    # What is broken changes nothing.
    with open(f"{place}.pem", "w") as file:
        file.write("no certificate")
    time.sleep(12)
    assert shown() == digest_of(f"{one}.pem")
    become(place, other)
    stop.set()
    for caller in callers:
        caller.join(20)
    assert not failed, failed
    stayed = sum(done)
    assert stayed > 100 and len(done) - stayed > 100
    print(f"{len(done)} calls while the certificate changed 3 times and broke once, {len(done) - stayed} on new connections, 0 failed")


def slow():
    native = int(sys.argv[4])
    half = bytes([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3])
    held = []
    for number in range(400):
        peer = socket.create_connection(("localhost", port if number % 2 else native), timeout=10)
        if number % 4 < 2:
            peer.sendall(half)
        held.append(peer)
    longest = 0.0
    for _ in range(50):
        since = time.monotonic()
        get(connection(timeout=3))
        longest = max(longest, time.monotonic() - since)
    # They lose their places in ten seconds, whether they said something or not.
    since = time.monotonic()
    for peer in held:
        peer.settimeout(20)
        while peer.recv(4096):
            pass
    took = time.monotonic() - since
    assert took < 15, took
    print(f"50 calls beside 400 handshakes that never end, the longest {longest * 1e3:.0f} ms; those were let go after {took:.0f} s")


{"calls": calls, "reload": reload, "slow": slow}[what]()
