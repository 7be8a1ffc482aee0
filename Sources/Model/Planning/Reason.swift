/// Why something was done, held or refused: a short constant code for machines, a sentence for people.
public struct Reason: Hashable, Sendable, Codable {
  /// Lower case with underscores; constant, so that it can be a metric's label.
  public var code: String
  /// A whole sentence that an operator would write.
  public var sentence: String
  /// What would have to be otherwise for another outcome; `nil` when nothing would.
  public var remedy: String?
  /// The figures that the sentence rests on.
  public var data: [String: String]

  public init(_ code: String, _ sentence: String, remedy: String? = nil, data: [String: String] = [:]) {
    self.code = code
    self.sentence = sentence
    self.remedy = remedy
    self.data = data
  }
}
