"""Drives `poolkeeper mcp` with the official Python SDK, as an assistant would.

usage: sdk_client.py POOLKEEPER URL [--allow-changes]

Prints one JSON object with what came of it; an exception of the SDK is a failure.
"""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


def told(result):
    """A result by the names of the protocol, whatever the SDK calls them."""
    value = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {"text": "\n".join(item.get("text", "") for item in value["content"]),
            "structured": value.get("structuredContent"), "isError": value.get("isError", False)}


async def main():
    program, url, flags = sys.argv[1], sys.argv[2], sys.argv[3:]
    server = StdioServerParameters(command=program, args=["mcp", "--server", url, *flags])
    said = {}
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
        greeting = (await session.initialize()).model_dump(mode="json", by_alias=True)
        said["version"] = greeting["protocolVersion"]
        said["server"] = greeting["serverInfo"]["name"]
        tools = (await session.list_tools()).model_dump(mode="json", by_alias=True)["tools"]
        said["tools"] = {tool["name"]: tool["annotations"] for tool in tools}
        resources = (await session.list_resources()).model_dump(mode="json", by_alias=True)["resources"]
        said["resources"] = [resource["uri"] for resource in resources]
        contents = (await session.read_resource("poolkeeper://status")).model_dump(mode="json", by_alias=True)
        said["resource"] = json.loads(contents["contents"][0]["text"])

        async def call(tool, **arguments):
            return told(await session.call_tool(tool, arguments))

        said["status"] = await call("status")
        # Several at one time.
        said["plan"], said["explain"], said["events"], said["workers"] = await asyncio.gather(
            call("plan"), call("explain", subject="burst"), call("list_events", limit=5), call("list_workers"))
        said["instant"] = await call("query", expression="vector(42)")
        said["range"] = await call("query", expression="vector(1)", range="5m", step="1m")
        said["wrong"] = await call("query", expression="sum(")
        said["misspelt"] = await call("explain", subjekt="burst")
        order = {"pool": "burst", "workers": 2, "template": "small", "ttl_hours": 4}
        said["first"] = await call("provision", **order)
        confirmation = (said["first"]["structured"] or {}).get("confirmation", "none")
        said["altered"] = await call("provision", **{**order, "workers": 3}, confirmation=confirmation)
        said["second"] = await call("provision", **order, confirmation=confirmation)
        said["again"] = await call("provision", **order, confirmation=confirmation)
    print(json.dumps(said))


asyncio.run(main())
