/// Expected JSON, keys sorted.
enum Golden {
  static let worker = ""
  static let pool = ""
  static let plan = ""
  static let report = ""
  static let snapshot = ""
}
