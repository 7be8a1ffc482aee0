import Model

extension MachineConfiguration {
  /// Whether the machine has the size that it was configured to.
  var isConfigured: Bool {
    guard let size = SizeMark(in: description) else { return false }
    return lock == nil && cores == size.cores && memoryMebibytes == size.memoryMebibytes
      && (bootDisk?.size).map { $0.bytes >= Int64(size.diskGibibytes) << 30 } ?? false
  }
}
