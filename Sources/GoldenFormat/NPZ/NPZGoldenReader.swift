internal import OrderedCollections
internal import ModelGraph
internal import Zip

/// One case as NumPy's `savez` stores it: arrays `inputs/NAME`, `outputs/NAME` and
/// `calls/NAME`, or plain `x` and `y` for a model with one input and one output;
/// and `weights`, the digests of the weights as a list of uint64.
///
/// The file does not say who made it; the case is named `npz`.
struct NPZGoldenReader {
  let path: String
  let limits: GoldenLimits
  /// Is told of what a tensor takes before it is asked for.
  let allocating: (Int) -> Void

  func read() throws -> Golden {
    do {
      return try read(try ZipArchive(path: path))
    } catch let error as ZipError {
      throw GoldenFormatError.archive(error)
    }
  }

  private func read(_ archive: borrowing ZipArchive) throws -> Golden {
    var one = GoldenCase(name: "npz", inputs: [:], outputs: [:])
    var digests: [UInt64] = []
    for member in try archive.members(limits: limits.zip) {
      do {
        let tensor = try NPYReader(limits: limits, allocating: allocating).tensor(member, archive)
        if member.name == "weights.npy" {
          digests = try Self.digests(tensor)
        } else if !Self.store(tensor, as: member.name, in: &one) {
          throw GoldenFormatError.unknownMember
        }
      } catch let error as GoldenFormatError {
        throw GoldenFormatError.member(member.name, error)
      } catch let error as ZipError {
        throw ZipError.member(member.name, error)
      }
    }
    return Golden(
      producer: "", producerVersion: "", cases: [one],
      weightDigests: Set(digests).sorted())
  }

  private static func digests(_ list: Tensor) throws -> [UInt64] {
    guard list.dtype == .uint64, list.dimensions.count == 1 else {
      throw GoldenFormatError.digestList
    }
    return try list.bytes.withBytes { bytes in
      // Sound: unaligned loads of whole elements inside the span; any bits are a number.
      unsafe bytes.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: 8).map {
          unsafe bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)
        }
      }
    }
  }

  /// Puts a tensor where its name says, or returns false where that is nowhere.
  private static func store(
    _ tensor: Tensor, as member: String, in one: inout GoldenCase
  ) -> Bool {
    guard member.hasSuffix(".npy") else { return false }
    let key = member.dropLast(4)
    if key == "x" || key == "y" {
      if key == "x" { one.inputs["x"] = tensor } else { one.outputs["y"] = tensor }
      return true
    }
    let parts = key.utf8.split(
      separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false
    ).map { Substring($0) }
    guard parts.count == 2, !parts[1].isEmpty else { return false }
    let name = String(parts[1])
    switch parts[0] {
    case "inputs": one.inputs[name] = tensor
    case "outputs": one.outputs[name] = tensor
    case "calls": one.calls[name] = tensor
    case "masks": one.masks[name] = tensor
    default: return false
    }
    return true
  }
}
