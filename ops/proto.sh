#!/usr/bin/env bash
# Compiles every .proto of the dialects with the official compiler: ops/proto.sh
#
# What it makes (*_pb2.py and *_pb2.pyi) lies beside its source and is not in the repository.
# ops/bootstrap.sh calls this before every start, the image's Dockerfile when it is built. When
# nothing changed it returns in a few milliseconds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly PYTHON="${PYTHON_OF_PROTOC:-.venv/bin/python}"
readonly LOCK=requirements/build.txt # another compiler makes other code
shopt -s globstar nullglob

sources=(gateway/dialects/**/*.proto)
stale=()
for source in "${sources[@]}"; do
    for made in "${source%.proto}_pb2.py" "${source%.proto}_pb2.pyi"; do
        if [ ! -e "$made" ] || [ "$source" -nt "$made" ] || [ "$LOCK" -nt "$made" ]; then
            stale+=("$source")
            break
        fi
    done
done
[ ${#stale[@]} -gt 0 ] || exit 0

# Made aside and renamed: of two starts at once, neither reads half a file.
aside="$(mktemp -d gateway/dialects/.proto.XXXXXX)"
trap 'rm -rf "$aside"' EXIT
"$PYTHON" -m grpc_tools.protoc --proto_path=. --python_out="$aside" --pyi_out="$aside" "${stale[@]}"
for source in "${stale[@]}"; do
    for made in "${source%.proto}_pb2.py" "${source%.proto}_pb2.pyi"; do
        touch "$aside/$made"
        mv "$aside/$made" "$made"
    done
done
