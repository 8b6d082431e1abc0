#!/bin/sh
# Starts Redis with a user for each process that uses it. Arguments are passed on.
set -eu
umask 077
users=${TMPDIR:-/tmp}/users.acl

# What processes may do: data and scripts, but no command that stops, dumps, empties or inspects.
data="-@all +@read +@write +@scripting +@connection +@transaction +time -@dangerous"
cat >"$users" <<END
user default on nopass -@all +ping
user auth on >$REDIS_AUTH_PASSWORD ~* $data
user gateway on >$REDIS_GATEWAY_PASSWORD ~limit:* $data
END
unset REDIS_AUTH_PASSWORD REDIS_GATEWAY_PASSWORD

# Data are kept in the folder it is started in. Protected mode would refuse everyone, because the
# user `default`, who may ping, has no password.
# Never evict: a limit that is forgotten is a limit that is not kept.
exec redis-server --aclfile "$users" --protected-mode no \
    --appendonly yes --appendfsync everysec --save "" --maxmemory-policy noeviction "$@"
