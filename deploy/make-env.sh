#!/bin/sh
# Prints settings with every empty secret filled in from /dev/urandom:
#   (umask 077; deploy/make-env.sh > .env)
# With a file (deploy/make-env.sh .env > new), completes that one, as after an upgrade: also with
# the secrets that it has no line for.
set -eu

example="$(dirname "$0")/../.env.example"

letters() { LC_ALL=C tr -dc A-Za-z0-9 </dev/urandom | head -c "$1"; }
key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

fill_in() {
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        USERHUB_SESSION_KEYS= | USERHUB_PASSWORD_PEPPERS=) echo "${line}k1:$(key)" ;;
        # The gateway has those of all services in one list, so that no two may have one id.
        USERHUB_*_CALLER_KEYS=)
            service=${line#USERHUB_}
            echo "$line$(echo "${service%%_*}" | tr A-Z a-z)1:$(key)"
            ;;
        USERHUB_*_KEY=) echo "$line$(key)" ;;
        # A letter first: NATS reads what begins with a digit as a number.
        MONGO_*_PASSWORD= | REDIS_*_PASSWORD= | NATS_*_PASSWORD=) echo "${line}p$(letters 31)" ;;
        MONGO_KEYFILE=) echo "$line$(letters 96)" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
}

missing() {
    grep -E '^[A-Z0-9_]+=$' "$example" | while IFS= read -r line; do
        grep -Eq "^[[:space:]]*(export[[:space:]]+)?${line%=}[[:space:]]*[=:]" "$1" || echo "$line"
    done
}

fill_in <"${1:-$example}"
[ $# -eq 0 ] || missing "$1" | fill_in
