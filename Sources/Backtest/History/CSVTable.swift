/// Comma-separated values with a first line that names the columns. Source: RFC 4180, with bare line feeds taken, too.
struct CSVTable {
  struct Row {
    /// From 1, of the line on which it begins.
    let line: Int
    let fields: [String]
  }

  /// Bytes of the largest file that is read.
  static let largestFile = 512 << 20

  private let columns: [String: Int]
  let rows: [Row]

  init(_ bytes: some Sequence<UInt8>) throws(HistoryError) {
    let bytes = Array(bytes)
    guard bytes.count <= Self.largestFile else {
      throw HistoryError("too_large", "The file has more than \(Self.largestFile >> 20) MiB. Replay a part of it.")
    }
    var rows = try Self.rows(bytes)
    guard let first = rows.first else {
      throw HistoryError("empty", "The file is empty. Its first line must name the columns.")
    }
    rows.removeFirst()
    var columns: [String: Int] = [:]
    for (index, name) in first.fields.enumerated() where columns[name] == nil { columns[name] = index }
    self.columns = columns
    self.rows = rows
  }

  private static func rows(_ bytes: [UInt8]) throws(HistoryError) -> [Row] {
    let (quote, comma, feed, carriage) = (UInt8(34), UInt8(44), UInt8(10), UInt8(13))
    var rows: [Row] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var (line, start) = (1, 1)
    var isQuoted = false
    var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    func text(_ field: [UInt8]) throws(HistoryError) -> String {
      guard let text = String(validating: field, as: UTF8.self) else {
        throw HistoryError("not_utf8", line: start, "It is no UTF-8 text. Give a CSV file in UTF-8, not compressed.")
      }
      return String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
    func end() throws(HistoryError) {
      fields.append(try text(field))
      if fields != [""] { rows.append(Row(line: start, fields: fields)) }
      fields = []
      field = []
      start = line
    }
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if isQuoted {
        if byte == feed { line += 1 }
        if byte != quote {
          field.append(byte)
        } else if index < bytes.count, bytes[index] == quote {
          field.append(quote)
          index += 1
        } else {
          isQuoted = false
        }
      } else if byte == quote, field.isEmpty {
        isQuoted = true
      } else if byte == comma {
        fields.append(try text(field))
        field = []
      } else if byte == feed {
        line += 1
        try end()
      } else if byte != carriage {
        field.append(byte)
      }
    }
    guard !isQuoted else {
      throw HistoryError("bad_line", line: start, "A quotation mark is opened and never closed. Close it.")
    }
    if !field.isEmpty || !fields.isEmpty { try end() }
    return rows
  }

  /// A column's index.
  func column(_ name: String, of what: String) throws(HistoryError) -> Int {
    if let index = columns[name] { return index }
    throw HistoryError(
      "missing_column", line: 1,
      "No column is named \"\(name)\". The first line must name the columns, \(what).")
  }

  func optionalColumn(_ name: String) -> Int? { columns[name] }
}

extension CSVTable.Row {
  subscript(_ column: Int) -> String { column < fields.count ? fields[column] : "" }
}
