#!/usr/bin/env bash
# protoc over the .proto files: it accepts them without a word, and makes of them the very descriptor set that we make. So it does
# of those that the runtime brings for tools; `BLESS=1` writes these anew.
# proto.sh WIRELOOM DESCRIPTORS FOLDER
set -euo pipefail
wireloom=$1
descriptors=$2
out=$3
contracts=(examples/orders/contracts tests/contracts/kitchen tests/contracts/proto)

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
text "$out/ours.binpb" >"$out/ours.txt"
diff <(text "$out/protoc.binpb") "$out/ours.txt"

standard=runtime/src/transport/grpc/standard
mapfile -t theirs < <(cd "$standard" && find . -name '*.proto' | sed 's|^./||' | sort)
protoc -I "$standard" --include_imports --descriptor_set_out="$out/standard.binpb" "${theirs[@]}"
[[ -z "${BLESS:-}" ]] || cp "$out/standard.binpb" "$standard.binpb"
diff <(text "$out/standard.binpb") <(text "$standard.binpb")
echo "${#files[@]} + ${#theirs[@]} files, $(grep -c '^  message_type' "$out/ours.txt") messages: the same"
