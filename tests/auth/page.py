"""Runs the commands that a page of the book shows for the secured example, and holds what they print against what the page says.

    python3 page.py SECURED PAGE
"""

import os
import re
import subprocess
import sys

program, page = sys.argv[1:]
blocks = re.findall(r"^```console,secured\n(.*?)^```", open(page, encoding="utf-8").read(), re.S | re.M)
assert blocks, f"{page} shows no commands"

with subprocess.Popen([program, "here", "at", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True) as serving:
    try:
        exports = (serving.stdout.readline() for _ in range(4))
        told = dict(line.removeprefix("export ").strip().split("=", 1) for line in exports)
        for block in blocks:
            for command, expected in re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
                ran = subprocess.run(["bash", "-c", command], env=os.environ | told, capture_output=True, text=True)
                # A body of JSON ends without a line's end.
                printed, expected = ran.stdout.rstrip("\n"), expected.rstrip("\n")
                assert printed == expected, f"{command}\n  prints {printed!r}, the page says {expected!r}; {ran.stderr}"
                print(f"ok  {command.splitlines()[0]}")
    finally:
        serving.kill()
