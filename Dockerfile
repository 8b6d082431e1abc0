# One image for the gateway and the four services; docker-compose.yml says which one a container is.
FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN ["python", "-m", "venv", "/venv"]
COPY requirements/run.txt /
# As locked, and nothing that is not in the list comes in. Wheels alone; but geoip2fast, Python and a
# file of data, comes as source only.
RUN ["/venv/bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-binary", "geoip2fast", "-r", "/run.txt"]

# For hosts that all have AVX2, argon2 can be built for it (docs/operations.md).
ARG AVX2=""
COPY requirements /userhub/requirements
COPY ops/argon2.sh /userhub/ops/
RUN if [ -n "$AVX2" ]; then apt-get update -qq && apt-get install -qq -y --no-install-recommends gcc libc6-dev && /userhub/ops/argon2.sh /venv/bin/python; fi

# The protobuf messages, made of the .proto files by the official compiler.
FROM python:3.11-slim AS messages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHON_OF_PROTOC=/build/bin/python
RUN ["python", "-m", "venv", "/build"]
COPY requirements/build.txt /
RUN ["/build/bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", "/build.txt"]
WORKDIR /userhub
COPY gateway gateway
COPY ops/proto.sh ops/
RUN ["ops/proto.sh"]

FROM python:3.11-slim
# /data/media is here so that a new volume there belongs to the user.
RUN ["useradd", "--system", "--uid", "10001", "--user-group", "--no-create-home", "userhub"]
RUN ["install", "--directory", "--owner=userhub", "--group=userhub", "/data/media"]
COPY --from=packages /venv /venv
WORKDIR /userhub
COPY shared shared
COPY services services
COPY --from=messages /userhub/gateway gateway
COPY ops ops
COPY deploy/*.py deploy/
# Compiled now, as a container cannot write here.
RUN ["/venv/bin/python", "-m", "compileall", "-q", "-j", "0", "/userhub"]
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER userhub
