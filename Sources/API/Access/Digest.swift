import Crypto
import CryptoExtras
import Foundation
public import Model

/// A SHA-256.
struct Digest: Hashable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64)

  init(_ text: some StringProtocol) {
    var hash = SHA256()
    var text = String(text)
    text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    words = hash.finalize().withUnsafeBytes { Self.words(of: $0) }
  }

  /// `nil` where there are not 32 bytes.
  init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    words = bytes.withUnsafeBytes { Self.words(of: $0) }
  }

  private static func words(of bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64, UInt64, UInt64) {
    func word(_ index: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
    return (word(0), word(1), word(2), word(3))
  }

  /// In a time that does not depend on the bits.
  static func == (left: Digest, right: Digest) -> Bool {
    (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
      | (left.words.3 ^ right.words.3) == 0
  }

  func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Secrets that nobody can guess, and passwords' hashes.
public enum AccessSecrets {
  /// Every token begins so, so that a person and a scanner of files know one when they see it.
  public static let tokenPrefix = "pk_"

  /// A new token: 256 random bits in Base64 for URLs, behind its prefix.
  public static func newToken() -> String { tokenPrefix + random() }

  /// 256 random bits as text.
  static func random() -> String {
    let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    return bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// What the configuration has instead of a token: its SHA-256, 64 hexadecimal digits.
  public static func hash(ofToken token: String) -> String {
    SHA256.hash(data: Data(token.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.utf8.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// What the configuration has instead of a password; takes about a tenth of a second and 32 MiB, on purpose.
  public static func hash(ofPassword password: String) throws -> PasswordHash {
    let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
    var hash = PasswordHash(salt: salt, key: [UInt8](repeating: 0, count: 32))
    hash.key = try derive(password, hash)
    return hash
  }

  /// Whether a password is that of a hash.
  static func isPassword(_ password: String, of hash: PasswordHash) -> Bool {
    guard let key = try? derive(password, hash), key.count == hash.key.count else { return false }
    return zip(key, hash.key).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private static func derive(_ password: String, _ hash: PasswordHash) throws -> [UInt8] {
    let key = try KDF.Scrypt.deriveKey(
      from: Data(password.utf8), salt: hash.salt, outputByteCount: hash.key.count,
      rounds: 1 << hash.logarithmOfCost, blockSize: hash.blockSize, parallelism: hash.parallelism)
    return key.withUnsafeBytes { Array($0) }
  }
}
