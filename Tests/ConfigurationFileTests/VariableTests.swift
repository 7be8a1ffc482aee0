import ConfigurationFile
import Model
import Testing

@Suite struct VariableTests {
  static let secret = "s3cr3t-value-never-shown"

  struct NoSuchFile: Error {}

  func reader(_ environment: [String: String], files: [String: String] = [:]) -> ConfigurationReader {
    ConfigurationReader(
      environment: environment,
      readFile: { path in
        guard let text = files[path] else { throw NoSuchFile() }
        return Array(text.utf8)
      })
  }

  func cluster(_ text: String, _ reader: ConfigurationReader) throws -> (name: String?, errors: [Problem]) {
    var edited = try Edited()
    try edited.set("/cluster_name", "\"\(text)\"")
    try edited.set("/talos_integration/cluster_name", "")
    let outcome = try edited.read(reader)
    return (outcome.configuration?.policy.clusterName, outcome.problems(.error))
  }

  @Test(arguments: [
    ("${NAME}", "blue"), ("c-${NAME}-1", "c-blue-1"), ("${NAME}${OTHER}", "bluegreen"), ("plain", "plain"),
    ("${FROM_FILE}", "filed"),
  ])
  func putsVariablesIn(text: String, expected: String) throws {
    let reader = reader(
      ["NAME": "blue", "OTHER": "green", "FROM_FILE_FILE": "/run/name"], files: ["/run/name": "filed\n"])
    #expect(try cluster(text, reader).name == expected)
  }

  @Test func readsDollarSignsOfExpressionsAsTheyAre() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/triggers/0/expression", #""x{a=~\"b$|c$$\"}""#)
    let trigger = try edited.read().configuration?.policy.triggers.first { $0.kind == .custom }
    #expect(trigger?.expression == "x{a=~\"b$|c$\"}")
  }

  @Test(arguments: [
    ("${MISSING}", "missing_variable"), ("${OPEN", "invalid_variable"), ("${9X}", "invalid_variable"),
    ("${A-B}", "invalid_variable"), ("${EMPTY}", "missing_variable"), ("${LOST}", "unreadable_file"),
  ])
  func reportsVariablesThatCannotBePutIn(text: String, code: String) throws {
    let result = try cluster(text, reader(["EMPTY": "", "LOST_FILE": "/lost"]))
    #expect(result.name == nil)
    #expect(result.errors.map(\.code) == [code])
    #expect(result.errors.map(\.pointer) == ["/cluster_name"])
  }

  @Test func takesASecretFromTheFileThatTheKeyBesideNames() throws {
    var edited = try Edited()
    try edited.set("/proxmox_integration/authentication/token_secret", "")
    try edited.set("/proxmox_integration/authentication/token_secret_file", "\"/run/secret\"")
    let outcome = try edited.read(reader([:], files: ["/run/secret": Self.secret + "\n"]))
    #expect(outcome.configuration?.proxmox.tokenSecret?.exposed == Self.secret)
  }

  @Test func neverShowsASecret() throws {
    var edited = try Edited()
    try edited.set("/proxmox_integration/authentication/token_secret", "\"\(Self.secret)\"")
    let outcome = try edited.read()
    let configuration = try #require(outcome.configuration)
    #expect(configuration.proxmox.tokenSecret?.exposed == Self.secret)
    var dumped = ""
    dump(configuration, to: &dumped)
    dump(outcome.problems, to: &dumped)
    let shown = "\(configuration) \(String(reflecting: configuration)) \(dumped) \(outcome)"
    #expect(shown.contains("‹secret›"))
    #expect(!shown.contains(Self.secret))
  }

  @Test func doesNotShowAVariableWhoseTextIsWrong() throws {
    let environment = ["PROXMOX_URL": Self.secret, "PROXMOX_TOKEN_ID": "id", "PROXMOX_TOKEN_SECRET": Self.secret]
    let outcome = try Edited().read(reader(environment))
    #expect(outcome.problems(.error).map(\.pointer) == ["/proxmox_integration/api_endpoint"])
    #expect(!"\(outcome)".contains(Self.secret))
  }

  @Test func doesNotReplaceAMissingVariableByAnother() throws {
    var edited = try Edited()
    try edited.set("/proxmox_integration/api_endpoint", "\"${OTHER_URL}\"")
    try edited.set("/proxmox_integration/authentication/token_secret", "\"${OTHER_SECRET}\"")
    let environment = [
      "PROXMOX_URL": "https://pve:8006", "PROXMOX_TOKEN_SECRET": Self.secret, "PROXMOX_TOKEN_ID": "id",
    ]
    let outcome = try edited.read(reader(environment))
    #expect(outcome.configuration?.proxmox.endpoint == nil)
    #expect(outcome.configuration?.proxmox.tokenSecret == nil)
    #expect(outcome.problems.map(\.code) == ["missing_variable", "missing_variable"])
  }

  @Test func fallsBackToTheUsualVariablesWhereAKeyIsAbsent() throws {
    var edited = try Edited()
    try edited.set("/proxmox_integration", "")
    try edited.set("/talos_integration/cluster_endpoint", "")
    try edited.set("/talos_integration/cluster_name", "")
    let configuration = try #require(
      try edited.read(
        reader([
          "PROXMOX_URL": "https://pve:8006", "TALOS_ENDPOINT": "https://talos:6443", "TALOS_CLUSTER": "harbour-talos",
        ])
      ).configuration)
    #expect(configuration.proxmox.endpoint == "https://pve:8006")
    #expect(configuration.proxmox.tokenSecret == nil)
    #expect(configuration.talos.clusterEndpoint == "https://talos:6443")
    #expect(configuration.talos.clusterName == "harbour-talos")
  }
}
