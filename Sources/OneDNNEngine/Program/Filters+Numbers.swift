#if OneDNN

internal import ModelGraph

extension Filters {
  /// Lends the kernel's elements as float32, each times its filter's scale: where they are stored,
  /// if nothing has to be done to them, else in a buffer as large as all of them.
  func withNumbers(
    in staging: () throws -> Buffer, _ body: (UnsafeRawPointer) throws -> Void
  ) throws {
    guard kernel.dtype == .float32 else {
      let stored = try kernel.array(Float.self).elements
      return try unsafe stored.withUnsafeBytes { try unsafe withNumbers($0, staging, body) }
    }
    try kernel.bytes.withBytes { bytes in
      try unsafe bytes.withUnsafeBytes { try unsafe withNumbers($0, staging, body) }
    }
  }

  private func withNumbers(
    _ stored: UnsafeRawBufferPointer, _ staging: () throws -> Buffer,
    _ body: (UnsafeRawPointer) throws -> Void
  ) throws {
    guard let address = stored.baseAddress else { return }
    let isAligned = Int(bitPattern: address).isMultiple(of: MemoryLayout<Float>.alignment)
    if scale == nil, isAligned { return try unsafe body(address) }
    let scaled = try staging()
    unsafe scale(stored, to: scaled.address)
    try unsafe body(UnsafeRawPointer(scaled.address))
  }

  private func scale(_ stored: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) {
    let factors = scale ?? Array(repeating: 1, count: count)
    // How many neighbours are of one filter, and how many elements have one of each filter.
    let neighbourCount = form == .transposed ? kernel.dimensions.last ?? 1 : 1
    let length = factors.count * neighbourCount
    let elementCount = stored.count / MemoryLayout<Float>.stride
    let rowCount = elementCount / length
    let team = WorkTeams.current
    // Sound: each part writes rows of its own, inside of as many elements as are stored.
    nonisolated(unsafe) let (source, target) = unsafe (
      stored, target.bindMemory(to: Float.self, capacity: elementCount)
    )
    team.perform(team.threadCount) { part in
      unsafe factors.withUnsafeBufferPointer { factors in
        for row in rowCount * part / team.threadCount..<rowCount * (part + 1) / team.threadCount {
          for index in 0..<length {
            let place = row * length + index
            let element = unsafe source.loadUnaligned(
              fromByteOffset: place * MemoryLayout<Float>.stride, as: Float.self)
            unsafe target[place] = Float(
              Double(element) * factors[index / neighbourCount])
          }
        }
      }
    }
  }
}

#endif
