internal import Glibc

/// libFuzzer, which calls a target in a loop, and ends the process where one traps.
enum Driver {
  // Sound: set once, before the only thread that reads it begins to.
  private nonisolated(unsafe) static var target: FuzzTarget?

  /// The variable of the environment that names the target to a process that libFuzzer starts.
  static let targetVariable = "RESIDUAL_FUZZ_TARGET"

  /// Whether the inputs of the target are messages.
  static var changesFields: Bool { unsafe target?.isMessage ?? false }

  /// Hands the process to libFuzzer.
  static func run(_ target: FuzzTarget, arguments: [String]) {
    unsafe self.target = target
    // Sound: the texts are copied during the call.
    unsafe setenv(targetVariable, target.name, 1)
    var count = CInt(arguments.count)
    // Sound: the texts are copied, and kept until the process ends, as those of `main` are.
    let copies = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: arguments.count + 1)
    for (index, argument) in arguments.enumerated() { unsafe copies[index] = strdup(argument) }
    unsafe copies[arguments.count] = nil
    var values = unsafe copies
    let status = unsafe runDriver(&count, &values) { bytes, count in
      // Sound: the bytes are lent for the call, and copied at once.
      let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
      guard let target = unsafe Driver.target else { return 0 }
      do {
        try target.run(input)
      } catch {
        // A refusal is as good as a result; making its sentence must not trap either.
        _ = "\(error)"
      }
      return 0
    }
    exit(status)
  }
}

/// Changes an input in place; where it is there, libFuzzer calls it instead of its own changes.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int, _ seed: UInt32) -> Int
{
  // Sound, here and below: `count` bytes of the `limit` that there is room for are an input.
  let room = unsafe UnsafeMutableBufferPointer(start: bytes, count: limit)
  // Half of the changes are libFuzzer's, which know the dictionary, and what comparisons look for.
  if seed % 2 == 0, Driver.changesFields,
    var tree = unsafe WireTree(Array(room.prefix(count)))
  {
    var mutation = WireMutation(seed: UInt64(seed), changing: mutated)
    mutation.apply(to: &tree)
    let new = tree.bytes
    if !new.isEmpty, new.count <= limit {
      _ = unsafe room.update(fromContentsOf: new)
      return new.count
    }
  }
  return unsafe mutateByDefault(bytes, count, limit)
}

/// Bytes after one of libFuzzer's changes, a few bytes longer at most.
private func mutated(_ bytes: [UInt8]) -> [UInt8] {
  var room = bytes + [UInt8](repeating: 0, count: 64)
  let limit = room.count
  // Sound: the array has as many bytes as are said to be room.
  let count = unsafe room.withUnsafeMutableBufferPointer { room in
    guard let base = room.baseAddress else { return 0 }
    return unsafe mutateByDefault(base, bytes.count, limit)
  }
  return Array(room.prefix(count))
}

/// libFuzzer's own changes.
@_silgen_name("LLVMFuzzerMutate")
private func mutateByDefault(
  _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int
) -> Int

/// libFuzzer's `main`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ values: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
