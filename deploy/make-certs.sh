#!/bin/sh
# Makes certificates for the servers, with which processes reach them over TLS:
#   deploy/make-certs.sh certs
# They are certs/nats.pem, mongo.pem and redis.pem, each with its key, and good for two years. Names
# after the folder make others instead. The authority that signs them, certs/ca.pem, is made once and
# good for ten years. Whoever has certs/ca.key can pose as any of the servers.
set -eu

folder=${1:?say into which folder}
shift
[ $# -gt 0 ] || set -- nats mongo redis

# Nobody else gets into the folder, so that what is in it may be readable: containers are given
# single files out of it, and have users of their own.
umask 077
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

make_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# Another authority than the one that everybody knows is made only if asked for.
if [ ! -e ca.pem ]; then
    make_key new.key
    openssl req -x509 -new -key new.key -out new.pem -days 3650 -subj "/CN=Userhub servers" \
        -addext "keyUsage=critical,keyCertSign,cRLSign"
    chmod 644 new.pem
    mv new.key ca.key
    mv new.pem ca.pem
fi

[ -e ca.key ] || {
    echo "$folder/ca.key is not there, without which $folder/ca.pem signs nothing" >&2
    exit 1
}

for name; do
    case $name in
    *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
    esac
    # Both uses: a member of a replica set is a client of the others.
    cat >new.ext <<END
subjectAltName=$kind:$name
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
END
    make_key new.key
    openssl req -new -key new.key -out new.csr -subj "/CN=$name"
    openssl x509 -req -in new.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 730 \
        -extfile new.ext -out new.crt
    cat new.key new.crt >new.pem
    chmod 644 new.pem
    mv new.pem "$name.pem"
    rm new.*
done
