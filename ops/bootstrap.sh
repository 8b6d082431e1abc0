#!/usr/bin/env bash
# Prepares this checkout to run: ops/bootstrap.sh run|dev
#
#   .venv          Python packages, exactly those locked in requirements/, argon2 built for this
#                  processor where a C compiler is at hand (ops/argon2.sh)
#   .local/tools   nats-server, unless a good one is on PATH already
#   (system)       Chromium and Node, for dev alone: tests look at pages with the one, and run an
#                  example with the other
#   node_modules   of that example and of the schemas that documents are held against, what their
#                  package-lock.json names
#   *_pb2.py       what the protobuf compiler makes of the dialects' .proto files (ops/proto.sh)
#
# Safe to call before every start: when nothing changed it returns in a few milliseconds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly WANTED="${1:-run}"
readonly TOOLS=.local/tools
# JetStream settings that the bus relies on are silently ignored by older servers.
readonly NATS_AT_LEAST=2.10
# Debian releases whose nats-server is new enough, the newest first. The program needs nothing but
# libc, so it runs on older releases too.
readonly NATS_SUITES="forky trixie"

case "$WANTED" in
    run) LOCKS="requirements/run.txt requirements/build.txt requirements/local.txt" ;;
    dev) LOCKS="requirements/dev.txt" ;;
    *) echo "usage: ops/bootstrap.sh run|dev" >&2; exit 2 ;;
esac
readonly LOCKS STAMP=".venv/.installed-$WANTED"

say() { echo "userhub: $*" >&2; }
fail() { say "$*"; exit 1; }

# --- what the operating system has to bring -----------------------------------------------------

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or later is needed: install it, or name it with PYTHON=/path/to/python3."
}

missing_packages() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    # The embedded MongoDB is linked with it.
    PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q 'libcurl\.so\.4 ' || echo libcurl4
}

install_packages() {
    local command="apt-get install -y $*"
    command -v apt-get >/dev/null || fail "please install what Debian calls: $*"
    [ "$(id -u)" = 0 ] || fail "some system packages are missing. Please run once: sudo $command"
    say "installing system packages: $*"
    export DEBIAN_FRONTEND=noninteractive
    # A fresh machine has no package lists yet; fetch them only then.
    $command -qq >/dev/null 2>&1 || { apt-get update -qq >&2 && $command -qq >/dev/null; } ||
        fail "this failed, please look into it: $command"
}

# --- Python packages ----------------------------------------------------------------------------

# The processor counts as well: what is built for one must not be taken along to another.
checksum() { { cat $LOCKS ops/argon2.sh && grep -o -w -m1 avx2 /proc/cpuinfo; } | sha256sum; }

packages_are_current() {
    [ -x .venv/bin/python ] && [ -f "$STAMP" ] && [ "$(<"$STAMP")" = "$(checksum)" ]
}

install_python_packages() {
    local python missing requirement=()
    python="$(find_python)"
    missing="$(missing_packages "$python" | xargs)"
    [ -z "$missing" ] || install_packages $missing
    for lock in $LOCKS; do requirement+=(-r "$lock"); done
    say "installing $(cat $LOCKS | grep -c '^[a-z].*==') Python packages, about a minute, once"
    # Only a sound environment is kept; --clear would also throw away a good one of the other set.
    .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes \
        "${requirement[@]}" >&2 || fail "the Python packages could not be installed (see above)."
    ops/argon2.sh .venv/bin/python
    checksum >"$STAMP"
}

# --- nats-server --------------------------------------------------------------------------------

is_recent_nats() {
    local version
    version="$("$1" --version 2>/dev/null | grep -o '[0-9][0-9.]*' | head -1)" &&
        printf '%s\n' "$NATS_AT_LEAST" "$version" | sort --version-sort --check=quiet
}

have_nats() {
    [ -n "${NATS_URL:-}" ] || [ -n "${USERHUB_NATS_SERVER:-}" ] || [ -x "$TOOLS/nats-server" ] ||
        is_recent_nats nats-server
}

# Downloads and unpacks nats-server from one archive and suite into a folder of its own, with package
# lists of its own: the machine's apt is neither changed nor needs root.
unpack_nats() {
    local uri="$1" suite="$2" into="$3" keys=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$into"/{sources,lists/partial,cache/archives/partial}
    : >"$into/none"
    {
        printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$suite"
        [ ! -r "$keys" ] || echo "Signed-By: $keys"
    } >"$into/sources/nats.sources"
    local side=(apt-get -qq -o "Dir::Etc::SourceList=$into/none" -o "Dir::Etc::SourceParts=$into/sources"
        -o "Dir::State::Lists=$into/lists" -o "Dir::State::status=$into/none" -o "Dir::Cache=$into/cache"
        -o APT::Sandbox::User=)
    (cd "$into" && "${side[@]}" update && "${side[@]}" download nats-server &&
        dpkg-deb -x nats-server_*.deb unpacked) >"$into/log" 2>&1
}

install_nats() {
    local help="install nats-server $NATS_AT_LEAST or later and put it on PATH, or name it with
USERHUB_NATS_SERVER=/path/to/nats-server, or use a running one with NATS_URL=nats://host:port"
    command -v apt-get >/dev/null || fail "please $help"
    say "getting nats-server from Debian, a few seconds, once"
    local suite uri attempt=0 aside
    aside="$(mktemp -d "$PWD/$TOOLS/unpack.XXXXXX")"
    trap "rm -rf '$aside'" EXIT
    for suite in $NATS_SUITES; do
        # The archive is whichever this machine already uses.
        for uri in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u); do
            attempt=$((attempt + 1))
            unpack_nats "$uri" "$suite" "$aside/$attempt" || continue
            is_recent_nats "$aside/$attempt/unpacked/usr/sbin/nats-server" || continue
            # A rename, so that a run starting just now sees the whole program or none.
            mv "$aside/$attempt/unpacked/usr/sbin/nats-server" "$TOOLS/nats-server"
            return
        done
    done
    fail "nats-server could not be had from this machine's package archive; please $help"
}

# --- Chromium -----------------------------------------------------------------------------------

have_browser() {
    local name
    [ "$WANTED" = run ] && return
    for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome; do
        ! command -v "$name" >/dev/null || return 0
    done
    return 1
}

# --- Node, and what tests need of it ------------------------------------------------------------

readonly NODE_FOLDERS="examples/subscriber/node tests/docs/schemas"

have_node() {
    [ "$WANTED" = run ] || { command -v node && command -v npm; } >/dev/null
}

have_node_modules() {
    local folder
    [ "$WANTED" = run ] && return
    for folder in $NODE_FOLDERS; do
        cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed" || return
    done
}

# Only a few tests need it: where it cannot be had, those are skipped, and this is said.
install_node_modules() {
    local folder
    if ! have_node && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        (install_packages --no-install-recommends nodejs npm) || true
    fi
    have_node || { say "no Node here: some tests are skipped (install node and npm)"; return; }
    say "installing what tests need of Node, a few seconds, once"
    for folder in $NODE_FOLDERS; do
        (cd "$folder" && npm ci --silent --no-audit --no-fund >&2 &&
            cp package-lock.json node_modules/.installed) ||
            say "npm ci failed in $folder: what needs it is not tested"
    done
}

# ------------------------------------------------------------------------------------------------

if ! { packages_are_current && have_nats && have_browser && have_node_modules; }; then
    mkdir -p "$TOOLS"
    exec 9>"$TOOLS/lock"
    flock 9 # of two starts at once, the second waits here and then finds everything done
    packages_are_current || install_python_packages
    have_nats || install_nats
    have_browser || install_packages chromium
    have_node_modules || install_node_modules
fi
ops/proto.sh || fail "the .proto files could not be compiled (see above)."
