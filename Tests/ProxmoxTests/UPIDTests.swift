import Testing

@testable import Proxmox

@Suite struct UPIDTests {
  @Test(arguments: [
    "UPID:pve1:000A1B2C:03D4E5F6:6B49D200:qmclone:9002:keeper@pve!pool:",
    "UPID:pve-02:0000C0DE:103D4E5F6:6B49D200:qmstart:9000001:root@pam:",
    "UPID:pve1:000A1B2C:03D4E5F6:6B49D200:aptupdate::root@pam:",
  ])
  func isWrittenAsItWasRead(text: String) throws {
    #expect(try #require(UPID(text)).description == text)
  }

  @Test func holdsNodeTypeAndId() throws {
    let upid = try #require(UPID("UPID:pve1:000A1B2C:03D4E5F6:6B49D200:qmclone:9002:keeper@pve!pool:"))
    #expect(upid.node == "pve1")
    #expect(upid.type == "qmclone")
    #expect(upid.id == "9002")
    #expect(upid.user == "keeper@pve!pool")
    #expect(upid.startTime == 0x6B49_D200)
  }

  @Test(arguments: [
    "", "UPID", "UPID:pve1:000A1B2C:03D4E5F6:6B49D200:qmclone:9002:keeper@pve",
    "UPID:pve1:A1B2C:03D4E5F6:6B49D200:qmclone:9002:keeper@pve:",
    "UPID:../x:000A1B2C:03D4E5F6:6B49D200:qmclone:1:r@pam:",
    "UPID:pve1:000A1B2C:03D4E5F6:6B49D200::9002:keeper@pve:", "UPID:pve1:000A1B2G:03D4E5F6:6B49D200:x:9002:keeper@pve:",
  ])
  func refusesWhatIsNone(text: String) {
    #expect(UPID(text) == nil)
  }

  @Test(
    arguments: [
      ("{\"status\":\"running\"}", .running),
      ("{\"status\":\"stopped\",\"exitstatus\":\"OK\"}", .succeeded(warnings: nil)),
      ("{\"status\":\"stopped\",\"exitstatus\":\"WARNINGS: 2\"}", .succeeded(warnings: "WARNINGS: 2")),
      ("{\"status\":\"stopped\",\"exitstatus\":\"clone failed: x\"}", .failed("clone failed: x")),
      ("{\"status\":\"stopped\",\"exitstatus\":\"unexpected status\"}", .failed("unexpected status")),
      ("{\"status\":\"stopped\"}", .unknown), ("null", .unknown),
    ] as [(String, TaskStatus)])
  func readsTheStatusOfATask(json: String, status: TaskStatus) throws {
    #expect(TaskStatus(try #require(JSONValue(Array(json.utf8)))) == status)
  }
}
