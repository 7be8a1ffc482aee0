/// Somebody who may call the server: a name, a role, and what proves the name. No secret is in it: tokens and passwords
/// are there as hashes only.
public struct AccessEntry: Hashable, Sendable {
  /// What proves that a call comes from whom the entry names.
  public enum Proof: Hashable, Sendable {
    /// SHA-256 of a bearer token: 32 bytes. Tokens are random and long, so that no slow hash is needed.
    case token([UInt8])
    /// A hash of the password that comes with the entry's name by basic authentication, or to the console.
    case password(PasswordHash)
    /// A name of a client certificate: the subject's common name, or a DNS name or URI among its alternative names.
    case certificate(String)
  }

  /// Told in events and the audit log; unlike every other entry's.
  public var name: String
  public var role: Role
  public var proof: Proof

  public init(name: String, role: Role, proof: Proof) {
    self.name = name
    self.role = role
    self.proof = proof
  }
}

/// A password's hash by scrypt (RFC 7914) in the common text form `$scrypt$ln=15,r=8,p=1$SALT$HASH`, the last two in
/// Base64 without padding.
public struct PasswordHash: Hashable, Sendable {
  /// The logarithm of scrypt's cost N to the base 2.
  public var logarithmOfCost: Int
  /// scrypt's r.
  public var blockSize: Int
  /// scrypt's p.
  public var parallelism: Int
  public var salt: [UInt8]
  public var key: [UInt8]

  /// Bounds of what a hash may ask for: below, guessing is too cheap; above, one try costs too much memory (64 MiB).
  public static let costs = 14...16
  public static let blockSizes = 8...8
  public static let parallelisms = 1...4
  /// Bytes.
  public static let saltLengths = 16...64
  /// Bytes.
  public static let keyLengths = 32...64

  /// A hash with the costs that new ones get.
  public init(salt: [UInt8], key: [UInt8]) {
    logarithmOfCost = 15
    blockSize = 8
    parallelism = 1
    self.salt = salt
    self.key = key
  }

  /// Reads the text form; `nil` when it is not one, or beyond the bounds.
  public init?(_ text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
    let costs = parts[2].split(separator: ",", omittingEmptySubsequences: false)
    func number(_ index: Int, _ name: String, _ bounds: ClosedRange<Int>) -> Int? {
      guard costs[index].hasPrefix(name + "=") else { return nil }
      return Int(costs[index].dropFirst(name.utf8.count + 1)).flatMap { bounds.contains($0) ? $0 : nil }
    }
    guard costs.count == 3, let cost = number(0, "ln", Self.costs), let size = number(1, "r", Self.blockSizes),
      let lanes = number(2, "p", Self.parallelisms), let salt = Base64.bytes(parts[3]),
      let key = Base64.bytes(parts[4]), Self.saltLengths.contains(salt.count), Self.keyLengths.contains(key.count)
    else { return nil }
    logarithmOfCost = cost
    blockSize = size
    parallelism = lanes
    self.salt = salt
    self.key = key
  }

  /// What one try costs, in no unit.
  public var cost: Int { (1 << logarithmOfCost) * blockSize * parallelism }

  /// The text form.
  public var text: String {
    "$scrypt$ln=\(logarithmOfCost),r=\(blockSize),p=\(parallelism)$\(Base64.text(salt))$\(Base64.text(key))"
  }
}

/// Base64 without padding, as password hashes are written.
enum Base64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    var (pending, bits) = (0, 0)
    for byte in bytes {
      (pending, bits) = (pending << 8 | Int(byte), bits + 8)
      while bits >= 6 {
        bits -= 6
        out.append(digits[pending >> bits & 63])
      }
      pending &= (1 << bits) - 1
    }
    if bits > 0 { out.append(digits[pending << (6 - bits) & 63]) }
    return String(decoding: out, as: UTF8.self)
  }

  /// `nil` where there is a character that is no digit, or bits that no byte has.
  static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    var out: [UInt8] = []
    var (pending, bits) = (0, 0)
    for character in text.utf8 {
      guard let digit = digits.firstIndex(of: character) else { return nil }
      (pending, bits) = (pending << 6 | digit, bits + 6)
      if bits >= 8 {
        bits -= 8
        out.append(UInt8(pending >> bits))
        pending &= (1 << bits) - 1
      }
    }
    return bits < 6 && pending == 0 ? out : nil
  }
}
