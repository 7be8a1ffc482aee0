import Model
import Testing

@testable import Proxmox

@Suite struct TextFormsTests {
  @Test func formsEncodeEveryByteThatMeansSomething() {
    let text = FormEncoding.text([
      "purge": true, "full": false, "newid": 105, "description": "a b&c=d+e%\nü", "name": "worker-1.x_~",
    ])
    #expect(text == "description=a%20b%26c%3Dd%2Be%25%0A%C3%BC&full=0&name=worker-1.x_~&newid=105&purge=1")
  }

  @Test func numbersAreReadInEveryFormThatProxmoxSendsThem() throws {
    let value = try #require(JSONValue(Array("[105,\"105\",105.0,true,null,\"x\",{\"a\":0.5}]".utf8)))
    #expect(value.list?.map(\.integer) == [105, 105, 105, 1, nil, nil, nil])
    #expect(value.list?.map(\.flag) == [false, false, false, true, false, false, false])
    #expect(JSONValue(Array("no".utf8)) == nil)
  }

  @Test(
    arguments: [
      ("poolkeeper;k8s-burst", ["k8s-burst", "poolkeeper"]), ("B, a;a  b", ["a", "b"]), ("", []), (";;", []),
    ] as [(String, [String])])
  func tagsAreASortedSetInLowerCase(text: String, tags: [String]) {
    #expect(TagList(text).tags == tags)
  }

  @Test(arguments: [("Burst Pool/1", "burst-pool-1"), ("-x", "x"), ("größe", "gr--e"), ("a.b_c+d", "a.b_c+d")])
  func tagsHaveProxmoxAlphabet(text: String, tag: String) {
    #expect(TagList.sanitized(text) == tag)
  }

  @Test func propertyStringsKeepTheirOrder() {
    var card = PropertyString("virtio=BC:24:11:00:00:01,bridge=vmbr0,queues=4")
    card.set("bridge", "vmbr1")
    card.set("tag", "20")
    card.set("queues", nil)
    #expect(card.description == "virtio=BC:24:11:00:00:01,bridge=vmbr1,tag=20")
    #expect(PropertyString("1,type=virtio").bare == "1")
  }

  @Test(
    arguments: [
      ("32G", 34_359_738_368), ("512M", 536_870_912), ("1.5T", 1_649_267_441_664), ("4096", 4096), ("528K", 540_672),
      ("G", nil), ("-1G", nil), ("x", nil), ("", nil),
    ] as [(String, Int64?)])
  func diskSizesAreReadToTheByte(text: String, bytes: Int64?) {
    #expect(DiskSize(text)?.bytes == bytes)
  }

  @Test func disksHoldAtLeastWhatIsWanted() {
    #expect(DiskSize(atLeast: .gigabytes(100)).text == "94G")
    #expect(DiskSize(atLeast: 32 << 30).text == "32G")
  }

  @Test(
    arguments: [
      ("10.0.0.10", "10.0.0.20", 24, "10.0.0.1", 11), ("10.0.0.10", "10.0.0.10", 24, "10.0.0.1", 1),
      ("10.0.0.20", "10.0.0.10", 24, "10.0.0.1", nil), ("10.0.0.1", "10.0.0.10", 24, "10.0.0.5", nil),
      ("10.0.0.10", "10.0.1.20", 24, "10.0.0.1", nil), ("10.0.0.10", "10.0.0.255", 24, "10.0.0.1", nil),
      ("10.0.0.0", "10.0.0.5", 24, "10.0.0.9", nil), ("10.0.0", "10.0.0.5", 24, "10.0.0.9", nil),
      ("10.0.0.+1", "10.0.0.5", 24, "10.0.0.9", nil), ("10.0.0.1", "10.0.0.5", 33, "10.0.0.9", nil),
    ] as [(String, String, Int, String, Int?)])
  func addressRangesAreChecked(first: String, last: String, length: Int, gateway: String, count: Int?) {
    #expect(AddressRange(first: first, last: last, prefixLength: length, gateway: gateway)?.count == count)
  }

  @Test func addressesAreChosenByTheWorkerAndNeverTwice() throws {
    let range = try #require(AddressRange(first: "10.0.0.10", last: "10.0.0.13", prefixLength: 24, gateway: "10.0.0.1"))
    var taken: Set<IPv4Address> = []
    let start = range.choose(for: "w-1", taken: [])
    #expect(range.choose(for: "w-1", taken: []) == start)
    for _ in 0..<4 { taken.insert(try #require(range.choose(for: "w-1", taken: taken))) }
    #expect(taken.count == 4)
    #expect(range.choose(for: "w-1", taken: taken) == nil)
  }

  @Test func theHashIsTheSameInEveryProcess() {
    #expect(StableHash.of("") == 0xcbf2_9ce4_8422_2325)
    #expect(StableHash.of("a") == 0xaf63_dc4c_8601_ec8c)
    #expect(StableHash.of("foobar") == 0x8594_4171_f739_67e8)
  }

  @Test func numbersFollowFromTheWorkerAndStayInTheirRange() {
    let numbers = MachineNumbers(range: 9_000_000...9_000_009)
    let probes = (0..<10).map { numbers.number(for: "w-1", probe: $0) }
    #expect(Set(probes).count == 10)
    #expect(probes.allSatisfy(numbers.contains))
    #expect(probes[0] == numbers.number(for: "w-1", probe: 0))
  }

  @Test func secretsAreNotShown() {
    let credentials = ProxmoxCredentials.token(id: "keeper@pve!pool", secret: "s3cret")
    var dumped = ""
    dump(credentials, to: &dumped)
    let ticket = Ticket(text: "s3cret", csrfToken: "s3cret", obtainedAt: .epoch)
    dump(ticket, to: &dumped)
    #expect(!"\(credentials) \(ticket) \(String(reflecting: credentials)) \(dumped)".contains("s3cret"))
  }
}
