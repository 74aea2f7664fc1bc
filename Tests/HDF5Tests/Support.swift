import Glibc
import HDF5
import Testing

/// The path of a file that fixtures/generate_hdf5.py wrote.
func fixture(_ name: String, file: String = #filePath) -> String {
  let root = file.split(separator: "/").dropLast(3).joined(separator: "/")
  return "/\(root)/fixtures/hdf5/\(name)"
}

/// Gives `body` the path of a file that does not exist yet, and removes it afterwards.
func withTemporaryFile<Result>(_ body: (String) throws -> Result) rethrows -> Result {
  var generator = SystemRandomNumberGenerator()
  let path = "/tmp/hdf5-tests-\(getpid())-\(generator.next()).h5"
  defer { unsafe unlink(path) }
  return try body(path)
}

struct SupportError: Error {
  var subject: String

  init(_ subject: String) { self.subject = subject }
}

func contents(of path: String) throws -> [UInt8] {
  guard let file = unsafe fopen(path, "rb") else { throw SupportError(path) }
  defer { unsafe fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    guard count > 0 else { return bytes }
    bytes += buffer[..<count]
  }
}

func write(_ bytes: some Collection<UInt8>, to path: String) throws {
  guard let file = unsafe fopen(path, "wb") else { throw SupportError(path) }
  defer { unsafe fclose(file) }
  let bytes = Array(bytes)
  #expect(unsafe fwrite(bytes, 1, bytes.count, file) == bytes.count)
}

/// The sentence of the error that `body` throws, without the folder of the file.
func sentence(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    let text = "\(error)"
    guard let place = text.firstRange(of: ": ") else { return text }
    let name = text[..<place.lowerBound].split(separator: "/").last ?? ""
    return String(name + text[place.lowerBound...])
  }
}

/// The output of `h5diff`, and its exit code: 0 if it finds no difference.
func h5diff(_ first: String, _ second: String) throws -> (output: String, code: Int32) {
  let command = "h5diff -v '\(first)' '\(second)' 2>&1"
  guard let pipe = unsafe popen(command, "r") else { throw SupportError(command) }
  var output = ""
  var line = [CChar](repeating: 0, count: 4096)
  while unsafe fgets(&line, Int32(line.count), pipe) != nil {
    output += String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
  return (output, unsafe pclose(pipe) >> 8)
}

/// Whether the program of that name is installed.
func isInstalled(_ program: String) -> Bool {
  unsafe access("/usr/bin/\(program)", X_OK) == 0
}

/// Copies every object and attribute, the way a converter would.
func copy(
  _ reader: FileReader, to path: String, version: FileWriter.Version = .earliest
) throws {
  let writer = try FileWriter(path: path, version: version)
  for entry in try reader.walk() {
    switch entry.kind {
    case .group:
      if entry.path != "/" { try writer.createGroup(entry.path) }
    default:
      let description = try reader.dataset(entry.path)
      let created = try writer.createDataset(
        entry.path, datatype: description.datatype, dataspace: description.dataspace,
        storage: description.storage)
      if description.byteCount == nil {
        try created.writeStrings(try reader.readStrings(entry.path))
      } else {
        var element = 0
        let width = description.datatype.byteCount ?? 1
        try reader.readDataset(entry.path, slabByteCount: 40) { slab in
          try created.write(slab, atElement: element)
          element += slab.count / width
        }
      }
    }
    for attribute in try reader.attributes(of: entry.path) {
      try writer.writeAttribute(attribute, to: entry.path)
    }
  }
  try writer.close()
}

/// The bytes of numbers, little-endian.
func bytes<Number>(_ numbers: [Number]) -> [UInt8] {
  unsafe numbers.withUnsafeBytes { unsafe Array($0) }
}

extension [UInt8] {
  init(text: String) { self = Array(text.utf8) }
}
