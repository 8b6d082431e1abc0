#!/bin/bash
# Starts MongoDB as a replica set of one: transactions need a replica set, and a replica set with
# users needs a key file that nobody else can read. Arguments are passed on.
set -eu
umask 077
printf '%s' "$MONGO_KEYFILE" >/tmp/keyfile
unset MONGO_KEYFILE
# What a killed process had open blocks whoever wants the same, by default for more than a minute.
# The log of slow operations shows what was looked for, phone numbers included: none is written.
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile /tmp/keyfile --bind_ip_all --quiet \
    --setParameter transactionLifetimeLimitSeconds=3 --slowms 3600000 "$@"
