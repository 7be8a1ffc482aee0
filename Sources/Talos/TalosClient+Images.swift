internal import Ports
internal import TalosMessages

extension TalosClient {
  /// Removes the names of pods' images that no container on the machine uses. There is no call of Talos that does this:
  /// images and containers are listed, and images removed one by one, which needs the role os:admin and Talos 1.13.
  ///
  /// Nothing is removed unless the image of every container is found in the list; images of `pause` always stay.
  /// - Returns: the names that were removed.
  /// - Throws: `PortError`; `unavailable` before 1.13, `forbidden` with a lower role.
  @discardableResult
  public func removeUnusedImages(
    at target: TalosTarget, operation: String = "talos.remove_images"
  ) async throws -> [String] {
    let store = ContainerdInstance(driver: 1, namespace: 2)
    let found = Collected<ImageEntry>()
    try await stream(.imageList, ImageListRequest(store: store), at: target, operation: operation) {
      (image: ImageEntry) in
      await found.append(image)
      return true
    }
    let reply: Reply<ContainerList> = try await call(
      .containers, ContainersRequest(namespace: "k8s.io", driver: 1), at: target, operation: operation)
    let used = reply.messages.flatMap(\.containers).map(\.image)
    guard let unused = ImageUse.unused(await found.elements, images: used) else {
      throw PortError(
        .failed, "A container's image is not in the machine's list, so that nothing can be told to be unused.",
        operation: operation)
    }
    for name in unused {
      do {
        let _: Empty = try await call(
          .imageRemove, ImageRemoveRequest(store: store, name: name), at: target, operation: operation, changes: true)
      } catch let error as PortError where error.code == .notFound {
        // The kubelet was faster.
      }
    }
    return unused
  }
}

/// Which images are in use.
enum ImageUse {
  /// Names of images that no container uses, in order; `nil` when a container's image is none of those listed.
  /// - Parameter images: what the containers say, names or digests; empty ones are passed over.
  static func unused(_ listed: [ImageEntry], images: [String]) -> [String]? {
    var digests = Set<String>()
    for image in images where !image.isEmpty {
      let digest = image.split(separator: "@").last.map(String.init) ?? image
      let own = listed.filter { $0.name == image || $0.digest == image || $0.digest == digest }
      if own.isEmpty { return nil }
      digests.formUnion(own.map(\.digest))
    }
    return listed.filter { !digests.contains($0.digest) && !$0.name.contains("/pause") }.map(\.name)
      .sorted()
  }
}
