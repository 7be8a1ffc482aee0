"""What schemathesis has to know to try docs/openapi.yaml."""

import schemathesis


@schemathesis.serializer("application/x-protobuf")
def protobuf(ctx, value):
    """Bodies of remote write are bytes of any kind: nearly all of them are refused."""
    if isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "replace")
