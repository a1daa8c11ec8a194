"""A descriptor set as protoc prints it, files sorted by name; of protobuf's own files without their options for languages."""

import re
import sys

files = re.findall(r"^file \{\n.*?^\}\n", sys.stdin.read(), re.MULTILINE | re.DOTALL)
own = re.compile(r'^  name: "google/protobuf/', re.MULTILINE)
options = re.compile(r"^  options \{\n.*?^  \}\n", re.MULTILINE | re.DOTALL)
name = re.compile(r'^  name: "(.*)"', re.MULTILINE)
for text in sorted(files, key=lambda text: name.search(text)[1]):
    sys.stdout.write(options.sub("", text) if own.search(text) else text)
