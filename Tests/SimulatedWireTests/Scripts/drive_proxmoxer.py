"""Drives the simulated Proxmox with proxmoxer, as an administrator's script would, and fails with the first surprise.

Arguments: HOST:PORT, TOKEN_ID, TOKEN_SECRET, CA_FILE. Prints one line for each step.
"""

import sys
import time

from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException

DEADLINE_SECONDS = 60


def expect(condition, what):
    if not condition:
        raise SystemExit(f"expected: {what}")
    print(f"ok: {what}")


def poll(what, look):
    """Returns the first true answer of look within the deadline."""
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        answer = look()
        if answer:
            return answer
        time.sleep(0.05)
    raise SystemExit(f"not within {DEADLINE_SECONDS} s: {what}")


def finish(api, node, upid):
    """Waits for a task's end; returns its exit status."""
    def look():
        status = api.nodes(node).tasks(upid).status.get()
        return status if status["status"] == "stopped" else None

    return poll(upid, look)["exitstatus"]


def refusal(call):
    """The error that a call must meet."""
    try:
        call()
    except ResourceException as error:
        return error
    raise SystemExit("expected a refusal, got an answer")


def main(address, token_id, secret, authority):
    user, token_name = token_id.split("!")
    host, port = address.split(":")
    api = ProxmoxAPI(
        host, port=int(port), user=user, token_name=token_name, token_value=secret, verify_ssl=authority, timeout=30)

    expect(api.version.get()["release"] == "9.1", "the version is told")
    rows = api.cluster.resources.get(type="vm")
    template = next(row for row in rows if row.get("template") == 1)
    node, source = template["node"], template["vmid"]
    expect(any(row["name"] == "nas" for row in rows), "machines of other people are listed")
    number = int(api.cluster.nextid.get())

    upid = api.nodes(node).qemu(source).clone.post(newid=number, name="by-proxmoxer", full=1, description="a test")
    expect(upid.startswith(f"UPID:{node}:") and f":qmclone:{source}:" in upid, "a clone names its source")
    expect(finish(api, node, upid) == "OK", "the clone ends well")
    log = api.nodes(node).tasks(upid).log.get()
    expect(log[-1]["t"] == "TASK OK", "the log says so")

    machine = api.nodes(node).qemu(number)
    config = machine.config.get()
    expect(config["name"] == "by-proxmoxer" and config["description"] == "a test", "it is what was ordered")
    machine.config.put(cores=4, memory=4096, tags="Beta,alpha", digest=config["digest"])
    expect(machine.config.get()["tags"] == "alpha;beta", "tags are sorted")
    error = refusal(lambda: machine.config.put(cores=5, digest=config["digest"]))
    expect(error.status_code == 500, "an old digest is refused")
    expect(error.content == "checksum mismatch (file change by other user?)", "in the reason phrase")

    expect(finish(api, node, machine.resize.put(disk="scsi0", size="40G")) == "OK", "the disk grows")
    expect("size=40G" in machine.config.get()["scsi0"], "to an absolute size")
    shrunk = finish(api, node, machine.resize.put(disk="scsi0", size="1G"))
    expect(shrunk == "shrinking disks is not supported", "and never shrinks")

    expect(finish(api, node, machine.status.start.post()) == "OK", "it starts")
    expect(machine.status.current.get()["status"] == "running", "and runs")

    def addresses():
        try:
            interfaces = machine.agent("network-get-interfaces").get()["result"]
        except ResourceException as error:
            expect("QEMU guest agent is not running" in str(error), "an agent that boots is silent")
            return None
        return [a["ip-address"] for i in interfaces if i["name"] == "eth0" for a in i["ip-addresses"]]

    expect(poll("an address", addresses)[0].startswith("10.20."), "the agent tells the address")
    error = refusal(machine.delete)
    expect(error.content == f"VM {number} is running - destroy failed", "a running machine is not deleted")
    expect(finish(api, node, machine.status.stop.post()) == "OK", "it stops")
    expect(finish(api, node, machine.delete(purge=1)) == "OK", "it is deleted")
    error = refusal(machine.config.get)
    expect("does not exist" in error.content, "it is gone")

    error = refusal(lambda: api.nodes(node).qemu(source).clone.post(newid=99))
    expect(error.status_code == 400, "a wrong parameter is refused")
    expect(error.errors == {"newid": "value must have a minimum value of 100"}, "by its name")
    error = refusal(lambda: api.nowhere.get())
    expect(error.status_code == 501, "an unknown path is not implemented")
    weak = ProxmoxAPI(
        host, port=int(port), user=user, token_name=token_name, token_value="wrong", verify_ssl=authority)
    expect(refusal(weak.version.get).status_code == 401, "a wrong secret is refused")


if __name__ == "__main__":
    main(*sys.argv[1:])
