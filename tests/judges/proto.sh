#!/usr/bin/env bash
# protoc over the .proto files: it accepts them without a word, and makes of them the very descriptor set that we make.
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

for set in ours protoc; do
    protoc -I /usr/include --decode=google.protobuf.FileDescriptorSet google/protobuf/descriptor.proto \
        <"$out/$set.binpb" | python3 tests/judges/descriptors.py >"$out/$set.txt"
done
diff "$out/protoc.txt" "$out/ours.txt"
echo "${#files[@]} files, $(grep -c '^  message_type' "$out/ours.txt") messages: the same"
