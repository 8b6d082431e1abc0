#!/bin/bash
# Starts MongoDB as a replica set of one: transactions need a replica set, and a replica set with
# users needs a key file that nobody else can read.
set -eu
umask 077
printf '%s' "$MONGO_KEYFILE" >/tmp/keyfile
unset MONGO_KEYFILE
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile /tmp/keyfile --bind_ip_all --quiet
