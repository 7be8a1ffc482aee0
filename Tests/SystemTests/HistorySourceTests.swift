import ConfigurationFile
import Model
import PrometheusClient
import Testing

@testable import poolkeeper

/// Which server gets which credentials, and which instants a person means.
@Suite struct HistorySourceTests {
  @Test(arguments: [
    ("http://a:9090", "http://a:9090/prometheus", true), ("https://a", "https://A:443/x", true),
    ("http://a", "http://a:80", true), ("http://a", "https://a", false), ("http://a", "http://b", false),
    ("http://a:9090", "http://a:9091", false), ("http://a.evil", "http://a", false), ("nonsense", "http://a", false),
  ])
  func credentialsGoToTheServerThatTheyAreFor(url: String, configured: String, isSame: Bool) {
    #expect(HistorySources.isSameServer(url, configured) == isSame)
  }

  @Test(arguments: [
    ("2026-03-01", "2026-03-01T00:00:00.000Z"), ("2026-03-01T08:00:00Z", "2026-03-01T08:00:00.000Z"),
    ("1772352000", "2026-03-01T08:00:00.000Z"), ("1d", "2026-03-09T00:00:00.000Z"), ("36h", "2026-03-08T12:00:00.000Z"),
  ])
  func understandsInstantsAsPeopleWriteThem(text: String, instant: String) throws {
    let now = try #require(Instant(rfc3339: "2026-03-10T00:00:00Z"))
    #expect(TimeArgument(argument: text)?.instant(now: now).description == instant)
  }

  @Test(arguments: ["", "yesterday", "-5", "1x", "2026-13-01", "d"]) func refusesWhatIsNoInstant(text: String) {
    #expect(TimeArgument(argument: text) == nil)
  }
}
