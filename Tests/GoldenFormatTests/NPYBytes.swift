/// An .npy array with the given dictionary and bytes.
func npy(_ dictionary: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
  let count = dictionary.utf8.count
  let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
  return [0x93] + "NUMPY".utf8 + [version, 0] + length + dictionary.utf8 + data
}

/// The dictionary of a plain array.
func header(_ type: String = "<f4", order: String = "False", shape: String) -> String {
  "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }"
}
