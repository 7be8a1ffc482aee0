import HTTPTransport
import Ports
import Testing

@testable import Proxmox

@Suite struct FailureClassTests {
  @Test(
    arguments: [
      // Of HTTP, whatever the text.
      (595, "No route to host", .hostUnreachable), (596, "tls_process_server_certificate: failed", .uncertain),
      (597, "body read failed", .uncertain), (598, "aborted", .uncertain), (599, "Connection reset", .uncertain),
      (401, "No ticket", .unauthenticated), (401, "Authentication failed!", .unauthenticated),
      (401, "permission denied - invalid PVE ticket", .unauthenticated),
      (401, "Permission denied - invalid csrf token", .unauthenticated), (401, "", .unauthenticated),
      // Rights.
      (403, "Permission check failed (/vms/100, VM.Clone)", .forbidden),
      (403, "Permission check failed (/vms/100, VM.Config.Disk|VM.Config.CDROM)", .forbidden),
      (403, "Permission check failed (pool 'x' does not exist)", .forbidden),
      (403, "Permission check failed (/, Sys.Modify for modifying tag 'x')", .forbidden),
      (403, "URI '/access/ticket' not available with API token, need proper ticket.", .forbidden),
      (500, "Only root may use this option.", .rootOnly), (500, "only root can set 'hostpci0' config", .rootOnly),
      // Parameters.
      (400, "Parameter verification failed.", .invalid), (400, "type check ('boolean') failed - got 'true'", .invalid),
      (400, "newid: property is missing and it is not optional", .invalid),
      (501, "Method 'GET /x' not implemented", .invalid), (506, "unsupported content type", .invalid),
      (501, "chunked transfer encoding not supported", .invalid), (501, "Unexpected content for method", .invalid),
      (400, "vmid: VM 105 already exists", .idTaken),
      (500, "unable to get any free VMID in range [100, 1000000]", .exhausted),
      (500, "hostname lookup 'pve9' failed - failed to get address info", .hostUnreachable),
      (500, "target node 'pve2' is not online", .hostUnreachable),
      // Clones.
      (500, "cluster not ready - no quorum?", .noQuorum), (500, "cfs-lock 'storage-ceph' error: no quorum!", .noQuorum),
      (500, "VM is locked (backup)", .machineLocked), (500, "VM is locked (clone)", .machineLocked),
      (500, "unable to create VM 123: config file already exists", .idTaken),
      (nil, "can't lock file '/var/lock/qemu-server/lock-123.conf' - got timeout", .locked),
      (nil, "can't lock file '/var/lock/pve-manager/pve-storage-local' - got timeout", .locked),
      (nil, "clone failed: cfs-lock 'storage-ceph' error: got lock request timeout", .locked),
      (500, "can't clone VM to node 'pve2' (VM uses local storage)", .notShared),
      (
        500, "Linked clone feature is not supported for 'local:9002/base-9002-disk-0.raw' (scsi0)",
        .linkedCloneUnsupported
      ),
      (500, "parameter 'storage' not allowed for linked clones", .other),
      (nil, "base volume 'ceph:base-9002-disk-0' is still in use by linked cloned", .baseInUse),
      (nil, "clone failed: out of space", .exhausted),
      // Configuration.
      (500, "checksum mismatch (file change by other user?)", .digestMismatch),
      (nil, "shrinking disks is not supported", .other), (500, "no options specified", .other),
      (500, "balloon value too large (must be smaller than assigned memory)", .other),
      (500, "q35 machine model is not enabled", .deviceMisconfigured),
      // Power.
      (nil, "VM 123 already running", .alreadyRunning), (500, "VM 123 not running", .notRunning),
      (nil, "VM quit/powerdown failed - got timeout", .locked),
      (500, "you can't start a vm if it's a template", .other),
      (nil, "PCI device mapping not found for 't4'", .deviceMisconfigured),
      (nil, "PCI device mapping invalid (hardware probably changed): missing", .deviceMisconfigured),
      (nil, "PCI device '0000:01:00.0' already in use by VMID '4711'", .exhausted),
      (nil, "PCI device '0000:01:00.0' is currently reserved for use by VMID '4711'", .exhausted),
      (nil, "could not find a free device for 'hostpci0'", .exhausted),
      (nil, "cannot prepare PCI pass-through, IOMMU not present", .deviceMisconfigured),
      (nil, "start failed: QEMU: cannot set up guest memory 'pc.ram': Cannot allocate memory", .exhausted),
      // The end.
      (500, "VM 123 is running - destroy failed", .runningWhileDeleted),
      (500, "can't remove VM 123 - protection mode enabled", .protected),
      (500, "unable to remove VM 123 - used in HA resources and purge parameter not set.", .other),
      (500, "Configuration file 'nodes/pve1/qemu-server/123.conf' does not exist", .missing),
      // The agent and tasks.
      (500, "No QEMU guest agent configured", .agentSilent), (500, "VM 123 is not running", .notRunning),
      (500, "QEMU guest agent is not running", .agentSilent), (500, "no such task", .taskUnknown),
      (400, "upid: unable to parse worker upid", .taskUnknown), (nil, "unexpected status", .other),
    ] as [(Int?, String, FailureClass)])
  func everyTextHasItsMeaning(status: Int?, text: String, meaning: FailureClass) {
    #expect(FailureClass.of(status: status, text: text) == meaning)
  }

  @Test(
    arguments: [
      (
        "{\"data\":null,\"errors\":{\"b\":\"too small\",\"a\":\"missing\"},\"message\":\"m\\n\"}",
        "a: missing; b: too small"
      ),
      ("{\"data\":null,\"message\":\"the whole text\\n\"}", "the whole text"), ("{\"data\":null}", "the reason"),
      ("", "the reason"), ("<html>", "the reason"),
    ])
  func readsErrorsThenMessageThenReason(body: String, text: String) {
    let response = HTTPResponse(status: 500, body: Array(body.utf8), reason: "the reason")
    #expect(ProxmoxFailure(response, call: "GET /x").text == text)
  }

  @Test func saysTheStatusWhereThereIsNoWord() {
    let failure = ProxmoxFailure(HTTPResponse(status: 403), call: "GET /x")
    #expect(failure.text == "status 403 without a word")
    #expect(failure.meaning == .forbidden)
  }

  @Test func shortensLongTexts() {
    let response = HTTPResponse(status: 500, reason: String(repeating: "word ", count: 1000))
    #expect(ProxmoxFailure(response, call: "GET /x").text.count == ProxmoxFailure.maximumTextCharacters)
  }

  @Test func everyMeaningHasACodeThatTellsWhetherToTryAgain() {
    let codes = FailureClass.allCases.map { meaning in
      PortError(ProxmoxFailure(meaning, text: "text", call: "call"), operation: "hypervisor.clone")
    }
    #expect(codes.allSatisfy { $0.message.contains(": text.") })
    let final = zip(FailureClass.allCases, codes).filter { !$0.1.retryable }.map(\.0)
    #expect(
      final == [
        .missing, .forbidden, .rootOnly, .unauthenticated, .protected, .linkedCloneUnsupported, .notShared,
        .deviceMisconfigured, .taskUnknown, .invalid, .untrusted,
      ])
  }
}
