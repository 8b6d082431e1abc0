#!/usr/bin/env bash
# Builds argon2 for AVX2 and puts it in place of the published one: ops/argon2.sh PYTHON
#
# The wheel on PyPI is made for every x86-64 processor. The same source, of the same locked version,
# compiled for AVX2 (x86 since 2013) hashes a password in about two thirds of the time: see
# docs/decisions/0005. PYTHON is the interpreter of the environment it goes into.
#
# Where there is no AVX2, no C compiler or no Python headers, the published one stays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly PYTHON="$1"

keep() {
    echo "userhub: passwords are hashed by argon2 as published ($*)" >&2
    exit 0
}

[ "$(uname -m)" = x86_64 ] || keep "it is not slower on this kind of processor"
grep -q -w avx2 /proc/cpuinfo || keep "this processor has no AVX2"
command -v cc >/dev/null || keep "with gcc, libc6-dev and python3-dev here before the first start, it is half as fast again"

aside="$(mktemp -d)"
trap 'rm -rf "$aside"' EXIT
build() {
    "$PYTHON" -m venv "$aside/venv"
    # Of the lock, this one package: the lines from its name to the next name.
    sed -n '/^argon2-cffi-bindings==/,/[^\\]$/p' requirements/run.txt >"$aside/source.txt"
    local pip=("$aside/venv/bin/python" -m pip --quiet --disable-pip-version-check)
    "${pip[@]}" install --require-hashes -r requirements/argon2.txt &&
        CFLAGS="-O3 -mavx2" PATH="$aside/venv/bin:$PATH" "${pip[@]}" wheel --no-deps --no-build-isolation \
            --no-cache-dir --no-binary :all: --require-hashes -r "$aside/source.txt" -w "$aside" &&
        "$PYTHON" -m pip --quiet --disable-pip-version-check install --no-deps --no-index --force-reinstall \
            "$aside"/argon2_cffi_bindings-*.whl
}
build >"$aside/log" 2>&1 || { tail -3 "$aside/log" >&2; keep "building it failed, see above"; }
echo "userhub: passwords are hashed by argon2 as built for this processor (AVX2)" >&2
