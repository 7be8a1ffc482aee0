import Model
import Testing

@Suite("OwnerMark")
struct OwnerMarkTests {
  private let mark = OwnerMark(
    owner: MachineOwner(cluster: "prod-k8s", pool: "burst", worker: "worker-burst-001", id: "8c1d"),
    createdAt: Instant(milliseconds: 1_764_000_000_123))

  @Test func isReadBackFromItsText() {
    #expect(OwnerMark(in: mark.text) == mark)
    #expect(OwnerMark(in: "Ask the platform team.\n\(mark.text)\nDo not edit.") == mark)
    #expect(OwnerMark(in: "First.\r\n" + mark.text + "\r\n") == mark)
  }

  @Test(arguments: [
    "", "poolkeeper", "poolkeeper/1 ", "poolkeeper/1 cluster=a pool=b worker=c id=d",
    "poolkeeper/1 cluster=a pool=b worker=c id=d created=yesterday",
    "poolkeeper/1 cluster=a pool=b worker= id=d created=1",
    "poolkeeper/1 cluster=a cluster=b pool=b worker=c id=d created=1",
    "poolkeeper/2 cluster=a pool=b worker=c id=d created=1", "qmclone temporary file",
    "Copied: poolkeeper/1 cluster=a pool=b worker=c id=d created=1",
  ])
  func isNotReadFromOtherText(_ text: String) { #expect(OwnerMark(in: text) == nil) }

  @Test func twoMarksAreNone() { #expect(OwnerMark(in: mark.text + "\n" + mark.text) == nil) }
}
