"""Messages of the protobuf endpoints, as ops/proto.sh compiles them from the `.proto` file here."""

from importlib.util import find_spec

if find_spec(f"{__name__}.yunhu_pb2") is None:
    raise ImportError("gateway/dialects/yunhu/proto is not compiled yet: run ops/proto.sh")
