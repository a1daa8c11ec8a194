#!/usr/bin/env bash
# protoc over the .proto files: it accepts them without a word, and makes of them the very descriptor set that we make. So it does
# of those that the runtime brings for tools; `BLESS=1` writes these anew.
# proto.sh WIRELOOM DESCRIPTORS FOLDER
set -euo pipefail
wireloom=$1
descriptors=$2
out=$3
contracts=(examples/orders/contracts tests/contracts/kitchen tests/contracts/proto tests/contracts/world)

rm -rf "$out"
"$wireloom" generate "${contracts[@]}" --out "$out" >/dev/null 2>&1
mapfile -t files < <(cd "$out" && find . -name '*.proto' | sed 's|^\./||' | sort)
[[ ${#files[@]} -gt 2 ]] || { echo "too few .proto files: ${files[*]}"; exit 1; }

said=$(protoc -I "$out" --include_imports --descriptor_set_out="$out/protoc.binpb" "${files[@]}" 2>&1)
[[ -z "$said" ]] || { echo "$said"; exit 1; }
"$descriptors" "${contracts[@]}" "$out/ours.binpb"

# text SET: a descriptor set in words.
text() {
    protoc -I /usr/include --decode=google.protobuf.FileDescriptorSet google/protobuf/descriptor.proto <"$1" |
        python3 tests/judges/descriptors.py
}
# same OURS THEIRS: two sets say the same, and something at all.
same() {
    text "$1" >"$1.txt"
    text "$2" >"$2.txt"
    grep -q '^  message_type' "$1.txt" || { echo "no message in $1"; exit 1; }
    diff "$2.txt" "$1.txt"
}
same "$out/ours.binpb" "$out/protoc.binpb"

standard=runtime/src/transport/grpc/standard
mapfile -t theirs < <(cd "$standard" && find . -name '*.proto' | sed 's|^./||' | sort)
protoc -I "$standard" --include_imports --descriptor_set_out="$out/standard.binpb" "${theirs[@]}"
[[ -z "${BLESS:-}" ]] || cp "$out/standard.binpb" "$standard.binpb"
cp "$standard.binpb" "$out/brought.binpb"
same "$out/brought.binpb" "$out/standard.binpb"
echo "${#files[@]} + ${#theirs[@]} files, $(grep -c '^  message_type' "$out/ours.binpb.txt") messages: the same"
